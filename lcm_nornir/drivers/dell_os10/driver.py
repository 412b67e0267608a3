"""What one types on Dell SmartFabric OS10, releases 10.3 to 10.6.

Two partitions, A and B; one is active, the other standby. ``image download`` and ``image install`` return at once
and go on by themselves; ``show image status`` tells how they stand. Sources: Dell's user guide, Dell's own Ansible
and Puppet modules, recorded sessions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, Literal

from lcm_nornir.drivers import answers, linux, orders
from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Capabilities,
    Configuration,
    CopyState,
    InstallerState,
    Member,
    Session,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.dell_os10 import parse
from lcm_nornir.errors import (
    CommandRefused,
    ImageRejected,
    ReplyTimeout,
    SessionLost,
    UnexpectedOutput,
)
from lcm_nornir.image import DIGEST_LENGTH, Digest, Image
from lcm_nornir.timeouts import Timeouts

FOLDER = "/var/os10-image"
_SUDO = r"password for \S+:\s*$"
_DELETE = r"Proceed to delete[^\n]*\s*$"
_ASKS_SAVE = r"System configuration has been modified\. Save\? \[yes/no\]:\s*$"
_ASKS_REBOOT = r"Proceed to reboot the system\? \[confirm yes/no\]:\s*$"
_ASKS = r"(?:\?|\[[^\]\n]*yes/no[^\]\n]*\]:?|\]:|\(y/n\):?)\s*$"
_MOVE = 300.0  # seconds; the home may be on another filesystem, and then an image is copied
_FAREWELL = 2.0  # seconds in which a refusal of the reload would be printed
_VOLATILE = re.compile(r"^!(?: Version .*| Last configuration change at .*|)$")


class DellOS10:
    """Driver of Dell SmartFabric OS10."""

    platform: ClassVar[str] = "dell_os10"
    aliases: ClassVar[frozenset[str]] = frozenset({"dellos10", "os10", "dell_os10_ssh"})
    capabilities: ClassVar[Capabilities] = Capabilities(
        copy="left",
        install="left",
        no_return="set_next_boot",
        slots=2,
        schemes=frozenset({"ftp", "http", "https", "scp", "sftp", "tftp", "file"}),
        url_credentials=False,  # the CLI takes them only inside the URL, which stands in history and accounting
        digests=("sha256", "sha512"),
        uptime_resolution=1.0,
    )
    timeouts: ClassVar[Timeouts] = Timeouts()
    prompt: ClassVar[str] = r"[^\s#>()]{1,64}[#>]!?"
    preparation: ClassVar[tuple[str, ...]] = ("terminal length 0",)
    refusals: ClassVar[str] = r"(?im)^% ?error|syntax error:|invalid input|(?:incomplete|ambiguous) command"
    screens: ClassVar[tuple[str, ...]] = (
        "show version",
        "show boot detail",
        "show inventory | display-xml",
        "show image status | display-xml",
        "show license status",
        "show system",
        "dir image",
    )

    def facts(self, ssh: Session) -> SwitchFacts:
        """As `Driver.facts`; the serial is the service tag."""
        version = self._version(ssh)
        slots = self.slots(ssh)
        inventory = self._inventory(ssh)
        if slots[0].version != version.version:
            raise answers.refuse(
                "show boot", f"{slots[0]}", f"contradicts 'show version', which says {version.version}"
            )
        return SwitchFacts(
            serial=inventory.serial,
            model=inventory.model,
            members=(Member("1", version.version),),
            boot=BootIdentity(self._boot_id(ssh), version.uptime, self.capabilities.uptime_resolution),
            slots=slots,
            images=linux.stored_images(ssh.send(f'system "ls -l {FOLDER}"')),
            free=self.free(ssh),
        )

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """As `Driver.slots`."""
        return parse.boot(ssh.send("show boot"))

    def free(self, ssh: Session) -> int | None:
        """As `Driver.free`: on the filesystem of the image folder."""
        return linux.free_bytes(ssh.send(f'system "df -k {FOLDER}"'))

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """As `Driver.boot_identity`: the kernel's boot id, and the uptime, for a boot that may not show its id."""
        return BootIdentity(self._boot_id(ssh), self._version(ssh).uptime, self.capabilities.uptime_resolution)

    def installer(self, ssh: Session) -> InstallerState:
        """As `Driver.installer`."""
        return parse.installer(ssh.send("show image status"))

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """As `Driver.digest`, by ``sha256sum`` or ``sha512sum`` on the switch's Linux."""
        pinned = image.pinned(self.capabilities.digests)
        algorithm = pinned.algorithm if pinned else "sha256"
        path = f"{FOLDER}/{image.name}"
        reply = self._system(ssh, f"{algorithm}sum {path}", timeout)
        if "Permission denied" in reply:
            reply = self._system(ssh, f"sudo {algorithm}sum {path}", timeout)
        value = linux.digest(reply, DIGEST_LENGTH[algorithm], path)
        return Digest(algorithm, value) if value else None

    def configuration(self, ssh: Session) -> Configuration:
        """As `Driver.configuration`."""
        running = self._told(ssh, "show running-configuration")
        if not running.strip():
            raise answers.refuse("show running-configuration", running, "is empty, and no switch's configuration is")
        return Configuration(running, self._told(ssh, "show startup-configuration"))

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """As `Driver.differences`; the header of the running text changes by itself, also with the version."""
        return answers.compared(before, after, _VOLATILE)

    def canonical(self, version: str) -> str:
        """As `Driver.canonical`: it is written in one way only."""
        return version

    def order(self, version: str, other: str) -> int | None:
        """As `Driver.order`: by the numbers, for example 10.4.0E(R3) before 10.5.0.4."""
        one, two = ([int(number) for number in re.findall(r"\d+", text)] for text in (version, other))
        if not one or not two:
            return None
        return (one > two) - (one < two)

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.copy`. A push lands in the user's home and is then moved into the image folder."""
        if image.file is None:
            self._ordered(ssh, f"image download {image.url}")
            yield self.installer(ssh)
            return
        ssh.push(image)
        reply = self._system(ssh, f"sudo mv ./{image.name} {FOLDER}", _MOVE)
        if reply.strip():
            raise CommandRefused("the image could not be moved into the image folder", command="sudo mv", said=reply)
        yield InstallerState(CopyState(Activity.UNKNOWN, "pushed"))

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.install`: writes the standby partition."""
        try:
            self._ordered(ssh, f"image install image://{image.name}")
        except CommandRefused as error:
            if parse.rejects(error.said):
                raise ImageRejected(error.message, command=error.command, said=error.said) from error
            raise
        yield self.installer(ssh)

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """As `Driver.set_next_boot`; immediate and silent."""
        self._ordered(ssh, f"boot system {'active' if slot.running else 'standby'}")

    def save_config(self, ssh: Session) -> None:
        """As `Driver.save_config`."""
        self._ordered(ssh, "write memory")

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """As `Driver.reload`. Its first question comes only when the configuration is unsaved."""
        any_end = rf"{ssh.prompt}|{_ASKS_SAVE}|{_ASKS_REBOOT}|{_ASKS}"
        reply = orders.answered(ssh, "reload", lambda: ssh.send("reload", until=any_end))
        if re.search(_ASKS_SAVE, reply):
            choice = "yes" if unsaved == "save" else "no"
            reply = orders.answered(ssh, "reload", lambda: ssh.answer(choice, until=any_end))
            if unsaved == "refuse" and re.search(_ASKS_REBOOT, reply):
                ssh.answer("no")
                raise orders.called_off()
        if not re.search(_ASKS_REBOOT, reply):
            raise orders.not_taken(ssh, reply)
        try:
            reply = ssh.answer("yes", until=rf"{ssh.prompt}|{_ASKS}", timeout=_FAREWELL)
        except (SessionLost, ReplyTimeout):
            return  # the socket closes shortly after the last answer, or falls silent: that is how it is taken
        if re.search(_ASKS, reply):
            raise orders.not_taken(ssh, reply)
        orders.checked("reload", reply, self.refusals)

    def delete(self, ssh: Session, name: str) -> None:
        """As `Driver.delete`."""
        reply = ssh.send(f"delete image://{name}", until=rf"{ssh.prompt}|{_DELETE}")
        if re.search(_DELETE, reply):
            reply = ssh.answer("yes")
        orders.checked(f"delete image://{name}", reply, self.refusals)

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """As `Driver.removable`: every stored file, since OS10 runs from its partitions, not from the files."""
        return tuple(facts.images or ())

    def cancel(self, ssh: Session) -> None:
        """As `Cancels.cancel`: "cannot stop an installation that is already in progress" (user guide)."""
        self._ordered(ssh, "image cancel")

    def _version(self, ssh: Session) -> parse.Version:
        try:
            return parse.version_xml(ssh.send("show version | display-xml"))
        except UnexpectedOutput:
            return parse.version_text(ssh.send("show version"))

    def _boot_id(self, ssh: Session) -> str:
        # empty where the system command is switched off or the user may not use it
        return linux.boot_id(ssh.send('system "cat /proc/sys/kernel/random/boot_id"'))

    def _inventory(self, ssh: Session) -> parse.Inventory:
        with suppress(UnexpectedOutput):  # a narrow terminal cuts the row
            inventory = parse.inventory_text(ssh.send("show inventory"))
            if inventory.serial:
                return inventory
        return parse.inventory_xml(ssh.send("show inventory | display-xml"))

    def _told(self, ssh: Session, command: str) -> str:
        return orders.checked(command, ssh.send(command), self.refusals)

    def _ordered(self, ssh: Session, command: str) -> str:
        """Type what changes something; a question that it asks is interrupted."""
        reply = orders.answered(ssh, command, lambda: ssh.send(command, until=rf"{ssh.prompt}|{_ASKS}"))
        if not re.search(ssh.prompt, reply):
            raise orders.interrupted(ssh, command, reply)
        return orders.checked(command, re.sub(ssh.prompt, "\n", reply).strip("\n"), self.refusals)

    def _system(self, ssh: Session, command: str, timeout: float | None) -> str:
        reply = ssh.send(f'system "{command}"', until=rf"{ssh.prompt}|{_SUDO}", timeout=timeout)
        if re.search(_SUDO, reply):
            reply = ssh.answer(ssh.password(), timeout=timeout)
        return re.sub(ssh.prompt, "", reply)
