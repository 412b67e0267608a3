"""What one types on community SONiC: a Linux shell, with ``sonic-installer`` for images.

An image lives in a folder of its own below ``/host``; two are kept. Installing makes the new image the default by
itself, so the default is put back, and a new image is first tried by a one-time choice: until it is committed
(``set-default``), a power cycle runs the old one. Sources: the source of sonic-utilities, SONiC's command reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from lcm_nornir.drivers import answers, linux, orders
from lcm_nornir.drivers.base import (
    Activity,
    BootIdentity,
    Capabilities,
    Commitment,
    Configuration,
    CopyState,
    InstallerState,
    Member,
    Session,
    Slot,
    SwitchFacts,
)
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.drivers.sonic import left, parse
from lcm_nornir.drivers.sonic.paths import PATHS
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionLost, UnexpectedOutput
from lcm_nornir.image import DIGEST_LENGTH, Digest, Image
from lcm_nornir.timeouts import Timeouts

_LIST = "sudo sonic-installer list"
_SUDO = r"(?:^|\n)\[sudo\] password for [^\n:]+:\s*$"
_CODE = re.compile(r"(?s)(.*)rc=(\d{1,3});[ \t]*(?:\n|$)")  # the last; log lines may follow
_MOVE = 300.0  # seconds; the home may be on another filesystem
_FAREWELL = 180.0  # seconds in which the services are stopped, until the session drops
_REBOOT = f"sudo sh -c 'mkdir -p {left.RUN} && exec setsid -w reboot > {left.RUN}/reboot.log 2>&1 < /dev/null'"
# What a full disk leaves behind, though the installer claims success.
_FLAWS = (
    "sudo sh -c 'cd /host/image-{version} || exit; for f in boot/vmlinuz-* boot/initrd.img-* fs.squashfs; do"
    " test -s $f || echo flaw: $f is empty or missing; done;"
    ' for f in boot/initrd.img-*; do gzip -t $f 2>&1 | grep -q "unexpected end" && echo flaw: $f is cut short; done;'
    ' test "$(head -c 4 fs.squashfs)" = hsqs && test $(od -An -t u8 -j 40 -N 8 fs.squashfs)'
    " -gt $(stat -c %s fs.squashfs) && echo flaw: fs.squashfs is cut short'"
)


class Ran(NamedTuple):
    """What a command printed, and its exit code."""

    said: str
    code: int


class Sonic:
    """Driver of community SONiC."""

    platform: ClassVar[str] = "edgecore_sonic"
    aliases: ClassVar[frozenset[str]] = frozenset({"sonic", "edgecore_sonic_ssh"})
    capabilities: ClassVar[Capabilities] = Capabilities(
        copy="left",
        install="left",
        no_return="set_next_boot",
        slots=2,
        schemes=frozenset({"http", "https", "file"}),
        url_credentials=False,
        digests=("sha256", "sha512"),
        uptime_resolution=0.01,
    )
    timeouts: ClassVar[Timeouts] = Timeouts(reply=60.0, go_down=600.0)
    prompt: ClassVar[str] = r"[^\s@:#$]{1,32}@[^\s@:#$]{1,64}:[^\s#$]{1,64}[$#]"
    # without line editing the echo is what was typed, however long
    preparation: ClassVar[tuple[str, ...]] = ("set +o emacs +o vi; export TERM=dumb PAGER=cat LC_ALL=C",)
    refusals: ClassVar[str] = r"(?m)^(?:-?bash: |sudo: |Usage: |Error: )"
    paths: ClassVar[tuple[Rule, ...]] = PATHS
    screens: ClassVar[tuple[str, ...]] = (
        "show version",
        "show boot",
        "show platform summary",
        "show platform syseeprom",
        "show reboot-cause",
    )

    def facts(self, ssh: Session) -> SwitchFacts:
        """As `Driver.facts`."""
        version, slots = parse.version(self._told(ssh, "show version")), self.slots(ssh)
        if slots[0].version != version:
            raise answers.refuse(_LIST, slots[0].name, f"contradicts 'show version', which says {version}")
        platform = parse.platform(self._told(ssh, "show platform summary"))
        return SwitchFacts(
            serial=platform.serial or parse.eeprom_serial(_ran(ssh, "show platform syseeprom").said),
            model=platform.model,
            members=(Member("1", version),),
            boot=self.boot_identity(ssh),
            slots=slots,
            images=self._stored(ssh),
            free=self.free(ssh),
        )

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """As `Driver.slots`: the installed images; what boots next is a one-time choice, if there is one."""
        return parse.images(self._told(ssh, _LIST))

    def free(self, ssh: Session) -> int | None:
        """As `Driver.free`: on the filesystem that holds all images."""
        return linux.free_bytes(_ran(ssh, "df -k /host").said)

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """As `Driver.boot_identity`."""
        boot_id = linux.boot_id(_ran(ssh, "cat /proc/sys/kernel/random/boot_id").said)
        uptime = parse.uptime(self._told(ssh, "cat /proc/uptime"))
        return BootIdentity(boot_id, uptime, self.capabilities.uptime_resolution)

    def installer(self, ssh: Session) -> InstallerState:
        """As `Driver.installer`: SONiC knows no lock, so whoever else installs is found among the processes."""
        return left.state_of(_ran(ssh, left.STATUS).said)

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """As `Driver.digest`."""
        pinned = image.pinned(self.capabilities.digests)
        algorithm = pinned.algorithm if pinned else "sha256"
        path = f"{left.FOLDER}/{image.name}"
        said = _ran(ssh, f"sudo {algorithm}sum {path}", timeout).said
        value = linux.digest(said, DIGEST_LENGTH[algorithm], path)
        return Digest(algorithm, value) if value else None

    def configuration(self, ssh: Session) -> Configuration:
        """As `Driver.configuration`: as JSON, for that is what ``config save`` writes."""
        return Configuration(
            running=self._told(ssh, "sudo sonic-cfggen -d --print-data"),
            startup=self._told(ssh, "sudo cat /etc/sonic/config_db.json"),
        )

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """As `Driver.differences`: of the values, whatever their order."""
        old, new = parse.comparable(before), parse.comparable(after)
        return answers.changed(old, new)

    def canonical(self, version: str) -> str:
        """As `Driver.canonical`: it is written in one way only."""
        return version

    def order(self, version: str, other: str) -> int | None:
        """As `Driver.order`: by branch and number; builds of ``master`` cannot be compared."""
        return parse.order(version, other)

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.copy`. The switch fetches with ``curl``, apart from the session; a push is moved from the home."""
        if image.file is None:
            self._ordered(ssh, left.copy_command(image.url, image.name), "curl")
            yield self.installer(ssh)
            return
        ssh.push(image)
        move = f"sudo sh -c 'mkdir -p {left.FOLDER} && mv ./{image.name} {left.FOLDER}/'"
        ran = _ran(ssh, move, _MOVE)
        if ran.code:
            raise CommandRefused("the image could not be moved to /host", command="sudo mv", said=ran.said)
        yield InstallerState(CopyState(Activity.UNKNOWN, "pushed"))

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """As `Driver.install`, apart from the session. It makes the image the default by itself.

        An image that is there already would only be made the default: it is removed before.
        """
        for slot in self.slots(ssh):
            if slot.version == image.version and not slot.running:
                self._ordered(ssh, f"sudo sonic-installer remove -y {slot.name}")
        self._ordered(ssh, left.install_command(image.name), "sonic-installer install")
        yield self.installer(ssh)

    def flaws(self, ssh: Session, slot: Slot) -> tuple[str, ...]:
        """As `Inspects.flaws`: empty files, and those that end too early."""
        said = _ran(ssh, _FLAWS.format(version=slot.version)).said
        return tuple(re.findall(r"(?m)^flaw: (.*\S)\s*$", said))

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """As `Driver.set_next_boot`: for the running image for good, for another one only once, until it is committed.

        A one-time choice goes before the default, and stays when the default is set: it is then set, too.
        """
        if slot.running:
            self._ordered(ssh, f"sudo sonic-installer set-default {slot.name}")
            if any(one.next_boot and one.name == slot.name for one in self.slots(ssh)):
                return
        self._ordered(ssh, f"sudo sonic-installer set-next-boot {slot.name}")

    def save_config(self, ssh: Session) -> None:
        """As `Driver.save_config`."""
        self._ordered(ssh, "sudo config save -y")

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """As `Driver.reload`. SONiC asks nothing, so what it might have asked is looked at before.

        The script runs in a session of its own: one that is cut in the middle must not leave the switch half down.
        """
        configuration = self.configuration(ssh)
        if unsaved == "refuse" and self.differences(configuration.startup, configuration.running):
            raise orders.called_off("reboot")
        self._ordered(ssh, "sudo sonic-installer verify-next-image")
        try:
            ran = _ran(ssh, _REBOOT, min(_FAREWELL, ssh.limits.go_down))
        except (SessionLost, ReplyTimeout):
            return  # that is how it is taken
        if ran.code:
            said = _ran(ssh, f"sudo tail -c 1500 {left.RUN}/reboot.log").said or ran.said
            raise CommandRefused(f"the reboot ended with exit code {ran.code}", command="reboot", said=said)

    def delete(self, ssh: Session, name: str) -> None:
        """As `Driver.delete`."""
        self._ordered(ssh, f"sudo rm -f {left.FOLDER}/{name}")

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """As `Driver.removable`: every stored file, since SONiC runs from what was unpacked of them."""
        return tuple(facts.images or ())

    def cancel(self, ssh: Session) -> None:
        """As `Cancels.cancel`."""
        self._ordered(ssh, left.CANCEL, "kill")

    def commit(self, ssh: Session) -> None:
        """As `Commits.commit`: the running image becomes the default."""
        self.set_next_boot(ssh, self.slots(ssh)[0])

    def commitment(self, ssh: Session) -> Commitment:
        """As `Commits.commitment`: until then the next boot is the former image's; SONiC has no timer."""
        running = self.slots(ssh)[0]
        return Commitment(done=running.next_boot)

    def _stored(self, ssh: Session) -> dict[str, int] | None:
        ran = _ran(ssh, f"sudo ls -l {left.FOLDER}")
        if ran.code and "No such file" in ran.said:
            return {}  # nothing was ever copied
        return linux.stored_images(ran.said)

    def _told(self, ssh: Session, command: str) -> str:
        ran = _ran(ssh, command)
        if ran.code:
            raise UnexpectedOutput(f"'{command}' ended with exit code {ran.code}", command=command, said=ran.said)
        return ran.said

    def _ordered(self, ssh: Session, line: str, command: str = "") -> None:
        """Run what changes something; `command` is how it is called where the line is long."""
        ran = _ran(ssh, line)
        if ran.code:
            raise CommandRefused(
                f"it ended with exit code {ran.code}", command=command or line.removeprefix("sudo "), said=ran.said
            )


def _ran(ssh: Session, command: str, timeout: float | None = None) -> Ran:
    """Run a command; the last line tells its exit code, so that an answer that was cut is never taken for a whole one.

    Raises:
        CommandRefused: ``sudo`` does not take the password; the command was not run.
        UnexpectedOutput: There is no exit code.
    """
    either = rf"{ssh.prompt}|{_SUDO}"
    reply = ssh.send(f'{command}; echo "rc=$?;"', until=either, timeout=timeout)
    if re.search(_SUDO, reply):
        reply = ssh.answer(ssh.password(), until=either, timeout=timeout)
        if re.search(_SUDO, reply):
            ssh.interrupt()
            raise CommandRefused("sudo does not take the password", command=command, said=reply)
    whole = _CODE.match(re.sub(ssh.prompt, "\n", reply).strip("\n"))
    if not whole:
        raise UnexpectedOutput(f"the answer to '{command}' has no exit code", command=command, said=reply)
    return Ran(whole[1].strip("\n"), int(whole[2]))
