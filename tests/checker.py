"""What holds after every run, whatever went wrong: the properties N1 to N12 of the fault matrix.

Three witnesses are compared: what was told (the history), what was intended (the journal), and what each simulated
switch says of itself (its own log, which knows nothing of us). A test that runs a fleet through `tests.fleets.lab` is
checked when the lab ends; others call `check_store`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from lcm_nornir import tasks
from lcm_nornir.errors import DidNotReboot, ExtractionFailed, LcmError, MayYetReboot
from lcm_nornir.events import (
    Copying,
    Ending,
    Event,
    Evidence,
    Phase,
    StepBegan,
    StepEnded,
    Verdict,
)
from lcm_nornir.journal.codec import load_event
from lcm_nornir.journal.intent import REBOOTS, Decision, Intent
from lcm_nornir.journal.place import Place
from lcm_nornir.journal.reading import Note, Reading, StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.schema import DownloadStatus
from lcm_nornir.tasks.findings import Finding
from tests.typed import chooses_another, file_of_install, form_of, only_reads

Entry = dict[str, Any]
Log = Sequence[Entry]

_COMPOSITES = {"update_image", "stage_image", "activate_image", "rollback_image"}
_NOT_WELL = (Ending.FAILED, Ending.REFUSED, Ending.HELD, Ending.STOPPED)
_HEARD = 2.0  # seconds until a run has heard that its job is cancelled: it looks every second
RACE = 0.25  # seconds between the last look at the stop flag and the time that the intent bears, on a busy machine
_LOUD = "NEXT POWER CYCLE"


@dataclass(frozen=True)
class History:
    """One job: what was told of it, and what it intended.

    Attributes:
        job: The job.
        notes: Its history.
        intents: Its intents.
        called: Name of the switch's log, by inventory name; the same name if it is not here.
    """

    job: StoredJob
    notes: Sequence[Note]
    intents: Sequence[Intent]
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def images(self) -> list[dict[str, Any]]:
        """The images that the job was given, as plain data."""
        found: list[dict[str, Any]] = []
        for value in self.job.definition.get("params", {}).values():
            if isinstance(value, dict):
                found += [value["image"]] if "image" in value else value.get("catalogue", [])
        return found

    @property
    def versions(self) -> set[str]:
        """The versions that the job wants; empty if its task is the user's own, of which that is not known."""
        if not hasattr(tasks, self.job.task):
            return set()
        params = self.job.definition.get("params", {})
        texts = {params[name] for name in ("version", "image") if isinstance(params.get(name), str)}
        return texts | {str(image["version"]) for image in self.images}


class Story:
    """One switch in one job."""

    def __init__(self, history: History, name: str, log: Log | None) -> None:
        self.history, self.name = history, name
        self.log, self.has_log = log or (), log is not None
        self.notes = [note for note in history.notes if note.switch == name]
        self.events: list[tuple[Note, Event]] = [
            (note, load_event(note.kind, note.body)) for note in self.notes if note.is_event
        ]
        self.intents = sorted((one for one in history.intents if one.switch == name), key=lambda one: one.time)
        self.is_composite = history.job.task in _COMPOSITES

    @property
    def verdicts(self) -> list[tuple[Note, Verdict]]:
        return [(note, event) for note, event in self.events if isinstance(event, Verdict)]

    def reload_before(self, time: float) -> Intent | None:
        """Give the last reload that the switch may have taken before a time."""
        return next(
            (i for i in reversed(self.intents) if i.command in REBOOTS and i.may_be_taken and i.time <= time), None
        )

    def evidence(self, since: float, before: Note) -> dict[str, tuple[float, str]]:
        """Give the evidence that was told after a time and before a note: when, and its value."""
        return {
            event.name: (note.time, event.value)
            for note, event in self.events
            if isinstance(event, Evidence) and note.time >= since and note.seq < before.seq
        }


class Switch:
    """One switch in all jobs together: its own log, and everything that was ever intended of it."""

    def __init__(self, name: str, log: Log, stories: Sequence[Story]) -> None:
        self.name, self.log, self.stories = name, log, stories
        pairs = [(intent, story) for story in stories for intent in story.intents]
        self.intents = sorted(pairs, key=lambda pair: pair[0].time)

    def effects(self, *kinds: str) -> list[Entry]:
        return [e for e in self.log if e["event"] == "effect" and (not kinds or e["kind"] in kinds)]

    def intended(self, time: float) -> tuple[Intent, Story] | None:
        """Give what was intended last before a time."""
        return next((pair for pair in reversed(self.intents) if pair[0].time <= time), None)


def violations(
    job: StoredJob,
    notes: Sequence[Note],
    intents: Sequence[Intent],
    logs: Mapping[str, Log],
    peers: Mapping[str, str],
) -> list[str]:
    """Give what does not hold, one sentence each, of one job alone that was all that happened to its switches."""
    return check([History(job, notes, intents)], logs, peers)


def check_store(
    store: Place | Sequence[Place],
    logs: Mapping[str, Log] | Path,
    *,
    peers: Mapping[str, str] | None = None,
    addresses: Mapping[str, str] | None = None,
    unwatched: Collection[str] = (),
    secrets: Collection[str] = (),
) -> list[str]:
    """Give what does not hold of all jobs of a store together.

    Args:
        store: Place of the store; several, if the switches were worked on from several.
        logs: Each switch's own log; or the folder in which they are, of which those are read that the jobs have.
        peers: Who must not be down together, by name.
        addresses: Name of the switch at each ``address:port``. If given, a job whose switches are all elsewhere, or
            that is older than the fleet, is not of this fleet and is left out.
        unwatched: Switches to which commands were sent by hand, or without a journal: their N4 is not checked.
        secrets: Texts that must stand nowhere.
    """
    places = store if isinstance(store, Sequence) else [store]
    if isinstance(logs, Path):
        logs = _logs_in(logs, places)
    began = min((entry["t"] for log in logs.values() for entry in log), default=0.0)
    histories, altered = [], list[str]()
    for place in places:
        with Reading.at(place) as reading:
            altered += [f"S24 {place}: {told}" for told in reading.audit().altered]
            for job in reading.jobs():
                called = _called(job, logs, addresses)
                if addresses is None or (called and job.created >= began):
                    histories.append(History(job, reading.notes(job), reading.intents(job), called))
    found = altered + check(histories, logs, peers or {}, unwatched)
    return found + [text for one in histories for text in _secrets_are_nowhere(one, secrets)]


def _logs_in(folder: Path, stores: Sequence[Place]) -> dict[str, Log]:
    names = set()
    for place in stores:
        with Reading.at(place) as reading:
            names |= {one.name for job in reading.jobs() for one in job.switches}
    return {name: log_of(file) for name in names if (file := folder / f"{name}.jsonl").exists()}


def log_of(file: Path) -> Log:
    """Read a switch's own log; a line that is being written has no end yet and is left out."""
    return [json.loads(line) for line in file.read_text().split("\n")[:-1]]


def _called(job: StoredJob, logs: Mapping[str, Log], addresses: Mapping[str, str] | None) -> dict[str, str]:
    if addresses is None:
        return {one.name: one.name for one in job.switches if one.name in logs}
    # a job may have been begun while the inventory had a wrong port
    hosts = {(name, address.rpartition(":")[0]) for address, name in addresses.items()}
    found = {}
    for one in job.switches:
        if name := addresses.get(one.address):
            found[one.name] = name
        elif (one.name, one.address.rpartition(":")[0]) in hosts:
            found[one.name] = one.name
    return found


def check(
    histories: Sequence[History], logs: Mapping[str, Log], peers: Mapping[str, str], unwatched: Collection[str] = ()
) -> list[str]:
    """Give what does not hold, one sentence each: of every job, and of every switch over all jobs."""
    stories: list[tuple[str, Story]] = []
    for history in histories:
        for name in dict.fromkeys(one.name for one in history.job.switches):
            place = history.called.get(name, name)
            stories.append((place, Story(history, name, logs.get(place))))
    switches = [Switch(name, log, [story for place, story in stories if place == name]) for name, log in logs.items()]
    found = [text for rule in OF_A_JOB for history in histories for text in rule(history)]
    found += [text for rule in OF_A_STORY for _, story in stories for text in rule(story)]
    for switch in switches:
        for of_switch in OF_A_SWITCH:
            if not (of_switch is N4_an_intent_is_on_disk_before_each_command and switch.name in unwatched):
                found += of_switch(switch)
    found += N9_peers_are_never_down_at_once({switch.name: switch for switch in switches}, peers)
    return found


# What is told of a job.


def N1_every_switch_has_one_row(history: History) -> Iterator[str]:
    """Each switch of the job stands in it once, nobody else is told of, and whoever was begun is told of."""
    names = [one.name for one in history.job.switches]
    for name in {name for name in names if names.count(name) > 1}:
        yield f"N1 {name}: has more than one row in job {history.job.id}"
    for name in sorted({note.switch for note in history.notes} - {"", *names}):
        yield f"N1 {name}: is told of in job {history.job.id}, which does not have it"
    for name in sorted({intent.switch for intent in history.intents} - set(names)):
        yield f"N1 {name}: job {history.job.id} intends to change it and does not have it"
    for note in history.notes:
        if note.kind == "began":
            for name in sorted(set(json.loads(note.body)["switches"]) - set(names)):
                yield f"N1 {name}: an attempt at job {history.job.id} has it, the job has not"
    told = {note.switch for note in history.notes if note.switch}
    has_ended = any(note.kind == "ended" for note in history.notes)
    for name in names if has_ended and told else ():  # a run that was refused as a whole tells of nobody
        if name not in told:
            yield f"N1 {name}: nothing was ever told of it in job {history.job.id}, which has ended"


def N2_history_only_grows(history: History) -> Iterator[str]:
    """Notes come in order, and no note takes away what an earlier one told."""
    for one, other in pairwise(history.notes):
        if other.seq <= one.seq:
            yield f"N2 {other.switch}: note {other.seq} follows note {one.seq} in job {history.job.id}"
    for member in history.job.switches:
        record = SwitchRecord(member.id, member.name)
        for note in history.notes:
            if note.switch != member.name or not note.is_event:
                continue
            before = record.copy()
            record.add(load_event(note.kind, note.body), note.time)
            for told, now in (
                (before.verdicts, record.verdicts),
                (before.commands, record.commands),
                ([step.phase for step in before.steps], [step.phase for step in record.steps]),
                (sorted(before.evidence), sorted(name for name in record.evidence if name in before.evidence)),
            ):
                if list(told) != list(now)[: len(told)]:
                    yield f"N2 {member.name}: note {note.seq} rewrites {told} to {now}"
        told_of = [note for note in history.notes if note.switch == member.name and note.kind == "Verdict"]
        if len(record.verdicts) > len(told_of):
            yield f"N2 {member.name}: has verdicts that were never told"


def N12_nobody_passes_the_point_of_no_return_after_a_stop(history: History) -> Iterator[str]:
    """After a stop or a cancellation no install and no reload is intended in that attempt; for set boot see below."""
    for owner, since in _stops(history):
        for intent in history.intents:
            if intent.owner == owner and intent.command in ("install", *REBOOTS) and intent.time > since:
                late = intent.time - since
                yield f"N12 {intent.switch}: {intent.command} was intended {late:.2f} s after the stop"


def _stops(history: History) -> Iterator[tuple[str, float]]:
    """Give the attempts that were stopped: owner, and the time after which nothing more may begin."""
    owner, since = "", float("inf")
    for note in history.notes:
        if note.switch:
            continue
        body = json.loads(note.body)
        if note.kind == "began":
            owner = body["owner"]
        elif note.kind == "cancelled":
            yield owner, note.time + _HEARD
        elif note.kind == "stopped":
            since = body["time"] + RACE
        elif note.kind == "ended":
            if since < float("inf"):
                yield body["owner"], since
            since = float("inf")


# What is told of one switch in one job.


def N3_success_rests_on_evidence_after_the_reboot(story: Story) -> Iterator[str]:
    """SUCCESS comes after the running version, and in a new boot if this job sent a reload; the log agrees."""
    for note, verdict in story.verdicts:
        if verdict.ending is not Ending.SUCCESS:
            continue
        reload = story.reload_before(note.time)
        since = reload.time if reload else 0.0
        evidence = story.evidence(since, note)
        if "running" not in evidence:
            yield f"N3 {story.name}: SUCCESS without having read what runs after the reload"
            continue
        read_at, running = evidence["running"]
        if (wanted := {_plain(one) for one in story.history.versions}) and _plain(running) not in wanted:
            yield f"N3 {story.name}: SUCCESS with {running}, wanted was {sorted(wanted)}"
        effects = [e for e in story.log if e["event"] == "effect" and e["t"] <= read_at]
        if effects and _plain(effects[-1]["state"]["running"]) != _plain(running):
            yield f"N3 {story.name}: told to run {running}, it runs {effects[-1]['state']['running']}"
        if reload is None:
            continue
        if "boot identity" not in evidence:
            yield f"N3 {story.name}: SUCCESS after a reload, and no new boot was seen"
        if story.has_log and not any(e["kind"] == "booted" and e["t"] >= since for e in effects):
            yield f"N3 {story.name}: SUCCESS after a reload, and it had not booted"


def _plain(version: str) -> str:
    """Give a version without the zeros before its numbers: a switch, and its driver, may write it either way."""
    return re.sub(r"\b0+(?=\d)", "", version)


def N6_times_and_bytes_never_run_backwards(story: Story) -> Iterator[str]:
    """Notes of a switch come in the order of their times; what is reported of a copy grows, and can be."""
    for one, other in pairwise(story.notes):
        if other.time < one.time:
            yield f"N6 {story.name}: {other.kind} is {one.time - other.time:.3f} s before {one.kind}, told before it"
    record, copies = SwitchRecord(story.name, story.name), list[list[DownloadStatus]]()
    for note, event in story.events:
        record.add(event, note.time)
        if isinstance(event, StepBegan) and event.phase is Phase.COPY:
            copies.append([])
        elif isinstance(event, Copying) and copies:
            copies[-1].append(record.row().download_status)
    yield from (text for reports in copies for text in figures(story.name, reports))
    for step in record.steps:
        if step.end_time and step.end_time < step.start_time:
            yield f"N6 {story.name}: {step.phase} ends before it begins"


def figures(name: str, reports: Sequence[DownloadStatus]) -> Iterator[str]:
    """Give what cannot be in the figures of one copy, as they were reported one after the other.

    A switch may tell odd figures; what is reported of it may not.
    """
    for one in reports:
        if not 0 <= one.progress_percentage <= 100:
            yield f"N6 {name}: {one.progress_percentage} percent"
        if min(one.transfer_bytes, one.file_size, one.transfer_rate) < 0:
            yield f"N6 {name}: less than nothing: {one}"
        if one.file_size and one.transfer_bytes > one.file_size:
            yield f"N6 {name}: {one.transfer_bytes} of {one.file_size} bytes"
    for one, other in pairwise(reports):
        if (other.transfer_bytes, other.progress_percentage) < (one.transfer_bytes, one.progress_percentage):
            yield f"N6 {name}: {other.transfer_bytes} bytes after {one.transfer_bytes}"
        if other.start_time != one.start_time:
            yield f"N6 {name}: a copy that began at {one.start_time} began at {other.start_time}"


def N7_the_reason_is_kept(story: Story) -> Iterator[str]:
    """A verdict that is not well says why, on which switch, and in which step if one failed, in that step's words."""
    failed: StepEnded | None = None
    for _, event in story.events:
        if isinstance(event, StepBegan):
            failed = None
        elif isinstance(event, StepEnded):
            failed = event if event.error is not None else None
        elif isinstance(event, Verdict) and event.ending in _NOT_WELL:
            error = event.error
            if error is None or not error.message.strip():
                yield f"N7 {story.name}: {event.ending} without a reason"
                continue
            if error.host != story.name:
                yield f"N7 {story.name}: {event.ending} is signed by {error.host!r}"
            said = getattr(failed.error, "message", "") if failed else ""
            if failed and not error.step:
                yield f"N7 {story.name}: {event.ending} and not in which step, which was {failed.phase}"
            if said and said not in error.message:
                yield f"N7 {story.name}: the step said {said!r}, the verdict says {error.message!r}"


def N8_a_failure_before_the_reload_leaves_the_next_boot(story: Story) -> Iterator[str]:
    """If it failed and never went down, the running image and the next boot are as before, or the error is loud.

    If it was refused, or not begun, nothing was changed at all in that attempt.
    """
    if not story.verdicts:
        return
    note, verdict = story.verdicts[-1]
    if verdict.ending in (Ending.REFUSED, Ending.NOT_BEGUN) and verdict.error is not None:
        owner = _owner_at(story.history, note)
        for intent in (one for one in story.intents if one.owner == owner):
            yield f"N8 {story.name}: {verdict.ending}, and {intent.command} had been intended"
    if verdict.ending not in (Ending.FAILED, Ending.STOPPED):
        return
    began = story.history.notes[0].time if story.history.notes else story.history.job.created
    during = [e for e in story.log if began <= e["t"] <= note.time]
    if any(e["event"] == "refusing" or e.get("kind") == "booted" for e in during):
        return  # it went down: what it runs is told by the reload's own verdict
    states = [e["state"] for e in during if e["event"] == "effect"]
    if not states:
        return
    before = [e["state"] for e in story.log if e["event"] == "effect" and e["t"] < began]
    # a fresh switch of the simulator boots what it runs
    former = before[-1]["next_boot"] if before else "active"
    if states[-1]["next_boot"] != former and _LOUD not in (verdict.error.message if verdict.error else ""):
        yield f"N8 {story.name}: {verdict.ending}, its next boot is {states[-1]['next_boot']} and was {former}: untold"
    if before and states[-1]["running"] != before[-1]["running"]:
        yield f"N8 {story.name}: {verdict.ending} before a reload, and another image runs"


def _owner_at(history: History, at: Note) -> str:
    """Give who made the attempt to which a note belongs."""
    began = [note for note in history.notes if note.kind == "began" and note.seq < at.seq]
    return str(json.loads(began[-1].body)["owner"]) if began else ""


def N10_the_configuration_is_the_same_or_the_difference_is_told(story: Story) -> Iterator[str]:
    """After a reload SUCCESS says whether the configuration is as before; "as before" only if nothing was lost."""
    for note, verdict in story.verdicts:
        reload = story.reload_before(note.time)
        if verdict.ending is not Ending.SUCCESS or reload is None or not story.is_composite:
            continue
        _, told = story.evidence(reload.time, note).get("configuration", (0.0, ""))
        if not told:
            yield f"N10 {story.name}: SUCCESS after a reload, and nothing is told of its configuration"
        sent = [e for e in story.log if e.get("kind") == "reload" and reload.time <= e["t"] <= note.time]
        lost = "lost by the reboot" in story.evidence(0.0, note)
        if told == "as before" and not lost and any(e["state"]["unsaved"] for e in sent):
            yield f"N10 {story.name}: rebooted with an unsaved configuration, and told to be as before"


OF_A_JOB: tuple[Callable[[History], Iterable[str]], ...] = (
    N1_every_switch_has_one_row,
    N2_history_only_grows,
    N12_nobody_passes_the_point_of_no_return_after_a_stop,
)
OF_A_STORY: tuple[Callable[[Story], Iterable[str]], ...] = (
    N3_success_rests_on_evidence_after_the_reboot,
    N6_times_and_bytes_never_run_backwards,
    N7_the_reason_is_kept,
    N8_a_failure_before_the_reload_leaves_the_next_boot,
    N10_the_configuration_is_the_same_or_the_difference_is_told,
)


# What a switch itself says, over all jobs.


def N4_an_intent_is_on_disk_before_each_command(switch: Switch) -> Iterator[str]:
    """What was intended last before a command is that command, and no intent covers two of them."""
    used: set[tuple[str, int]] = set()
    line = ""
    for entry in _typed(switch.log):
        former, line = line, entry["line"]
        form = form_of(line, former)
        if form is None:
            if not only_reads(line):
                yield f"N4 {switch.name}: {line!r} was sent, and nobody knows what it changes"
            continue
        found = switch.intended(entry["t"])
        if found is None or found[0].command not in form.commands:
            before = f"the last intent before it is {found[0].command}" if found else "nothing was intended before"
            yield f"N4 {switch.name}: {line!r} was sent without an intent; {before}"
        elif (found[0].token, form.part) in used:
            yield f"N4 {switch.name}: {line!r} was sent twice on one intent"
        else:
            used.add((found[0].token, form.part))


def _typed(log: Log) -> Iterator[Entry]:
    return (entry for entry in log if entry["event"] == "command" and not entry.get("prompt"))


def _is(command: str, entry: Entry) -> bool:
    """Tell whether an entry of a log is the first line of a command."""
    form = form_of(entry["line"]) if entry["event"] == "command" and not entry.get("prompt") else None
    return form is not None and command in form.commands and form.part == 0


def N5_nothing_is_done_twice(switch: Switch) -> Iterator[str]:
    """No install of what a slot holds, or into one that runs; no second reload of a boot; none that changes nothing."""
    yield from _no_install_twice(switch)
    yield from _no_reload_twice(switch)
    yield from _no_reload_without_proof(switch)


def _no_install_twice(switch: Switch) -> Iterator[str]:
    files = _versions_by_file(switch)
    fetching = installing = False
    file = ""
    for entry in switch.log:
        if _is("install", entry):
            file = file_of_install(entry["line"])
        kind = entry.get("kind")
        if kind == "download_started":
            if fetching:
                yield f"N5 {switch.name}: a download was begun while its own went on, which that cancels"
            fetching = True
        elif kind == "install_started":
            if installing:
                yield f"N5 {switch.name}: an install was begun into one that went on"
            installing, held = True, {entry["state"]["standby"], entry["state"]["running"]}
            if len(files.get(file, ())) == 1 and files[file] <= held and not _is_spoilt(switch, entry["t"]):
                yield f"N5 {switch.name}: {file} was installed while a slot held it already"
        if kind in ("download_done", "download_failed", "cancelled", "booted"):
            fetching = False
        if kind in ("install_done", "install_failed", "booted"):
            installing = False


def _is_spoilt(switch: Switch, time: float) -> bool:
    """Tell whether a job told, before a time, that what it installed may be incomplete: then a slot's word is none."""
    verdicts = [pair for story in switch.stories for pair in story.verdicts]
    return any(note.time <= time and isinstance(verdict.error, ExtractionFailed) for note, verdict in verdicts)


def _versions_by_file(switch: Switch) -> dict[str, set[str]]:
    """Give the versions that the jobs' images say to be in each file: one, if the images are honest."""
    found: dict[str, set[str]] = {}
    for story in switch.stories:
        for image in story.history.images:
            name = str(image.get("url") or image.get("file")).rpartition("/")[2]
            found.setdefault(name, set()).add(str(image["version"]))
    return found


def _no_reload_twice(switch: Switch) -> Iterator[str]:
    pending = again = chose = False
    for entry in switch.log:
        if any(_is(command, entry) for command in REBOOTS):
            again, chose = pending, _is("activate", entry)  # into what it then boots the switch chose by itself
        if entry.get("kind") == "reload":
            pending, again = True, False  # one more effect without a boot in between: the first was never carried out
            found = switch.intended(entry["t"])
            if found and found[1].is_composite and entry["state"]["next_boot"] == "active" and not chose:
                yield f"N5 {switch.name}: was rebooted into what it ran already"
        if entry["event"] == "refusing" or entry.get("kind") == "booted":
            if pending and again:
                yield f"N5 {switch.name}: a reload was sent again while it was about to go down"
            pending = again = False


def _no_reload_without_proof(switch: Switch) -> Iterator[str]:
    reloads = [(intent, story) for intent, story in switch.intents if intent.command in REBOOTS]
    for (first, _), (second, _) in pairwise(reloads):
        if not first.may_be_taken or first.facts.boot.same_boot(second.facts.boot) is not True:
            continue
        between = [
            pair for story in switch.stories for pair in story.events if first.time <= pair[0].time <= second.time
        ]
        decided = [
            note
            for story in switch.stories
            for note in story.notes
            if note.kind == "decided" and first.time <= note.time <= second.time
        ]
        again = any(json.loads(note.body)["decision"] == Decision.AGAIN for note in decided)
        if not again and not any(_proves_no_reload(event, first.command) for _, event in between):
            yield f"N5 {switch.name}: a reload was intended again in one boot, without proof that the first was lost"


def _proves_no_reload(event: Event, command: str) -> bool:
    if isinstance(event, Evidence):
        proofs = (Finding.OLD_BOOT.value, Finding.NOT_ACTIVATED.value)
        return event.name == f"{command} before" and event.value in proofs
    if not isinstance(event, StepEnded | Verdict):
        return False
    # an activation that the switch itself ended before it rebooted; one that goes on for too long may yet do so
    has_ended = isinstance(event, StepEnded) and event.phase is Phase.REBOOT and command == "activate"
    is_known = isinstance(event.error, LcmError) and not isinstance(event.error, MayYetReboot)
    return isinstance(event.error, DidNotReboot) or (has_ended and is_known)


def N11_one_owner_at_a_time(switch: Switch) -> Iterator[str]:
    """The intents of two owners do not interleave, and with each change of owner the fence grows."""
    past: set[str] = set()
    for (one, _), (other, _) in pairwise(switch.intents):
        if one.owner == other.owner:
            if other.fence < one.fence:
                yield f"N11 {switch.name}: the fence of one owner fell from {one.fence} to {other.fence}"
            continue
        past.add(one.owner)
        if other.owner in past:
            yield f"N11 {switch.name}: {other.command} was intended by an owner that another had taken over from"
        if other.fence <= one.fence:
            yield f"N11 {switch.name}: the owner changed and the fence stayed at {one.fence}"


def N12_no_next_boot_is_set_after_a_stop(switch: Switch) -> Iterator[str]:
    """After a stop the slot that does not run is not chosen any more; choosing the one that runs takes it back."""
    for story in switch.stories:
        for owner, since in _stops(story.history):
            late = [one for one in story.intents if one.owner == owner and one.time > since]
            for intent in (one for one in late if one.command == "set_next_boot"):
                following = [one.time for one, _ in switch.intents if one.time > intent.time]
                until = min(following, default=float("inf"))
                for entry in _typed(switch.log):
                    if intent.time <= entry["t"] < until and chooses_another(entry["line"]):
                        late_by = intent.time - since
                        yield f"N12 {switch.name}: was set to boot another slot {late_by:.2f} s after the stop"


OF_A_SWITCH: tuple[Callable[[Switch], Iterable[str]], ...] = (
    N4_an_intent_is_on_disk_before_each_command,
    N5_nothing_is_done_twice,
    N11_one_owner_at_a_time,
    N12_no_next_boot_is_set_after_a_stop,
)


# What several switches say together.


def N9_peers_are_never_down_at_once(switches: Mapping[str, Switch], peers: Mapping[str, str]) -> Iterator[str]:
    """The times in which two peers were down, by their own logs, do not overlap."""
    pairs = {tuple(sorted(pair)) for pair in peers.items() if pair[0] in switches and pair[1] in switches}
    for one, other in sorted(pairs):
        for begin, end in down(switches[one].log):
            for start, stop in down(switches[other].log):
                if max(begin, start) < min(end, stop):
                    yield f"N9 {one}: was down together with its peer {other}"


def down(log: Log) -> list[tuple[float, float]]:
    """Give when a switch was down: from the reload that it carried out until somebody could log in again."""
    found: list[tuple[float, float]] = []
    reload: float | None = None  # accepted, and maybe never carried out
    since: float | None = None
    booted = False
    for entry in log:
        if entry.get("kind") == "reload":
            reload = entry["t"]
        if entry["event"] == "refusing" or entry.get("kind") == "booted":
            if since is None:
                since = reload if reload is not None else entry["t"]
            booted = entry.get("kind") == "booted"
            reload = None
        if entry["event"] == "session_opened" and since is not None and booted:
            found.append((since, entry["t"]))
            since = None
    return found if since is None else [*found, (since, float("inf"))]


def _secrets_are_nowhere(history: History, secrets: Collection[str]) -> Iterator[str]:
    for note in history.notes:
        for secret in secrets:
            if secret in note.body:
                yield f"N7 {note.switch}: a secret stands in its history, in a {note.kind}"
