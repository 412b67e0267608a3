"""What one types on Cisco NX-OS, Nexus 3000 and 9000 with a single image, releases 7.0(3)I4 to 10.x.

An image runs from its file in ``bootflash:``, so there is nothing to install apart. ``install all`` checks it, makes it
the next boot and reboots by itself. Sources: Cisco's guides, the sources of NX-OS tools, recorded sessions.

``terminal dont-ask`` is not typed: what the switch asks is seen, and what is not known is not answered.
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
    Configuration,
    InstallerState,
    InstallState,
    Member,
    Session,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.cisco_nxos import held, installation, parse, versions, words
from lcm_nornir.drivers.cisco_nxos.paths import PATHS
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.drivers.words import Means
from lcm_nornir.errors import CommandRefused, InstallerBusy, ReplyTimeout, SessionLost, UnexpectedQuestion
from lcm_nornir.image import DIGEST_LENGTH, Digest, Image
from lcm_nornir.timeouts import Timeouts

_DIR = "dir bootflash:"
_STATUS = "show install all status"
_SAVE = "copy running-config startup-config"
_SAVED = re.compile(r"(?m)^[ \t]*Copy complete\.")
# without its end, since what came of it so far must not be taken for a question that nobody knows
_RELOAD = r"This command will reboot the system(?:\. \(y/n\)|\s+Do you want to continue\?)|Proceed with reload\?"
_UNSAVED = re.compile(r"(?i)unsaved configuration")  # not in the document; the configurations are compared before
_NO_FILE = re.compile(r"No such file|Path does not exist|No files found|% ?Error|% ?Invalid")
_VERIFY = 600.0  # seconds in which ``boot nxos`` checks the image
_SAVING = 300.0  # seconds
_FAREWELL = 15.0  # seconds in which a refusal of the reload would be printed
_VOLATILE = re.compile(
    r"\d{4} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\S* \S+ %[A-Z][\w.-]*-\d-[A-Z0-9_]+: "  # a line of the log in between
    r"|!(?:Command|Running configuration last done at|Startup config saved at|Time):|version [0-9]|boot nxos "
)


class CiscoNXOS:
    """Driver of Cisco NX-OS."""

    platform: ClassVar[str] = "cisco_nxos"
    aliases: ClassVar[frozenset[str]] = frozenset({"nxos", "nxos_ssh", "cisco_nxos_ssh", "cisco.nxos.nxos"})
    capabilities: ClassVar[Capabilities] = Capabilities(
        copy="held",
        install="with_copy",
        no_return="activate",
        slots=16,  # as many as bootflash has room for
        schemes=frozenset({"http", "https", "tftp", "file"}),  # the others ask for a user and a password
        url_credentials=False,
        digests=("sha256", "sha512"),
        uptime_resolution=1.0,
    )
    # in which form a copy by HTTP or TFTP shows its progress no source tells: it may seem to stand still for long
    timeouts: ClassVar[Timeouts] = Timeouts(reply=60.0, download_stall=1800.0)
    prompt: ClassVar[str] = r"[^\s#>()]{1,64}[#>]"
    preparation: ClassVar[tuple[str, ...]] = ("terminal length 0", "terminal width 511")
    refusals: ClassVar[str] = cisco.REFUSALS
    paths: ClassVar[tuple[Rule, ...]] = PATHS
    napalm: ClassVar[str] = "nxos_ssh"
    napalm_options: ClassVar[Mapping[str, Any]] = {}
    screens: ClassVar[tuple[str, ...]] = (
        "show version",
        "show boot",
        "show inventory",
        "show module",
        "show install all status",
        "dir bootflash:",
        "show system redundancy status",
        "show system reset-reason",
    )

    def facts(self, ssh: Session) -> SwitchFacts:
        """As `Driver.facts`; the serial is the chassis'. Two supervisors are two members."""
        version, following, (files, free) = _version(ssh), _next_boot(ssh), _stored(ssh)
        inventory = ssh.send("show inventory")
        chassis = parse.chassis(inventory)
        members: tuple[Member, ...] = (Member("1", version.version),)
        if parse.has_two_supervisors(inventory):
            members = parse.supervisors(ssh.send("show module"))
        return SwitchFacts(
            serial=chassis.serial,
            model=chassis.model,
            members=members,
            boot=self._boot(version),
            slots=parse.slots(version, following, files),
            images=files,
            free=free,
        )

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """As `Driver.slots`: the image files whose name tells a version, what runs, and what boots next."""
        return parse.slots(_version(ssh), _next_boot(ssh), _stored(ssh)[0])

    def free(self, ssh: Session) -> int | None:
        """As `Driver.free`: in ``bootflash:``."""
        return _stored(ssh)[1]

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """As `Driver.boot_identity`: when it was last reset, to the microsecond, and the kernel's uptime."""
        return self._boot(_version(ssh))

    def installer(self, ssh: Session) -> InstallerState:
        """As `Driver.installer`: of the installation only. A copy holds its session, and leaves no state."""
        return installation.log(_log(ssh))

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """As `Driver.digest`: NX-OS prints the bare digits."""
        pinned = image.pinned(self.capabilities.digests)
        algorithm = pinned.algorithm if pinned else "sha256"
        command = f"show file bootflash:{image.name} {algorithm}sum"
        reply = ssh.send(command, timeout=timeout)
        if found := re.search(rf"(?m)^[ \t]*([0-9a-f]{{{DIGEST_LENGTH[algorithm]}}})[ \t]*$", reply):
            return Digest(algorithm, found[1])
        if _NO_FILE.search(reply):
            return None
        raise answers.refuse(command, reply, "is no digest")

    def configuration(self, ssh: Session) -> Configuration:
        """As `Driver.configuration`."""
        running = _told(ssh, "show running-config")
        if not running.strip():
            raise answers.refuse("show running-config", running, "is empty, and no switch's configuration is")
        return Configuration(running, _told(ssh, "show startup-config"))

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """As `Driver.differences`, without times, and what an upgrade itself changes: version and boot variable."""
        return answers.compared(before, after, _VOLATILE)

    def canonical(self, version: str) -> str:
        """As `Driver.canonical`: 10.4.5.M, 10.4.5 and 10.4(5)(M) are 10.4(5)."""
        return versions.canonical(version)

    def order(self, version: str, other: str) -> int | None:
        """As `Driver.order`: 7.0(3)I4(6) is before 7.0(3)I7(5a), and that before 9.3(7)."""
        return versions.order(version, other)

    def version_of(self, name: str) -> str:
        """As `RunsFiles.version_of`."""
        return versions.of_file(name)

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.copy`. A file that runs or boots next is not overwritten.

        A push needs ``feature scp-server``, which is the operator's to switch on.
        """
        version, following, (files, _) = _version(ssh), _next_boot(ssh), _stored(ssh)
        if image.name in (version.file, following):
            said = f"bootflash:{image.name} runs or boots next, and is not overwritten"
            raise CommandRefused("the image has the name of one that is in use", command="copy", said=said)
        if image.file is not None:
            ssh.push(image, f"bootflash:/{image.name}")
            yield held.pushed(_stored(ssh)[0].get(image.name), image.size)
            return
        said = yield from held.fetched(ssh, image.url, image.name, ssh.vrf or "management")
        yield held.copied(said, _stored(ssh)[0].get(image.name), files.get(image.name))

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.install`: there is nothing to install, since an image runs from its file.

        Raises:
            CommandRefused: Always.
        """
        del ssh
        raise CommandRefused(f"{image.name} runs from its file: there is nothing to install", command="install")

    def check(self, ssh: Session, image: Image) -> InstallState:
        """As `Checks.check`: the image against modules and services, and against the configuration.

        Raises:
            InstallerBusy: Another installation runs.
        """
        command = f"show install all impact nxos bootflash:{image.name}"
        reply = orders.checked(command, ssh.send(command, timeout=ssh.limits.install), self.refusals)
        if words.meaning(reply) is Means.BUSY:
            raise InstallerBusy("another installation runs", command=command, said=reply)
        state = installation.impact(command, reply)
        if state.activity is Activity.FAILED:
            return state
        command = f"show incompatibility-all nxos bootflash:{image.name}"
        reply = orders.checked(command, ssh.send(command, timeout=_VERIFY), self.refusals)
        if against := installation.incompatible(command, reply):
            return InstallState(Activity.FAILED, against, vetoed=True)
        return state

    def activates(self, slot: Slot) -> bool:
        """As `Activates.activates`: every image."""
        del slot
        return True

    def activate(self, ssh: Session, slot: Slot) -> Iterator[InstallerState]:
        """As `Activates.activate`: the prompt comes back some ten seconds before the switch reboots."""
        yield from held.activated(ssh, slot.name)

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """As `Driver.set_next_boot`; it holds only when the configuration is saved, so all of that is saved."""
        _ordered(ssh, "configure terminal")
        try:
            _ordered(ssh, f"boot nxos bootflash:{slot.name}", timeout=_VERIFY)
        except (CommandRefused, UnexpectedQuestion):
            ssh.send("end")
            raise
        _ordered(ssh, "end")
        _save(ssh)

    def save_config(self, ssh: Session) -> None:
        """As `Driver.save_config`: it is saved only if the switch says that the copy is complete."""
        _save(ssh)

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """As `Driver.reload`. NX-OS does not ask whether to save, so what is unsaved is looked for before."""
        if unsaved == "refuse":
            configuration = self.configuration(ssh)
            if self.differences(configuration.startup, configuration.running):
                raise orders.called_off()
        any_end = rf"{ssh.prompt}|{_RELOAD}|{orders.ASKS}"
        reply = orders.answered(ssh, "reload", lambda: ssh.send("reload", until=any_end))
        if not re.search(_RELOAD, reply):
            raise orders.not_taken(ssh, reply)
        if unsaved == "refuse" and _UNSAVED.search(reply):
            ssh.answer("n")
            raise orders.called_off()
        try:
            # on a line of its own: the end of the first question may come only now
            reply = ssh.answer("y", until=rf"{ssh.prompt}|\n[^\n]*{orders.ASKS}", timeout=_FAREWELL)
        except (SessionLost, ReplyTimeout):
            return  # that is how it is taken; the switch may still answer for some ten seconds
        if not re.search(ssh.prompt, reply):
            raise orders.interrupted(ssh, "reload", reply)
        orders.checked("reload", reply, self.refusals)

    def delete(self, ssh: Session, name: str) -> None:
        """As `Driver.delete`."""
        command = f"delete bootflash:{name}"
        # not in the document: public transcripts; whatever its form it asks whether to delete this very file
        sure = rf'(?i:delete) "?[\w:]*/*{re.escape(name)}"? ?\??[ \t]*\([yn/a-z]+\)'
        any_end = rf"{ssh.prompt}|{sure}|{orders.ASKS}"
        reply = orders.answered(ssh, command, lambda: ssh.send(command, until=any_end))
        if re.search(sure, reply):
            reply = ssh.answer("y")
        elif not re.search(ssh.prompt, reply):
            raise orders.interrupted(ssh, command, reply)
        orders.checked(command, reply, self.refusals)

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """As `Driver.removable`: the image files that neither run nor boot next; no other file is known to be one."""
        return tuple(
            slot.name
            for slot in facts.slots
            if slot.name in (facts.images or {}) and not slot.running and not slot.next_boot
        )

    def _boot(self, version: parse.Version) -> BootIdentity:
        return BootIdentity(version.boot_id, version.uptime, self.capabilities.uptime_resolution)


def _version(ssh: Session) -> parse.Version:
    return parse.version(ssh.send("show version"))


def _next_boot(ssh: Session) -> str:
    return parse.next_boot(ssh.send("show boot"))


def _stored(ssh: Session) -> tuple[dict[str, int], int]:
    return cisco.listing(_DIR, ssh.send(_DIR))


def _told(ssh: Session, command: str) -> str:
    return orders.checked(command, ssh.send(command), cisco.REFUSALS)


def _ordered(ssh: Session, command: str, timeout: float | None = None) -> str:
    return orders.obeyed(ssh, command, cisco.REFUSALS, timeout=timeout)


def _save(ssh: Session) -> None:
    reply = _ordered(ssh, _SAVE, timeout=_SAVING)
    if not _SAVED.search(reply):
        raise CommandRefused("the switch does not say that it is saved", command=_SAVE, said=reply)


def _log(ssh: Session) -> str:
    """Read the installation's log; while one runs it goes on and on, so it is left about a second after its begin."""
    said = ""
    try:
        for now in ssh.hold(_STATUS, until=ssh.prompt, timeout=ssh.limits.reply):
            goes_on = installation.ON_GOING.search(said) and not re.search(ssh.prompt, now)
            said = now
            if goes_on:
                break
        else:
            return re.sub(ssh.prompt, "\n", said)
    except ReplyTimeout as error:
        if not installation.ON_GOING.search(error.said):
            raise
        said = error.said
    ssh.interrupt()
    return said
