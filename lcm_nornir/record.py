"""The record of one switch: every event of its update folded into one value, and that value told as its API row."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from lcm_nornir.clock import elapsed
from lcm_nornir.errors import ExtractionFailed, LcmError, MayYetReboot, ReachabilityTimedOut, RequestError, word_of
from lcm_nornir.events import (
    Acting,
    CopyDone,
    Copying,
    Down,
    Ending,
    Event,
    Evidence,
    InstallDone,
    Installing,
    Phase,
    StepBegan,
    StepEnded,
    Up,
    Verdict,
)
from lcm_nornir.schema import (
    DownloadState,
    DownloadStatus,
    InstallState,
    InstallStatus,
    JobStatus,
    SwitchMember,
    SwitchUpdateStatus,
    UpdateError,
    UpdateJobStatus,
    UpdateProgress,
    overall,
    words,
)


def report_of(records: Sequence[SwitchRecord], start_time: int) -> UpdateJobStatus:
    """Tell the records of a job's switches in the words of the API (`lcm-api.md` section 1).

    Args:
        records: In the job's order.
        start_time: Epoch seconds.

    Raises:
        RequestError: There is no switch.
    """
    if not records:
        raise RequestError(
            "no switch was selected", field="inventory", cure="run one of our tasks on at least one host"
        )
    rows = [record.row() for record in records]
    ends = [(row.update_progress_status, one.ending, one.end_time) for row, one in zip(rows, records, strict=True)]
    status, end_time = head_of(ends)
    return UpdateJobStatus(start_time=start_time, end_time=end_time, status=status, data=tuple(rows))


def head_of(ends: Sequence[tuple[UpdateProgress, Ending, int]]) -> tuple[JobStatus, int]:
    """Give a job's word, and its end in epoch seconds, 0 until it has ended.

    Args:
        ends: Progress word, ending and end of each switch, at least one; those that are the same may be given once.
    """
    status = overall((progress, ending) for progress, ending, _ in ends)
    over = status not in (JobStatus.NOT_STARTED, JobStatus.IN_PROGRESS)
    return status, max(end for *_, end in ends) if over else 0


@dataclass(slots=True)
class Step:
    """One step: when it began and ended (epoch seconds, 0 while it runs), whether it changed anything, its error."""

    phase: Phase
    start_time: int
    end_time: int = 0
    changed: bool = False
    error: str = ""


@dataclass(slots=True)
class SwitchRecord:
    """What is known of one switch's update. Grows with each event; never forgets.

    Attributes:
        id: The switch's id in the API.
        name: Its inventory name.
        phase: Where it is.
        ending: How it ended.
        error: Why it did not go well.
        changed: Whether a device-changing command was sent.
        down: Whether it is seen down.
        spoilt: Whether a slot may hold an image that was not installed whole; until one is.
        steps: The steps in the order in which they began.
        commands: The device-changing commands, with their times.
        evidence: What was read from the switch, by name; the latest value.
        verdicts: Every verdict with its time: a later one does not erase an earlier one.
    """

    id: str
    name: str
    phase: Phase = Phase.WAITING
    ending: Ending = Ending.OPEN
    error: LcmError | None = None
    changed: bool = False
    down: bool = False
    spoilt: bool = False
    start_time: int = 0
    end_time: int = 0
    steps: list[Step] = field(default_factory=list)
    commands: list[tuple[int, str]] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)
    verdicts: list[tuple[int, Ending, str]] = field(default_factory=list)
    _download: dict[str, Any] = field(default_factory=dict)
    _install: dict[str, Any] = field(default_factory=dict)
    _settled: tuple[Phase, Ending, LcmError | None, int] | None = None
    _epoch: float = field(default_factory=lambda: time.time() - elapsed())
    _latest: int = 0

    def add(self, event: Event, at: float = 0) -> None:  # noqa: C901, PLR0912 - a line per kind of event is a table
        """Take in one event.

        Args:
            event: What happened.
            at: When, in epoch seconds; now, if it is 0.
        """
        # a step of our wall clock must not turn times round, and neither may that of another process before us
        now = self._latest = max(int(at or self._epoch + elapsed()), self._latest)
        self.start_time = self.start_time or now
        match event:
            case StepBegan(phase):
                if self.ending not in (Ending.OPEN, Ending.NOT_BEGUN) or self.phase is Phase.STAGED:
                    self._settled = (self.phase, self.ending, self.error, self.end_time)
                self.phase, self.ending, self.end_time = phase, Ending.OPEN, 0
                self.down = False  # as far as this step has looked
                self.steps.append(Step(phase, now))
                if phase is Phase.COPY:
                    self._download = {}
                elif phase is Phase.INSTALL:
                    self._install = {}
            case StepEnded(phase, changed, error):
                self._end_step(phase, now, changed=changed, error=error)
            case Copying():
                self._copying(event, now)
            case Installing():
                self._installing(event, now)
            case CopyDone():
                self._copied(event, now)
            case InstallDone():
                self._installed(event, now)
            case Acting(command):
                self.changed = True
                self.commands.append((now, command))
            case Down():
                self.down = True
            case Up():
                self.down = False
            case Evidence(name, value):
                self.evidence[name] = value
            case Verdict():
                self._verdict(event, now)

    def row(self) -> SwitchUpdateStatus:
        """Tell the record in the words of the API."""
        down = self.down
        if self.ending not in (Ending.OPEN, Ending.HELD):
            down = isinstance(self.error, ReachabilityTimedOut)
        progress, error = words(
            self.phase, self.ending, UpdateError(word_of(self.error)), changed=self.changed, down=down
        )
        return SwitchUpdateStatus(
            switch_member=SwitchMember(id=self.id, name=self.name),
            update_progress_status=progress,
            error=error,
            download_status=DownloadStatus(**self._download),
            install_status=InstallStatus(**self._install),
        )

    @property
    def goes_on(self) -> bool:
        """Whether the switch has no final verdict: it is open, held, stopped, not begun, or was not seen to return."""
        if self.ending is Ending.FAILED:
            # it may have come back since, or rebooted
            return isinstance(self.error, ReachabilityTimedOut | MayYetReboot)
        if self.ending is Ending.NOT_BEGUN:  # without an error there was nothing to update, and that was done
            return self.error is not None or not self.steps
        return self.ending not in (Ending.SUCCESS, Ending.REFUSED)

    @property
    def reason(self) -> str:
        """Why it ended as it did, one line; empty if it went well."""
        return str(self.error) if self.error else ""

    def dump(self) -> dict[str, Any]:
        """Give the record as plain data: the row, steps, commands, evidence, reason, remedy, verdicts."""
        return {
            "row": self.row().model_dump(mode="json"),
            "phase": self.phase.value,
            "ending": self.ending.value,
            "reason": self.reason,
            "remedy": self.error.remedy if self.error else "",
            "steps": [asdict(step) | {"phase": step.phase.value} for step in self.steps],
            "commands": [{"time": when, "command": command} for when, command in self.commands],
            "evidence": dict(self.evidence),
            "verdicts": [
                {"time": when, "ending": ending.value, "reason": reason} for when, ending, reason in self.verdicts
            ],
        }

    def copy(self) -> SwitchRecord:
        """Give a copy that no later event changes."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        containers = {name: type(value)(value) for name, value in values.items() if isinstance(value, list | dict)}
        return SwitchRecord(**(values | containers | {"steps": [replace(step) for step in self.steps]}))

    def _end_step(self, phase: Phase, now: int, *, changed: bool, error: BaseException | None) -> None:
        for step in reversed(self.steps):
            if step.phase is phase and not step.end_time:
                step.end_time, step.changed, step.error = now, changed, str(error or "")
                break
        if error is not None:
            self._fail_open(now)
        self.spoilt |= isinstance(error, ExtractionFailed)

    def _fail_open(self, now: int) -> None:
        if self._download.get("status") is DownloadState.DOWNLOAD_IN_PROGRESS:
            self._download |= {"status": DownloadState.DOWNLOAD_FAILED, "end_time": now, "transfer_rate": 0}
        if self._install.get("status") is InstallState.INSTALL_IN_PROGRESS:
            self._install |= {"status": InstallState.INSTALL_FAILED, "end_time": now}

    def _copying(self, event: Copying, now: int) -> None:
        old = self._download
        size = event.size or old.get("file_size", 0)
        transferred = max(event.transferred, old.get("transfer_bytes", 0))
        percent = min(100, max(event.percent, old.get("progress_percentage", 0)))
        self._download = {
            "status": DownloadState.DOWNLOAD_IN_PROGRESS,
            "status_detail": event.detail,
            "start_time": old.get("start_time") or now,
            "progress_percentage": percent,
            "transfer_bytes": min(transferred, size) if size else transferred,
            "file_size": size,
            "transfer_rate": max(event.rate, 0),
        }

    def _copied(self, event: CopyDone, now: int) -> None:
        start = self._download.get("start_time", 0 if event.already else now)
        size = event.size or self._download.get("file_size", 0)
        self._download = {
            "status": DownloadState.DOWNLOAD_SUCCESS,
            "status_detail": "already on the switch" if event.already else "",
            "start_time": start,
            "end_time": 0 if event.already else now,
            "progress_percentage": 100,
            "transfer_bytes": 0 if event.already else size,
            "file_size": size,
            "transfer_rate": 0 if event.already else round(size / max(now - start, 1)),
        }

    def _installing(self, event: Installing, now: int) -> None:
        self._install = {
            "status": InstallState.INSTALL_IN_PROGRESS,
            "status_detail": event.detail,
            "start_time": self._install.get("start_time") or now,
        }

    def _installed(self, event: InstallDone, now: int) -> None:
        self.spoilt &= event.already
        self._install = {
            "status": InstallState.INSTALL_SUCCESS,
            "status_detail": "already installed" if event.already else "",
            "start_time": self._install.get("start_time", 0),
            "end_time": 0 if event.already else now,
        }

    def _verdict(self, event: Verdict, now: int) -> None:
        if event.ending is Ending.NOT_BEGUN and event.error is None and self._settled:
            self.phase, self.ending, self.error, self.end_time = self._settled  # nothing was updated: it stands
            return
        self.ending = event.ending
        self.error = event.error
        self.phase = event.phase or self.phase
        self.end_time = 0 if event.ending in (Ending.OPEN, Ending.HELD) else now
        self.verdicts.append((now, event.ending, str(event.error or "")))
        if event.ending is not Ending.OPEN:
            self._fail_open(now)
