"""The record of one switch: what it keeps of its events, what was settled, and how it is told."""

from __future__ import annotations

import time
from ast import literal_eval
from collections.abc import Callable

import pytest

from lcm_nornir.errors import (
    DownloadFailed,
    ExtractionFailed,
    Held,
    ImageActivationFailed,
    LcmError,
    MayYetReboot,
    NotBegun,
    NotReady,
    ReachabilityTimedOut,
    RequestError,
    Stopped,
)
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
from lcm_nornir.record import SwitchRecord, head_of, report_of
from lcm_nornir.schema import (
    DownloadState,
    DownloadStatus,
    InstallState,
    InstallStatus,
    JobStatus,
    SwitchMember,
    UpdateError,
    UpdateProgress,
)

UNTOUCHED = Verdict(Ending.NOT_BEGUN)  # how a dry run or a cleaning ends


def record(*events: Event) -> SwitchRecord:
    made = SwitchRecord("1", "leaf1")
    for event in events:
        made.add(event)
    return made


def timed(*events: Event) -> SwitchRecord:
    """Make a record of events that came one second after another, the first at 1001."""
    made = SwitchRecord("1", "leaf1")
    for moment, event in enumerate(events, 1001):
        made.add(event, moment)
    return made


def test_what_changes_nothing_leaves_the_verdict_before_it() -> None:
    made = record(Verdict(Ending.SUCCESS), StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.ending, made.error) == (Ending.SUCCESS, None)


def test_a_host_that_was_taken_for_skipped_and_was_run_is_not_called_skipped_again() -> None:
    skipped = Verdict(Ending.NOT_BEGUN, NotBegun("excluded by failed_hosts"))
    made = record(skipped, StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.ending, made.error, made.reason) == (Ending.NOT_BEGUN, None, "")


def test_F28_an_image_that_may_be_incomplete_is_remembered_until_it_is_installed_whole() -> None:
    failed = StepEnded(Phase.INSTALL, changed=True, error=ExtractionFailed("full"))
    made = record(failed, Verdict(Ending.FAILED, ExtractionFailed("full")), Verdict(Ending.STOPPED, Stopped("asked")))
    assert made.spoilt
    made.add(StepEnded(Phase.READINESS))
    made.add(InstallDone(already=True))
    assert made.spoilt
    made.add(InstallDone())
    assert not made.spoilt
    made.add(InstallDone(already=True))
    assert not made.spoilt


def test_a_step_that_begins_has_not_seen_it_down() -> None:
    assert not record(StepBegan(Phase.REACHABILITY), Down(), StepBegan(Phase.REACHABILITY)).down


def test_a_record_begins_with_nothing_known() -> None:
    made = record()
    assert (made.phase, made.ending, made.error) == (Phase.WAITING, Ending.OPEN, None)
    assert (made.start_time, made.end_time) == (0, 0)
    assert (made.changed, made.down, made.spoilt) == (False, False, False)


def test_a_step_that_begins_opens_it_again() -> None:
    made = timed(Verdict(Ending.FAILED, DownloadFailed("404")), StepBegan(Phase.READINESS))
    assert (made.phase, made.ending, made.end_time) == (Phase.READINESS, Ending.OPEN, 0)


def test_a_switch_that_was_staged_is_still_staged_after_what_changes_nothing() -> None:
    made = timed(Verdict(Ending.OPEN, phase=Phase.STAGED), StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.phase, made.ending, made.end_time) == (Phase.STAGED, Ending.OPEN, 0)


def test_a_verdict_that_stands_keeps_its_phase_and_its_time() -> None:
    made = timed(Verdict(Ending.SUCCESS, phase=Phase.COMMIT), StepBegan(Phase.READINESS), UNTOUCHED)
    assert (made.phase, made.end_time) == (Phase.COMMIT, 1001)
    assert made.verdicts == [(1001, Ending.SUCCESS, "")]


def test_a_skip_that_is_told_is_a_verdict_of_its_own() -> None:
    made = timed(Verdict(Ending.SUCCESS), StepBegan(Phase.READINESS), Verdict(Ending.NOT_BEGUN, NotBegun("skipped")))
    assert (made.ending, made.reason, made.end_time) == (Ending.NOT_BEGUN, "skipped", 1003)


SOME = Copying("a quarter", transferred=50, size=200, rate=10, percent=25)
FAILED = StepEnded(Phase.COPY, error=DownloadFailed("404"))


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), DownloadStatus()),
        (
            (SOME,),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_IN_PROGRESS,
                status_detail="a quarter",
                start_time=1001,
                progress_percentage=25,
                transfer_bytes=50,
                file_size=200,
                transfer_rate=10,
            ),
        ),
        (
            (SOME, Copying()),  # what is not told again is still known
            DownloadStatus(
                status=DownloadState.DOWNLOAD_IN_PROGRESS,
                start_time=1001,
                progress_percentage=25,
                transfer_bytes=50,
                file_size=200,
            ),
        ),
        (
            (SOME, Copying(transferred=60, size=300, percent=30)),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_IN_PROGRESS,
                start_time=1001,
                progress_percentage=30,
                transfer_bytes=60,
                file_size=300,
            ),
        ),
        (
            (Copying(transferred=300, size=200, percent=101),),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_IN_PROGRESS,
                start_time=1001,
                progress_percentage=100,
                transfer_bytes=200,
                file_size=200,
            ),
        ),
        (
            (Copying(transferred=7),),
            DownloadStatus(status=DownloadState.DOWNLOAD_IN_PROGRESS, start_time=1001, transfer_bytes=7),
        ),
        (
            (Copying(transferred=-1, rate=-1, percent=-1),),
            DownloadStatus(status=DownloadState.DOWNLOAD_IN_PROGRESS, start_time=1001),
        ),
        (
            (SOME, SOME, SOME, CopyDone()),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_SUCCESS,
                start_time=1001,
                end_time=1004,
                progress_percentage=100,
                transfer_bytes=200,
                file_size=200,
                transfer_rate=67,
            ),
        ),
        (
            (CopyDone(size=300),),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_SUCCESS,
                start_time=1001,
                end_time=1001,
                progress_percentage=100,
                transfer_bytes=300,
                file_size=300,
                transfer_rate=300,
            ),
        ),
        (
            (CopyDone(),),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_SUCCESS, start_time=1001, end_time=1001, progress_percentage=100
            ),
        ),
        (
            (CopyDone(already=True, size=959_000_000),),
            DownloadStatus(
                status=DownloadState.DOWNLOAD_SUCCESS,
                status_detail="already on the switch",
                progress_percentage=100,
                file_size=959_000_000,
            ),
        ),
        *(
            (
                (StepBegan(Phase.COPY), SOME, end),
                DownloadStatus(
                    status=DownloadState.DOWNLOAD_FAILED,
                    status_detail="a quarter",
                    start_time=1002,
                    end_time=1003,
                    progress_percentage=25,
                    transfer_bytes=50,
                    file_size=200,
                ),
            )
            for end in (FAILED, Verdict(Ending.STOPPED, Stopped("asked")))
        ),
        *(
            (
                (SOME, end),
                DownloadStatus(
                    status=DownloadState.DOWNLOAD_IN_PROGRESS,
                    status_detail="a quarter",
                    start_time=1001,
                    progress_percentage=25,
                    transfer_bytes=50,
                    file_size=200,
                    transfer_rate=10,
                ),
            )
            for end in (StepEnded(Phase.COPY), Verdict(Ending.OPEN))
        ),
        ((SOME, StepBegan(Phase.COPY)), DownloadStatus()),
    ],
)
def test_a_download_is_told_as_far_as_it_is_known(events: tuple[Event, ...], told: DownloadStatus) -> None:
    assert timed(*events).row().download_status == told


BUSY = Installing("step 1 of 9")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), InstallStatus()),
        (
            (BUSY, Installing("step 2 of 9")),
            InstallStatus(status=InstallState.INSTALL_IN_PROGRESS, status_detail="step 2 of 9", start_time=1001),
        ),
        (
            (BUSY, InstallDone()),
            InstallStatus(status=InstallState.INSTALL_SUCCESS, start_time=1001, end_time=1002),
        ),
        ((InstallDone(),), InstallStatus(status=InstallState.INSTALL_SUCCESS, end_time=1001)),
        (
            (InstallDone(already=True),),
            InstallStatus(status=InstallState.INSTALL_SUCCESS, status_detail="already installed"),
        ),
        (
            (BUSY, Verdict(Ending.FAILED, ExtractionFailed("full"))),
            InstallStatus(
                status=InstallState.INSTALL_FAILED, status_detail="step 1 of 9", start_time=1001, end_time=1002
            ),
        ),
        (
            (BUSY, InstallDone(), Verdict(Ending.FAILED, ImageActivationFailed("old"))),
            InstallStatus(status=InstallState.INSTALL_SUCCESS, start_time=1001, end_time=1002),
        ),
        ((BUSY, StepBegan(Phase.INSTALL)), InstallStatus()),
        (
            (BUSY, StepBegan(Phase.SET_BOOT)),
            InstallStatus(status=InstallState.INSTALL_IN_PROGRESS, status_detail="step 1 of 9", start_time=1001),
        ),
    ],
)
def test_an_installation_is_told_as_far_as_it_is_known(events: tuple[Event, ...], told: InstallStatus) -> None:
    assert timed(*events).row().install_status == told


def test_a_download_that_has_ended_well_does_not_fail_with_what_comes_after_it() -> None:
    made = timed(CopyDone(), StepEnded(Phase.VALIDATE, error=DownloadFailed("x")))
    assert made.row().download_status.status is DownloadState.DOWNLOAD_SUCCESS


@pytest.mark.parametrize(
    ("events", "progress", "error"),
    [
        ((StepBegan(Phase.REBOOT), Down()), UpdateProgress.SWITCH_UNREACHABLE, UpdateError.NOT_SET),
        ((StepBegan(Phase.REBOOT), Down(), Up()), UpdateProgress.REBOOT_IN_PROGRESS, UpdateError.NOT_SET),
        (
            (StepBegan(Phase.REBOOT), Down(), Verdict(Ending.HELD, Held("?"))),
            UpdateProgress.SWITCH_UNREACHABLE,
            UpdateError.NOT_SET,
        ),
        (
            (StepBegan(Phase.REBOOT), Verdict(Ending.FAILED, ReachabilityTimedOut("gone"))),
            UpdateProgress.SWITCH_REACHABILITY_TIMED_OUT,
            UpdateError.SWITCH_UNREACHABLE,
        ),
        ((Acting("reload"), Verdict(Ending.REFUSED)), UpdateProgress.FAILED, UpdateError.IMAGE_INSTALL_FAILED),
        ((Verdict(Ending.REFUSED),), UpdateProgress.NOT_SET, UpdateError.NOT_SET),
        ((Verdict(Ending.FAILED, phase=Phase.COPY),), UpdateProgress.FAILED, UpdateError.DOWNLOAD_FAILED),
    ],
)
def test_a_record_has_the_two_words_of_its_events(
    events: tuple[Event, ...], progress: UpdateProgress, error: UpdateError
) -> None:
    row = timed(*events).row()
    assert (row.switch_member, row.update_progress_status, row.error) == (
        SwitchMember(id="1", name="leaf1"),
        progress,
        error,
    )


@pytest.mark.parametrize(
    ("events", "goes_on"),
    [
        ((), True),
        ((Verdict(Ending.HELD, Held("?")),), True),
        ((Verdict(Ending.STOPPED, Stopped("asked")),), True),
        ((Verdict(Ending.SUCCESS),), False),
        ((Verdict(Ending.REFUSED, NotReady("busy")),), False),
        ((Verdict(Ending.FAILED, DownloadFailed("404")),), False),
        ((Verdict(Ending.FAILED, ReachabilityTimedOut("gone")),), True),
        ((Verdict(Ending.FAILED, MayYetReboot("busy")),), True),
        ((UNTOUCHED,), True),
        ((StepBegan(Phase.READINESS), UNTOUCHED), False),
        ((StepBegan(Phase.READINESS), Verdict(Ending.NOT_BEGUN, NotBegun("skipped"))), True),
    ],
)
def test_a_switch_goes_on_until_it_has_a_final_verdict(events: tuple[Event, ...], goes_on: object) -> None:
    assert timed(*events).goes_on is goes_on


def test_a_record_is_dumped_whole() -> None:
    error = ImageActivationFailed("it runs 10.5", host="leaf1", step="verify", remedy="look")
    made = timed(
        StepBegan(Phase.READINESS),
        StepEnded(Phase.READINESS),
        StepBegan(Phase.REBOOT),
        Acting("reload"),
        StepEnded(Phase.REBOOT, changed=True),
        StepBegan(Phase.VERIFY),
        Evidence("version", "10.4"),
        Evidence("version", "10.5"),
        StepEnded(Phase.VERIFY, error=error),
        Verdict(Ending.HELD),
        Verdict(Ending.FAILED, error),
    )
    reason = "leaf1: verify: it runs 10.5 (look)"
    assert (made.start_time, made.end_time, made.changed) == (1001, 1011, True)
    assert made.dump() == {
        "row": made.row().model_dump(mode="json"),
        "phase": "verify",
        "ending": "failed",
        "reason": reason,
        "remedy": "look",
        "steps": [
            {"phase": "readiness", "start_time": 1001, "end_time": 1002, "changed": False, "error": ""},
            {"phase": "reboot", "start_time": 1003, "end_time": 1005, "changed": True, "error": ""},
            {"phase": "verify", "start_time": 1006, "end_time": 1009, "changed": False, "error": reason},
        ],
        "commands": [{"time": 1004, "command": "reload"}],
        "evidence": {"version": "10.5"},
        "verdicts": [
            {"time": 1010, "ending": "held", "reason": ""},
            {"time": 1011, "ending": "failed", "reason": reason},
        ],
    }
    assert literal_eval(repr(made.dump())) == made.dump()  # plain data: any format can write it
    assert timed().dump()["remedy"] == ""
    (step,) = timed(StepBegan(Phase.COPY)).dump()["steps"]
    assert step == {"phase": "copy", "start_time": 1001, "end_time": 0, "changed": False, "error": ""}


def test_of_two_steps_of_a_phase_the_later_one_ends_and_each_ends_once() -> None:
    began, ended = StepBegan(Phase.COPY), StepEnded(Phase.COPY)
    made = timed(began, StepBegan(Phase.VALIDATE), began, ended, ended, ended)
    assert [(step.start_time, step.end_time) for step in made.steps] == [(1001, 1005), (1002, 0), (1003, 1004)]


def test_times_never_turn_round_and_are_now_if_none_is_given() -> None:
    made = timed(Acting("one"))
    made.add(Acting("two"), 900)
    assert made.commands == [(1001, "one"), (1001, "two")]
    assert abs(record(Up()).start_time - time.time()) <= 2


CHANGES: list[Callable[[SwitchRecord], None]] = [
    lambda made: made.add(StepBegan(Phase.INSTALL)),
    lambda made: made.add(StepEnded(Phase.COPY, changed=True)),
    lambda made: made.add(Acting("reload")),
    lambda made: made.add(Evidence("version", "10.5")),
    lambda made: made.add(Verdict(Ending.SUCCESS)),
    lambda made: made.add(Copying(transferred=60)),
    lambda made: made.add(Installing("step 2 of 9")),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_the_same_and_stays_so(change: Callable[[SwitchRecord], None]) -> None:
    made = timed(StepBegan(Phase.COPY), SOME, BUSY, Acting("copy"))
    told, again = made.dump(), made.copy()
    change(made)
    assert again.dump() == told
    assert made.dump() != told


def test_a_report_tells_every_switch_in_the_job_s_order_and_ends_with_the_last() -> None:
    first, second = SwitchRecord("7", "b"), SwitchRecord("8", "a")
    first.add(Verdict(Ending.SUCCESS), 1009)
    second.add(Verdict(Ending.FAILED, LcmError("x")), 1005)
    report = report_of((first, second), 1000)
    assert (report.start_time, report.end_time, report.status) == (1000, 1009, JobStatus.PARTIAL_SUCCESS)
    assert report.data == (first.row(), second.row())


def test_a_report_of_no_switch_is_refused() -> None:
    with pytest.raises(RequestError) as caught:
        report_of((), 1000)
    assert str(caught.value) == "inventory: no switch was selected; run one of our tasks on at least one host"


@pytest.mark.parametrize(
    ("ends", "head"),
    [
        ([(UpdateProgress.NOT_SET, Ending.NOT_BEGUN, 5)], (JobStatus.NOT_STARTED, 0)),
        (
            [(UpdateProgress.SUCCESS, Ending.SUCCESS, 5), (UpdateProgress.NOT_SET, Ending.OPEN, 0)],
            (JobStatus.IN_PROGRESS, 0),
        ),
        (
            [(UpdateProgress.SUCCESS, Ending.SUCCESS, 5), (UpdateProgress.SUCCESS, Ending.SUCCESS, 4)],
            (JobStatus.SUCCESS, 5),
        ),
    ],
)
def test_a_job_has_an_end_when_all_its_switches_have(
    ends: list[tuple[UpdateProgress, Ending, int]], head: tuple[JobStatus, int]
) -> None:
    assert head_of(ends) == head
