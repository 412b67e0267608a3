"""The contract of a driver: what one types on a network OS, and the values in which its answers are read.

A driver types and reads. It never waits, retries, logs or keeps state; tasks do. Each method gets an open session.
Outcomes are found by state, not by prose: an answer that cannot be read is `UnexpectedOutput` with the raw text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from lcm_nornir.clock import elapsed
from lcm_nornir.drivers.paths import Rule
from lcm_nornir.image import Digest, Image
from lcm_nornir.timeouts import Timeouts


class Session(Protocol):
    """An open SSH session to one switch, as a driver sees it. The one seam at which tests may put a fake.

    Every method raises the session errors of `lcm_nornir.errors` (`SessionLost`, `ReplyTimeout`, …).
    """

    prompt: str
    """Pattern of the CLI prompt at the end of what was printed."""
    limits: Timeouts
    """How long things may take on this switch."""
    vrf: str
    """VRF in which this switch reaches the image server; empty if the inventory names none (``data["lcm"]["vrf"]``)."""

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        """Type one line and read.

        Args:
            line: What to type; one line without control characters.
            until: Pattern at which to stop reading, the prompt if empty.
            timeout: Seconds, the limit of an ordinary reply if not given.

        Returns:
            What the switch printed after the echo, without the prompt line, and without control codes. What matched
            another `until` is kept at the end.
        """

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        """Type one line, and read what keeps the session busy for long.

        Args:
            line: As for `send`.
            until: Pattern at which to stop reading.
            timeout: Seconds, in all.

        Yields:
            All that the switch has printed so far, as `send` gives it, about once a second, also if nothing was printed
            meanwhile, and at the end. The last ends in what matched `until`.
        """

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        """Answer a question; as `send`, but the text may be a secret: it is not echoed, logged or kept."""

    def interrupt(self) -> None:
        """Type Ctrl-C and come back to the prompt."""

    def password(self) -> str:
        """The password of the user who is logged in, for a ``sudo`` that asks for it."""

    def push(self, image: Image, path: str = "") -> None:
        """Send an image's local file to the switch by SCP, under the same host key policy.

        Args:
            image: The image.
            path: Where to, on the switch; by its own name to the user's home if empty.

        Raises:
            DownloadValidationFailed: The file is not what was pinned any more; what was sent must not be used.
        """


class Activity(StrEnum):
    """State of one half of the installer."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CopyState:
    """The switch's last copy, as it tells it.

    Attributes:
        activity: What it does.
        detail: Its own words.
        started: Its own time stamp of the begin, empty if there was none: tells one copy from the next.
        transferred: Bytes.
        size: Bytes, 0 if it does not tell.
        rate: Bytes per second.
        percent: 0–100.
    """

    activity: Activity = Activity.IDLE
    detail: str = ""
    started: str = ""
    transferred: int = 0
    size: int = 0
    rate: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class InstallState:
    """The switch's last installation, as it tells it.

    Attributes:
        activity: What became of it.
        detail: Its words.
        started: When it began, as the switch writes it; only to be compared.
        percent: How far it is.
        unpacking: Whether its words name the unpacking of the archive.
        rejected: Whether its words reject the image itself: its signature, or the platform that it is for.
        vetoed: Whether its words say that what the switch does or is configured for does not go with the image.
        not_set: Whether its words say that the image was not made the next boot.
        hollow: Whether it claims success, and what it should have done is not done.
    """

    activity: Activity = Activity.IDLE
    detail: str = ""
    started: str = ""
    percent: int = 0
    unpacking: bool = False
    rejected: bool = False
    vetoed: bool = False
    not_set: bool = False
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class InstallerState:
    """What the switch's installer does now. `busy` if any part of it works."""

    copy: CopyState = CopyState()
    install: InstallState = InstallState()
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for an image.

    Attributes:
        name: How the switch names it; a file's name if it is one.
        version: The version in it, empty if there is none.
        running: Whether the switch runs from it.
        next_boot: Whether the next power cycle runs it.
        is_file: Whether it is an image file, from which the switch boots without an installation. Of such a file only
            its name tells the version, and nothing tells that it is whole.
    """

    name: str
    version: str
    running: bool
    next_boot: bool
    is_file: bool = False

    def has(self, version: str) -> bool:
        """Tell whether it surely holds a version: installed, or running from a file."""
        return self.version == version and (self.running or not self.is_file)


@dataclass(frozen=True, slots=True)
class Member:
    """A unit that runs its own copy of the OS: the switch itself, a stack member, a supervisor."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class BootIdentity:
    """What tells one boot of a switch from the next.

    Attributes:
        boot_id: The kernel's boot id, where the OS is a Linux that shows it.
        uptime: Seconds that the switch says it has been up.
        resolution: Seconds by which that may be off.
        read_at: Our own clock (`lcm_nornir.clock.elapsed`) when it was read.
    """

    boot_id: str = ""
    uptime: float | None = None
    resolution: float = 1.0
    read_at: float = field(default_factory=elapsed)

    def same_boot(self, later: BootIdentity) -> bool | None:
        """Tell whether a later reading is of the same boot; None if neither id nor uptime can tell.

        The switch's wall clock plays no part, it may jump. Without an id: had it not rebooted, it would by now have
        been up as long as before plus the time that passed on our clock. One that was up for next to nothing may have
        rebooted since, and look the same.
        """
        if self.boot_id and later.boot_id:
            return self.boot_id == later.boot_id
        if self.uptime is None or later.uptime is None:
            return None
        passed = later.read_at - self.read_at
        tolerance = self.resolution + later.resolution + 0.001 * passed
        if later.uptime < self.uptime + passed - tolerance:
            return False
        # had it not been up for longer than the clock can tell, a boot since then would look the same
        return True if self.uptime > tolerance else None

    def __str__(self) -> str:
        return self.boot_id or f"up for {self.uptime:.0f} s" if self.uptime is not None else self.boot_id or "unknown"


@dataclass(frozen=True, slots=True)
class SwitchFacts:
    """What a switch says of itself.

    Attributes:
        serial: Serial number or service tag.
        model: Its model.
        members: Every unit that runs its own copy of the OS; all must agree.
        boot: Which boot this is.
        slots: The places for images.
        images: Stored image files, name to bytes; None if the switch cannot list them.
        free: Bytes free for a copy; None if the switch cannot tell.
    """

    serial: str
    model: str
    members: tuple[Member, ...]
    boot: BootIdentity
    slots: tuple[Slot, ...]
    images: Mapping[str, int] | None = None
    free: int | None = None

    @property
    def running(self) -> str:
        """The version that all members run; their versions joined by a comma if they differ."""
        return ", ".join(sorted({member.version for member in self.members}))

    @property
    def running_slot(self) -> Slot:
        """The slot from which it runs."""
        return next(slot for slot in self.slots if slot.running)

    @property
    def next_boot(self) -> Slot:
        """The slot that the next power cycle runs."""
        return next(slot for slot in self.slots if slot.next_boot)

    def slot_with(self, version: str) -> Slot | None:
        """Give the slot that holds a version, the running one first; None if none does."""
        return slot_with(self.slots, version)


def slot_with(slots: Iterable[Slot], version: str, name: str = "") -> Slot | None:
    """Give the slot that holds a version: the running one first, then a file of this name, then an installed one."""
    holding = [slot for slot in slots if slot.version == version]
    return max(holding, key=lambda slot: (slot.running, slot.name == name, not slot.is_file), default=None)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Running and startup configuration as text. May hold secrets: store it like credentials."""

    running: str
    startup: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an OS can do, as data.

    Attributes:
        copy: ``left`` (start and leave), ``held`` (blocks a session) or ``with_install`` (one command does both).
        install: ``left``, ``held`` or ``with_copy``: an image runs from its file, and nothing is installed.
        no_return: The first command after which a power cycle runs the new image; no `install` that is ``with_copy``.
        slots: How many images it can hold installed.
        schemes: URL schemes from which it fetches; ``file`` if an image can be pushed.
        url_credentials: Credentials for the image server reach it without standing in a typed command.
        digests: Digest algorithms that it can compute.
        uptime_resolution: Seconds.
        saved_first: It installs, or activates, only while the running configuration is saved.
    """

    copy: Literal["left", "held", "with_install"]
    install: Literal["left", "held", "with_copy"]
    no_return: str
    slots: int
    schemes: frozenset[str]
    url_credentials: bool
    digests: tuple[str, ...]
    uptime_resolution: float
    saved_first: bool = False


class Driver(Protocol):
    """One network OS. Stateless; one instance serves all switches and threads."""

    platform: ClassVar[str]
    """Name in inventories: netmiko's device type."""
    aliases: ClassVar[frozenset[str]]
    """Other names under which inventories know it."""
    capabilities: ClassVar[Capabilities]
    timeouts: ClassVar[Timeouts]
    refusals: ClassVar[str]
    """Pattern of a CLI's error reply."""
    prompt: ClassVar[str]
    """Pattern of the exec prompt's line, whatever the switch is called; no banner's line should match it."""
    preparation: ClassVar[tuple[str, ...]]
    """What is typed once in each session: no paging, wide lines."""

    def facts(self, ssh: Session) -> SwitchFacts:
        """Read what the switch is and runs. Changes nothing.

        Raises:
            UnexpectedOutput: An answer cannot be read.
        """

    def slots(self, ssh: Session) -> tuple[Slot, ...]:
        """Read only the slots: what is installed where, what runs, what boots next. Changes nothing."""

    def free(self, ssh: Session) -> int | None:
        """Read only how many bytes are free for images; None if the switch does not tell. Changes nothing."""

    def boot_identity(self, ssh: Session) -> BootIdentity:
        """Read only which boot this is. Changes nothing."""

    def installer(self, ssh: Session) -> InstallerState:
        """Read what the installer does. Changes nothing.

        Raises:
            UnexpectedOutput: The answer cannot be read.
        """

    def digest(self, ssh: Session, image: Image, timeout: float) -> Digest | None:
        """Let the switch compute the digest of its stored copy of an image. Changes nothing; may take a minute.

        Returns:
            None if it has no such file or cannot compute digests.
        """

    def configuration(self, ssh: Session) -> Configuration:
        """Read running and startup configuration. Changes nothing."""

    def differences(self, before: str, after: str) -> tuple[str, ...]:
        """Compare two configurations without the lines that change by themselves; pure. Unified diff lines."""

    def canonical(self, version: str) -> str:
        """Give a version as this driver's `facts` write it, where people write it in several ways; pure."""

    def order(self, version: str, other: str) -> int | None:
        """Compare two versions; pure. Below 0 if the first is older, None if they cannot be compared."""

    def copy(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """Bring an image to the switch.

        Yields the installer's state once where the copy goes on by itself (``left``). Where it blocks the session
        (``held``) it yields states that are `busy` while it works, and at the end one that is not, with what became of
        it; whoever closes the generator before wants the copy ended, so it is interrupted.

        Raises:
            CommandRefused: The switch does not take the URL.
        """

    def install(self, ssh: Session, image: Image) -> Iterator[InstallerState]:
        """Write a stored image to the slot that does not run. Yields like `copy`, but is never interrupted.

        Raises:
            InstallerBusy: The installer is busy; nothing was begun.
            CommandRefused: It was refused, as always where it comes ``with_copy``; nothing was begun.
        """

    def set_next_boot(self, ssh: Session, slot: Slot) -> None:
        """Make an installed slot the next boot. May be called for any slot, so that it can be undone."""

    def save_config(self, ssh: Session) -> None:
        """Make the running configuration the startup configuration."""

    def reload(self, ssh: Session, unsaved: Literal["save", "refuse"]) -> None:
        """Reboot. Returns when the switch has taken it, or the session dropped after the last answer.

        Args:
            ssh: The session.
            unsaved: What to do if the switch asks whether to save an unsaved configuration: save it, or call the
                reload off.

        Raises:
            CommandRefused: It was not taken, or was called off; the switch goes on as before.
            UnexpectedQuestion: It was interrupted; the switch goes on as before.
            SessionLost: The session dropped before the last answer: it may have been taken.
        """

    def delete(self, ssh: Session, name: str) -> None:
        """Delete a stored image file."""

    def removable(self, facts: SwitchFacts) -> tuple[str, ...]:
        """Name the stored files whose deletion takes nothing from what runs or boots next; pure."""


@runtime_checkable
class Cancels(Protocol):
    """A driver that can stop a running copy."""

    def cancel(self, ssh: Session) -> None:
        """Stop the copy that runs. Does not stop an installation."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """Whether the running image is permanent.

    Attributes:
        done: It is.
        time_left: Seconds until the switch goes back by itself; None if it has no timer, or does not tell.
    """

    done: bool
    time_left: float | None = None


@runtime_checkable
class Commits(Protocol):
    """A driver of an OS on which a new image is on trial: unless it is committed a reboot, or a timer, ends it."""

    def commit(self, ssh: Session) -> None:
        """Make the running image permanent. May be called again: it changes nothing then."""

    def commitment(self, ssh: Session) -> Commitment:
        """Read whether the running image is permanent. Changes nothing."""


@runtime_checkable
class Activates(Protocol):
    """A driver of an OS on which one command makes an image the next boot and reboots into it."""

    def activates(self, slot: Slot) -> bool:
        """Tell whether the image in a slot is made to run so, and not by `set_next_boot` and `reload`; pure."""

    def activate(self, ssh: Session, slot: Slot) -> Iterator[InstallerState]:
        """Make a slot run. Yields like `install`; ends when the switch has taken it, before it reboots.

        A last state in which the installation has `FAILED` tells that the switch goes on as before. Questions that
        are not known are interrupted, if nothing was begun.

        Raises:
            InstallerBusy: The installer is busy; nothing was begun.
            CommandRefused: It was refused; nothing was begun.
            UnexpectedQuestion: It was interrupted; nothing was begun.
            SessionLost: The session dropped, or it ended in words that nobody knows after it was begun; the switch may
                go on by itself, and reboot.
        """


@runtime_checkable
class RunsFiles(Protocol):
    """A driver of an OS that may run an image from its file, of which only the name tells the version."""

    def version_of(self, name: str) -> str:
        """Give the version that a file's name tells, as `facts` write it; empty if it tells none; pure."""


@runtime_checkable
class HasPaths(Protocol):
    """A driver of an OS of which it is known that some releases must be run before others."""

    paths: ClassVar[tuple[Rule, ...]]
    """What is known of that. The first rule that fits a jump decides."""


@runtime_checkable
class Checks(Protocol):
    """A driver of an OS that tells beforehand what speaks against running a stored image."""

    def check(self, ssh: Session, image: Image) -> InstallState:
        """Let the switch check a stored image against itself; may take minutes. Changes nothing.

        Returns:
            ``DONE`` with what it says of the effect, or ``FAILED`` with what speaks against it.
        """


@runtime_checkable
class HasNapalm(Protocol):
    """A driver of an OS for which NAPALM has one, by SSH: another opinion of what the switch is and runs."""

    napalm: ClassVar[str]
    """Its name."""
    napalm_options: ClassVar[Mapping[str, Any]]
    """Its ``optional_args`` that make it use SSH."""


@runtime_checkable
class Inspects(Protocol):
    """A driver that can look at what an installer wrote, whatever that claims."""

    def flaws(self, ssh: Session, slot: Slot) -> tuple[str, ...]:
        """Read what is wrong with an installed image, such as a file that is empty or cut short. Changes nothing."""


@runtime_checkable
class Screens(Protocol):
    """A driver that names reading commands whose words are worth recording, beside those that it types itself."""

    screens: ClassVar[tuple[str, ...]]
