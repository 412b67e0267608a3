"""What one types on Cisco IOS-XE, on switches of the Catalyst 9000 family, releases 16 and 17.

In install mode images are added, activated (which reboots into them, on trial) and committed. In bundle mode the switch
boots from an image file that its boot variable names. Copies and installations keep the session busy. Sources: Cisco's
guides, fixtures of public parsers, reports of real switches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from lcm_nornir.drivers import answers, cisco, orders
from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Capabilities,
    Commitment,
    Configuration,
    CopyState,
    InstallerState,
    InstallState,
    Session,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.cisco_xe import booting, copying, installation, installed, parse, versions
from lcm_nornir.errors import CommandRefused, InstallerBusy, NextBootRefused, UnexpectedOutput, UnexpectedQuestion
from lcm_nornir.image import Digest, Image
from lcm_nornir.timeouts import Timeouts

_DIR = "dir flash:"
_OVER_OLD = r"Overwrite the previous NVRAM configuration\?\s*\[confirm\]"  # after the boot of another release [U]
_NOT_SAVED = re.compile(r"(?m)^[ \t]*% ?Error\b|^startup-config file open failed\b")
_COMMIT = 600.0  # seconds; every member of a stack commits
_CERTIFICATE = re.compile(r"(?m)^([ \t]+certificate .*?)(?: nvram:\S+)?[ \t]*\n(?:[ \t]+(?:[0-9A-F ]+|quit)[ \t]*\n)*")
_VOLATILE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes|Using \d+ out of \d+ bytes|!$"
    r"|! (?:Last configuration change|NVRAM config last updated) at |! No configuration change since last restart"
    r"|ntp clock-period \d+|Load for five secs|Time source is|version \d+\.\d+$|end$"
)


class CiscoIOSXE:
    """Driver of Cisco IOS-XE."""

    platform: ClassVar[str] = "cisco_xe"
    # not netmiko's cisco_ios: that is another system, whose switches install otherwise
    aliases: ClassVar[frozenset[str]] = frozenset(
        {"ios", "iosxe", "ios_xe", "cisco_iosxe", "cisco_ios_xe", "cisco_xe_ssh"}
    )
    capabilities: ClassVar[Capabilities] = Capabilities(
        copy="held",
        install="held",
        no_return="activate",
        slots=2,
        schemes=frozenset({"http", "https", "ftp", "tftp", "file"}),  # scp and sftp ask for a login
        url_credentials=False,
        digests=("sha512",),
        uptime_resolution=60.0,
        saved_first=True,
    )
    timeouts: ClassVar[Timeouts] = Timeouts()
    prompt: ClassVar[str] = r"[^\s#>()]{1,64}[#>]"
    preparation: ClassVar[tuple[str, ...]] = ("terminal length 0", "terminal width 511")
    refusals: ClassVar[str] = (
        r"(?im)^[ \t]*% ?(?:invalid|incomplete|ambiguous|unrecognized|unknown|bad|permission|authorization)\b"
        r"|^command authorization failed"
    )
    napalm: ClassVar[str] = "ios"
    napalm_options: ClassVar[Mapping[str, Any]] = {"transport": "ssh"}
    screens: ClassVar[tuple[str, ...]] = (
        "show version",
        "show inventory",
        "show boot",
        "show install summary",
        "show install log",
        "show install rollback",
        "show switch",
        "show redundancy states",
        _DIR,
    )

    def facts(self, ssh: Session) -> SwitchFacts:
        """As `Driver.facts`; serial and model are those of the member of the lowest number, whichever is active."""
        version = _version(ssh)
        unit = parse.unit(ssh.send("show inventory"), version)
        stored, free = self._listing(ssh)
        return SwitchFacts(
            serial=unit.serial,
            model=unit.model,
            members=version.members,
            boot=BootIdentity("", version.uptime, self.capabilities.uptime_resolution),
            slots=_slots(ssh, version, _boots(ssh, version), stored),
            images={name: size for name, size in stored.items() if name.endswith(".bin")},
            free=free,
        )

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """As `Driver.slots`: what is installed, in bundle mode the image files; and what else boots next."""
        version = _version(ssh)
        return _slots(ssh, version, _boots(ssh, version))

    def free(self, ssh: Session) -> int | None:
        """As `Driver.free`: in the active member's flash."""
        return cisco.listing(_DIR, ssh.send(_DIR))[1]

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """As `Driver.boot_identity`: by the uptime alone.

        The time of ``System restarted at`` is the switch's own clock's: it moves when that is set, so one boot would
        look as two, and starts again at the same time where it is not, so two boots would look as one.
        """
        return BootIdentity("", _version(ssh).uptime, self.capabilities.uptime_resolution)

    def installer(self, ssh: Session) -> InstallerState:
        """As `Driver.installer`: by its log. Where its lines cannot be counted nobody knows whether that is whole."""
        expected = installation.log_lines(ssh.send(installation.COUNT_COMMAND))
        if expected is None:
            return InstallerState(
                install=InstallState(Activity.UNKNOWN, "the switch cannot count the lines of its log")
            )
        if not expected:
            return InstallerState()
        return installation.log_state(ssh.send(installation.LOG_COMMAND), expected)

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """As `Driver.digest`: SHA-512, and none where only another one is pinned, with which it could not agree."""
        if image.digest and not image.pinned(self.capabilities.digests):
            return None
        value = parse.digest(ssh.send(f"verify /sha512 flash:{image.name}", timeout=timeout), image.name)
        return Digest("sha512", value) if value else None

    def configuration(self, ssh: Session) -> Configuration:
        """As `Driver.configuration`."""
        return Configuration(
            running=self._told(ssh, "show running-config"), startup=self._told(ssh, "show startup-config")
        )

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """As `Driver.differences`, without the bodies of certificates: what is saved names a file in their place."""
        old, new = (_CERTIFICATE.sub(r"\1\n", f"{text}\n") for text in (before, after))
        return answers.compared(old, new, _VOLATILE)

    def canonical(self, version: str) -> str:
        """As `Driver.canonical`: 17.09.04a and 17.09.04a.0.6 are 17.9.4a."""
        return versions.canonical(version)

    def order(self, version: str, other: str) -> int | None:
        """As `Driver.order`: by the numbers, then the letter of a rebuild."""
        return versions.order(version, other)

    def version_of(self, name: str) -> str:
        """As `RunsFiles.version_of`."""
        return versions.version_of(name)

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.copy`: to the active member's flash, never over the file that runs or boots next."""
        if any(
            slot.is_file and slot.name == image.name and (slot.running or slot.next_boot) for slot in self.slots(ssh)
        ):
            raise CommandRefused(f"{image.name} runs, or boots next: it is not overwritten", command="copy")
        if image.file:
            ssh.push(image, f"flash:{image.name}")
            yield InstallerState(CopyState(Activity.UNKNOWN, "pushed"))
            return
        by_http = image.scheme in ("http", "https")  # by which the VRF is that of the client's source interface
        vrf = f" vrf {ssh.vrf}" if ssh.vrf and not by_http else ""
        command = f"copy {image.url} flash:{image.name}{vrf}"
        yield from copying.fetched(ssh, command, image.name, ssh.limits.download)

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.install`: adds it. An image that was added before and waits makes the installer busy."""
        command = f"install add file flash:{image.name}"
        if _version(ssh).bundle:
            raise CommandRefused(
                "it runs in bundle mode, from an image file, so nothing is installed",
                command=command,
                remedy="give the file its usual name, which tells the version, or convert the switch to install mode",
            )
        known = {installation.QUIT: "q"}
        yield from installation.carried_out(ssh, command, "install_add", known, self.refusals)

    def activates(self, slot: Slot) -> bool:
        """As `Activates.activates`: what is installed, and not an image file."""
        return not slot.is_file

    def activate(self, ssh: Session, slot: Slot) -> Iterator[InstallerState]:
        """As `Activates.activate`. The command takes no version, so the slot must be the only inactive one."""
        command, version = "install activate", _version(ssh)
        boots = _boots(ssh, version)
        booting.check(boots, command)
        if version.bundle or installed.other_boot(boots, installed=True):
            raise NextBootRefused(f"it does not boot from {parse.PACKAGES}, so it would not run it", command=command)
        now = _summary(ssh, version)
        if installed.on_trial(now):
            raise InstallerBusy("another activation waits for its commit", command=command)
        if objection := installed.objection(now, slot):
            raise CommandRefused(objection, command=command, remedy="see 'show install summary'")
        known = {installation.PROCEED: "y", installation.QUIT: "q"}
        if boots.file == parse.PACKAGES:
            known[installation.BOOT_IS_SET] = "y"
        yield from installation.carried_out(ssh, command, "install_activate", known, self.refusals)

    def commit(self, ssh: Session) -> None:
        """As `Commits.commit`. Nothing is typed if the running image is permanent."""
        command, version = "install commit", _version(ssh)
        if version.bundle:
            return
        now = _summary(ssh, version)
        if now.commitment(version.version).done:
            return
        if now.running(version.version).state != "U":
            raise CommandRefused("what was activated does not run yet, so it is not committed", command=command)
        limit = min(_COMMIT, ssh.limits.install)
        said = orders.obeyed(ssh, command, self.refusals, timeout=limit)
        ended = installation.outcome(command, "install_commit", said)
        if ended.activity is not Activity.DONE:
            raise CommandRefused("the switch does not commit", command=command, said=ended.detail)

    def commitment(self, ssh: Session) -> Commitment:
        """As `Commits.commitment`; in bundle mode nothing is on trial."""
        version = _version(ssh)
        if version.bundle:
            return Commitment(done=True)
        return _summary(ssh, version).commitment(version.version)

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """As `Driver.set_next_boot`: by the boot variable, which is then saved.

        What is installed and runs boots next when it is committed, and when the boot variable names no file. What is
        installed and does not run can only be activated.
        """
        version = _version(ssh)
        stored, _ = cisco.listing(_DIR, ssh.send(_DIR))
        boots = _boots(ssh, version)
        now = _slots(ssh, version, boots, stored)
        if any(one.next_boot and one.name == slot.name for one in now):
            return
        booting.check(boots, "boot system")
        if not version.bundle and slot.running and not any(one.next_boot and one.is_file for one in now):
            self.commit(ssh)
            return
        name = slot.name if slot.is_file or version.bundle else parse.PACKAGES
        self._check_file(name, slot, version, stored)
        booting.choose(ssh, "" if name == installed.DEFAULT else name, self.refusals)
        try:
            self._save(ssh)
        except (CommandRefused, UnexpectedOutput, UnexpectedQuestion) as error:
            error.message += booting.HALF
            raise

    def save_config(self, ssh: Session) -> None:
        """As `Driver.save_config`."""
        self._save(ssh)

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """As `Driver.reload`. A switch that would stop in its boot loader is not reloaded."""
        booting.check(_boots(ssh, _version(ssh)), "reload")
        booting.reload(ssh, unsaved)

    def delete(self, ssh: Session, name: str) -> None:
        """As `Driver.delete`: from the active member's flash."""
        command = f"delete /force flash:{name}"
        said = orders.obeyed(ssh, command, self.refusals)
        if re.search(r"(?m)^[ \t]*% ?Error ", said):
            raise CommandRefused("the file was not deleted", command=command, said=said)

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """As `Driver.removable`: files whose name is that of an image, of which none runs or boots next."""
        kept = {slot.name for slot in facts.slots if slot.running or slot.next_boot}
        return tuple(name for name in facts.images or () if versions.version_of(name) and name not in kept)

    def _save(self, ssh: Session) -> None:
        command = "write memory"
        said = orders.obeyed(ssh, command, self.refusals, {_OVER_OLD: ""})
        if _NOT_SAVED.search(said):
            raise CommandRefused("the configuration was not saved", command=command, said=said)
        if "[OK]" not in said:
            raise UnexpectedOutput("whether the configuration was saved cannot be read", command=command, said=said)

    def _listing(self, ssh: Session) -> tuple[dict[str, int], int]:
        """Read the files; a login without privileges may read what else `facts` needs, but not these."""
        said = ssh.send(_DIR)
        try:
            return cisco.listing(_DIR, orders.checked(_DIR, said, self.refusals))
        except CommandRefused as error:
            raise CommandRefused(
                f"the switch refuses '{_DIR}': the login has not the privileges that an upgrade needs",
                command=_DIR,
                said=said,
                remedy="let the user log in with privilege 15; 'enable' is not typed here",
            ) from error

    def _told(self, ssh: Session, command: str) -> str:
        return parse.configuration(command, orders.checked(command, ssh.send(command), self.refusals))

    def _check_file(self, name: str, slot: Slot, version: parse.Version, stored: Mapping[str, int]) -> None:
        """Check that a file may be the next boot, before anything is sent."""
        if not version.bundle and not slot.is_file and not slot.running:
            raise CommandRefused(f"{slot.name} is installed: it can only be activated", command="boot system")
        if len(version.members) > 1 and version.bundle:
            raise CommandRefused(
                "it is a stack in bundle mode, and its other members' files are not known",
                command="boot system",
                remedy="set the boot variable by hand, or convert the stack to install mode",
            )
        if name not in (*stored, installed.DEFAULT):
            raise CommandRefused(f"{name} is not in flash", command="boot system")


def _version(ssh: Session) -> parse.Version:
    return parse.version(ssh.send("show version"))


def _boots(ssh: Session, version: parse.Version) -> parse.Boots:
    return parse.boots(ssh.send("show boot"), version.members)


def _summary(ssh: Session, version: parse.Version) -> installed.Summary:
    return installed.summary(ssh.send(installed.COMMAND), version.members)


def _slots(
    ssh: Session, version: parse.Version, boots: parse.Boots, stored: Mapping[str, int] | None = None
) -> tuple[Slot, ...]:
    if not version.bundle:
        return installed.slots(_summary(ssh, version), version.version, boots)
    if stored is None:
        stored, _ = cisco.listing(_DIR, ssh.send(_DIR))
    return installed.files(stored, version.file, version.version, boots)
