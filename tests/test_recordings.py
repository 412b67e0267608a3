"""Every recording in tests/recordings is read by its driver as it was when it was made.

A recording of a switch that the driver could not read has no facts; once the driver can, it is to be given them.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from lcm_nornir.dialogue import Ended, Recording
from lcm_nornir.drivers.base import Driver, SwitchFacts
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.drivers.replay import ReplaySession
from lcm_nornir.errors import SessionError
from lcm_nornir.simulator.dell_os10.recorded import Recorded

FOLDER = Path(__file__).parent / "recordings"
FILES = sorted(FOLDER.glob("*.json"))
QUERIES = {method.__name__ for method in (Driver.slots, Driver.boot_identity, Driver.installer)}


def ended_well(recording: Recording) -> set[str]:
    """Name the driver's methods of which every exchange came to its prompt."""
    good = Ended.PROMPT, Ended.QUESTION
    return {one.call for one in recording.exchanges} - {
        one.call for one in recording.exchanges if one.ended not in good
    }


def facts_of(recording: Recording) -> SwitchFacts | None:
    """Let the driver read the switch as it did, trying again where a session was lost; None if it cannot."""
    ssh, driver = ReplaySession(recording), driver_for(recording.platform)
    for _ in range(1 + sum(one.ended in (Ended.LOST, Ended.TIMEOUT) for one in recording.exchanges)):
        with suppress(SessionError):
            return driver.facts(ssh)
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_driver_reads_a_recording_as_when_it_was_made(path: Path) -> None:
    recording = Recording.read(path)
    if any(one.call == "facts" for one in recording.exchanges):
        found, told = facts_of(recording), recording.facts
        assert (found is None) == (told is None), "give it the facts that the driver reads now"
        if found and told:
            assert (found.serial, found.model, found.running) == (told.serial, told.model, told.version)
            assert {slot.name: slot.version for slot in found.slots} == dict(told.slots)
            assert (found.running_slot.name, found.next_boot.name) == (told.running, told.next_boot)
    for name in ended_well(recording) & QUERIES:
        getattr(driver_for(recording.platform), name)(ReplaySession(recording))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recording_is_as_it_would_be_written(path: Path) -> None:
    recording = Recording.read(path)
    assert recording.text() == path.read_text()
    assert recording.about, "what is to be known of this switch?"
    assert recording.exchanges


def test_what_came_from_a_simulated_switch_says_so() -> None:
    assert FILES, "there is one at least"
    for path in FILES:
        if "simulated" in path.stem:
            assert Recording.read(path).about.startswith("A SIMULATED switch")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_simulator_reads_a_recording_of_its_own_os(path: Path) -> None:
    recording = Recording.read(path)
    if recording.platform == "dell_os10" and recording.facts:
        recorded = Recorded.read(str(path))
        assert (recorded.serial, recorded.versions) == (recording.facts.serial, dict(recording.facts.slots))
        shown = {one.typed for one in recording.exchanges if one.typed.startswith("show") and one.ended == Ended.PROMPT}
        assert set(recorded.words) & shown
