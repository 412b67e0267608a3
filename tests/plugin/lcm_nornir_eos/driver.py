"""What one types on Arista EOS. An image runs from its file on the flash; nothing is installed apart.

Of a held copy nothing is kept that another session could ask for. The user must have privilege level 15: no ``enable``
is typed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar, Literal

from lcm_nornir.drivers import linux, orders
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
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionError, SessionLost
from lcm_nornir.image import Digest, Image
from lcm_nornir.timeouts import Timeouts
from lcm_nornir_eos import parse, words

_VERSION, _BOOT, _UPTIME, _FLASH = (
    "show version | json",
    "show boot-config | json",
    "show uptime | json",
    "dir flash:",
)
_VOLATILE = re.compile(r"^! (?:Command: |Time: |Startup-config last modified |device: |boot system )|^$")
_NOT_TAKEN = r"(?m)^% (?:Invalid|Incomplete|Ambiguous|Authorization)"
_FAREWELL = 60.0  # seconds until the session drops


class AristaEOS:
    """Driver of Arista EOS."""

    platform: ClassVar[str] = "arista_eos"
    aliases: ClassVar[frozenset[str]] = frozenset({"eos", "arista_eos_ssh"})
    capabilities: ClassVar[Capabilities] = Capabilities(
        copy="held",
        install="with_copy",
        no_return="set_next_boot",
        slots=8,
        schemes=frozenset({"http", "https", "ftp", "tftp", "file"}),
        url_credentials=False,
        digests=("sha512",),
        uptime_resolution=1.0,
    )
    timeouts: ClassVar[Timeouts] = Timeouts(reply=60.0)
    prompt: ClassVar[str] = r"[^\s#>()]{1,64}(?:\([^()\s]+\))?[#>]"
    preparation: ClassVar[tuple[str, ...]] = ("terminal length 0", "terminal width 511")
    refusals: ClassVar[str] = r"(?m)^% "
    screens: ClassVar[tuple[str, ...]] = ("show version", "show boot-config", "show reload cause")

    def facts(self, ssh: Session) -> SwitchFacts:
        """As `Driver.facts`."""
        version = parse.version(_VERSION, ssh.send(_VERSION))
        flash = parse.listing(_FLASH, ssh.send(_FLASH))
        return SwitchFacts(
            serial=version.serial,
            model=version.model,
            members=(Member("1", version.version),),
            boot=self.boot_identity(ssh),
            slots=self._slots(ssh, flash, version.version),
            images={name: size for name, size in flash.files.items() if name.endswith(".swi")},
            free=flash.free,
        )

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """As `Driver.slots`: the image files on the flash."""
        version = parse.version(_VERSION, ssh.send(_VERSION)).version
        return self._slots(ssh, parse.listing(_FLASH, ssh.send(_FLASH)), version)

    def free(self, ssh: Session) -> int | None:
        """As `Driver.free`."""
        return parse.listing(_FLASH, ssh.send(_FLASH)).free

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """As `Driver.boot_identity`: the kernel's boot id where the user may run Linux commands, and the uptime."""
        boot_id = linux.boot_id(ssh.send("bash timeout 10 cat /proc/sys/kernel/random/boot_id"))
        uptime = parse.uptime(_UPTIME, ssh.send(_UPTIME))
        return BootIdentity(boot_id, uptime, self.capabilities.uptime_resolution)

    def installer(self, ssh: Session) -> InstallerState:  # noqa: ARG002 - there is nothing to ask
        """As `Driver.installer`: EOS has none, and keeps nothing of a copy."""
        return InstallerState(CopyState(Activity.UNKNOWN))

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """As `Driver.digest`, by ``verify /sha512``."""
        value = parse.digest(ssh.send(f"verify /sha512 flash:{image.name}", timeout=timeout), image.name)
        return Digest("sha512", value) if value else None

    def configuration(self, ssh: Session) -> Configuration:
        """As `Driver.configuration`."""
        running, startup = (self._told(ssh, f"show {which}-config") for which in ("running", "startup"))
        if not running.strip():
            raise parse.refuse("show running-config", running, "is empty")
        return Configuration(running, startup)

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """As `Driver.differences`; the comments at the head change with time and version."""
        return tuple(difflib.unified_diff(_lasting(before), _lasting(after), "before", "after", lineterm="", n=0))

    def canonical(self, version: str) -> str:
        """As `Driver.canonical`."""
        return parse.canonical(version)

    def order(self, version: str, other: str) -> int | None:
        """As `Driver.order`."""
        return parse.order(version, other)

    def version_of(self, name: str) -> str:
        """As `RunsFiles.version_of`."""
        return parse.version_of(name)

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.copy`: held. How it ended is told by EOS's last line, how much came by the file."""
        if image.file is not None:
            ssh.push(image, f"/mnt/flash/{image.name}")
            yield InstallerState(CopyState(Activity.UNKNOWN, "pushed"))
            return
        command, said = f"copy {image.url} flash:{image.name}", ""
        with _in_vrf(ssh, self.refusals):
            try:
                for said in orders.held(ssh, command, {}, timeout=ssh.limits.download):
                    yield InstallerState(CopyState(Activity.RUNNING, words.telling(said)), busy=True)
            except (GeneratorExit, ReplyTimeout):
                with suppress(SessionError):  # a session that is lost ends the copy, too
                    ssh.interrupt()
                raise
        orders.checked(command, said, _NOT_TAKEN)
        yield self._copied(ssh, image, said)

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:  # noqa: ARG002 - as above
        """As `Driver.install`: there is nothing to install."""
        raise CommandRefused("EOS runs an image from its file: there is nothing to install")
        yield  # a generator, as the protocol says

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """As `Driver.set_next_boot`. EOS may take a file that is not there, so that is looked at first."""
        if slot.name not in parse.listing(_FLASH, ssh.send(_FLASH)).files:
            raise CommandRefused(f"there is no file {slot.name} on the flash", command="boot system")
        self._configured(ssh, f"boot system flash:{slot.name}")

    def save_config(self, ssh: Session) -> None:
        """As `Driver.save_config`."""
        reply = self._ordered(ssh, "write memory")
        if "Copy completed successfully." not in reply:
            raise CommandRefused("it does not say that it was saved", command="write memory", said=reply)

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """As `Driver.reload`. ``reload now`` asks nothing and loses what is not saved: that is looked at before."""
        if self._told(ssh, "show running-config diffs").strip():
            if unsaved == "refuse":
                raise orders.called_off("reload now")
            self.save_config(ssh)
        with suppress(SessionLost, ReplyTimeout):  # that is how it is taken
            reply = ssh.send("reload now", timeout=_FAREWELL)
            orders.checked("reload now", reply, self.refusals)

    def delete(self, ssh: Session, name: str) -> None:
        """As `Driver.delete`."""
        self._ordered(ssh, f"delete flash:{name}")

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """As `Driver.removable`: the image files that neither run nor boot next."""
        needed = {slot.name for slot in facts.slots if slot.running or slot.next_boot}
        return tuple(name for name in facts.images or () if name not in needed)

    def _slots(self, ssh: Session, flash: parse.Listing, running: str) -> tuple[Slot, ...]:
        return parse.slots(flash.files, running, parse.next_boot(_BOOT, ssh.send(_BOOT)))

    def _copied(self, ssh: Session, image: Image, said: str) -> InstallerState:
        size = parse.listing(_FLASH, ssh.send(_FLASH)).files.get(image.name, 0)
        if size and re.search(r"(?m)^Copy completed successfully\.", said):
            return InstallerState(CopyState(Activity.DONE, transferred=size, size=size, percent=100))
        return InstallerState(CopyState(Activity.FAILED, words.telling(said), transferred=size))

    def _told(self, ssh: Session, command: str) -> str:
        return orders.checked(command, ssh.send(command), self.refusals)

    def _ordered(self, ssh: Session, command: str) -> str:
        return orders.checked(command, orders.ordered(ssh, command, {}), self.refusals)

    def _configured(self, ssh: Session, command: str) -> None:
        self._ordered(ssh, "configure terminal")
        try:
            self._ordered(ssh, command)
        except SessionError:
            with suppress(SessionError):  # what became of the command is what counts
                self._ordered(ssh, "end")
            raise
        self._ordered(ssh, "end")


@contextmanager
def _in_vrf(ssh: Session, refusals: str) -> Iterator[None]:
    """While it is open, the session's commands use its VRF."""
    if not ssh.vrf:
        yield
        return
    command = f"routing-context vrf {ssh.vrf}"
    orders.checked(command, ssh.send(command), refusals)
    try:
        yield
    finally:
        with suppress(SessionError):  # the session is at its end
            ssh.send("routing-context vrf default")


def _lasting(text: str) -> list[str]:
    return [line for line in map(str.rstrip, text.splitlines()) if not _VOLATILE.match(line)]
