"""Waiting for a switch that reboots: down, up, usable, stable."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nornir.core.task import Result, Task

from lcm_nornir.door import look, the_door
from lcm_nornir.door.way import answers
from lcm_nornir.drivers.base import BootIdentity, Configuration, Driver, SwitchFacts
from lcm_nornir.errors import (
    DidNotReboot,
    Held,
    HostKeyRejected,
    JumpHostRejected,
    LcmError,
    NoDescriptor,
    ReachabilityTimedOut,
    SessionError,
    SessionLimit,
)
from lcm_nornir.events import Down, Evidence, Phase, Up, tell
from lcm_nornir.tasks.peers import release_peer
from lcm_nornir.tasks.step import inside_composite, step

_LOOKS = 4  # at a port, at least, while a span passes
_PATIENCE = 1.0  # seconds that a switch which is up may take to greet, at least
_OLD_BOOT = "the boot from before still answers"
_NOT_SEEN_DOWN = "it was not seen to go down: THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE"
_RARELY = 3  # probes' pauses between two looks at a port that is open: a greeting costs a switch more than a refusal
_SETTLING = 0.22  # share of that time which it may need again before its CLI is ready: a slow switch is slow in all


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of the switch when it was usable again."""

    facts: SwitchFacts
    configuration: Configuration


@step(Phase.REACHABILITY)
def wait_reachable(task: Task, since: BootIdentity | None = None) -> Result:
    """Wait until the switch is usable and stays so: it answers, a login and commands work, in a new boot.

    An open port proves nothing; the old boot may still answer for a while after a reload. So the boot identity
    decides, and the port must then stay open for the stable span. No session is open while it waits.

    Args:
        task: The Nornir task.
        since: The boot before the reload; without it any boot will do.

    Returns:
        A result whose value is what was `Seen`; failed with `ReachabilityTimedOut`, `DidNotReboot` or
        `Held` (it came back with another host key, or its jump host has another one).
    """
    try:
        return Result(host=task.host, result=Return(task, since).wait())
    except BaseException:
        if not inside_composite(task):  # which ends the claim itself
            release_peer(task, since or BootIdentity(), sent=True)
        raise


class Return:
    """The way of one switch back.

    Args:
        task: The Nornir task.
        since: The boot before the reload; without it any boot will do.
        cannot_tell: Gives what to raise if it is usable and cannot tell whether it rebooted; without it that is
            awaited.
    """

    def __init__(
        self, task: Task, since: BootIdentity | None, cannot_tell: Callable[[], LcmError] | None = None
    ) -> None:
        self.task = task
        self.since = since
        self.cannot_tell = cannot_tell
        self.door = the_door(task)
        self.limits = self.door.timeouts(task.host)
        self.way = self.door.target(task).way
        self.patience = max(self.limits.probe, _PATIENCE)
        self.began = time.monotonic()
        self.down = self.was_down = False
        self.answered_after = 0.0  # seconds until its port opened again
        self.full = False  # it takes no further session, and a look at its port may be the one too many
        self.last = "it never answered"
        self.refused = 0

    def wait(self) -> Seen:
        """Wait for the new boot, stable.

        Raises:
            DidNotReboot: The old boot still runs after the time in which it had to end.
            ReachabilityTimedOut: It did not come back in time.
            Held: It came back with another host key, or its jump host has another one.
        """
        settled = False
        while self.elapsed < self.limits.come_back:
            if not (self.full or self._answers()):
                settled = False
                if not self._opens():
                    continue
            if not settled:
                settled = self._stays(max(self.limits.settle, self.answered_after * _SETTLING))
                if not settled:
                    self._pause(self.limits.probe)  # a port that opens and closes is not hammered
            else:
                seen = self._login()
                if seen and self._is_stable(seen):
                    return seen
                settled = seen is None
        raise self._too_late()

    def _is_stable(self, seen: Seen) -> bool:
        """Tell whether it stayed up for the stable span; behind a jump host a second login must tell."""
        if not self._stays(self.limits.stable):
            return False
        if not self.way.proxy:
            return True
        again = self._login()
        return again is not None and seen.facts.boot.same_boot(again.facts.boot) is True

    @property
    def elapsed(self) -> float:
        """Seconds that it has been awaited."""
        return time.monotonic() - self.began

    def _pause(self, seconds: float) -> None:
        self.door.pause(self.task.host, seconds, heed=False)

    def _answers(self) -> bool:
        """Tell whether its port is open."""
        if self.way.proxy:
            return True  # its port cannot be seen from here: logins tell
        self.door.leave(self.task.host)
        try:
            return self._now(up=answers(self.way, self.patience))
        except NoDescriptor as error:  # nothing is known of the port
            self.last = error.message
            self._pause(self.limits.probe)
            return False

    def _opens(self) -> bool:
        """Wait until its port is open, as long as it may take."""
        left = self.limits.come_back - self.elapsed
        return self._now(up=self._until(is_open=True, every=self.limits.probe, timeout=left))

    def _now(self, *, up: bool) -> bool:
        if up == self.down:
            self.down = not up
            self.was_down |= not up
            self.answered_after = self.elapsed if up else 0.0
            tell(self.task, Up() if up else Down())
        return up

    def _stays(self, span: float) -> bool:
        """Wait for a span; False as soon as its port is closed, or if it does not answer at the end."""
        if self.way.proxy:
            self._pause(span)
            return True
        self.door.leave(self.task.host)
        every = min(_RARELY * self.limits.probe, span / _LOOKS)
        if self._until(is_open=False, every=every, timeout=span):
            return self._now(up=False)
        return self._answers()

    def _until(self, *, is_open: bool, every: float, timeout: float) -> bool:
        return self.door.ports.until(
            self.way, is_open=is_open, every=every, patience=self.patience, timeout=max(timeout, 0.0)
        )

    def _login(self) -> Seen | None:
        """Log in and read; None if it is not usable, or still the old boot."""
        was_full, self.full = self.full, False
        try:
            facts = look(self.task, Driver.facts, patient=False)
            same = self.since.same_boot(facts.boot) if self.since else False
            if same is False:
                seen = Seen(facts, look(self.task, Driver.configuration))
                self._now(up=True)
                tell(self.task, Evidence("boot identity", f"{facts.boot}, before: {self.since or 'not known'}"))
                return seen
        except JumpHostRejected as error:
            raise Held(error.message, remedy=error.remedy) from error
        except HostKeyRejected as error:
            tell(self.task, Down())
            raise Held(
                f"it came back with another host key: {error.message}",
                remedy=f"{error.remedy}, and resume JOB",
            ) from error
        except SessionError as error:
            self.last = error.message
            self.full = isinstance(error, SessionLimit) and not was_full
            if self.way.proxy:
                self._now(up=False)
            self._back_off()
            return None
        if same is None and self.cannot_tell:
            raise self.cannot_tell()
        self.last = _OLD_BOOT if same else "it cannot tell whether it rebooted"
        if same and self.elapsed > self.limits.go_down:
            raise DidNotReboot(
                f"it did not reboot within {self.limits.go_down:g} s", remedy="look why the reload was not carried out"
            )
        self._back_off()
        return None

    def _back_off(self) -> None:
        self.refused += 1
        self._pause(self.limits.poll * min(1.5 ** min(self.refused, 9), 6))

    def _too_late(self) -> Exception:
        if self.last == _OLD_BOOT and not self.down:
            return DidNotReboot("it did not reboot", remedy="look why the reload was not carried out")
        late = ReachabilityTimedOut(
            f"not usable within {self.limits.come_back:g} s after the reload: {self.last}",
            remedy="look at its console; once it is back, resume the job, or verify_image proves it",
        )
        return late if self.was_down else late.note(_NOT_SEEN_DOWN)
