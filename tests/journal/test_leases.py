"""One owner per switch: another job, another process, a dead, a suspended or a second self never works on it, too."""

from __future__ import annotations

import getpass
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nornir.core import Nornir
from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult
from ruamel.yaml import YAML

from lcm_nornir import (
    JournalProcessor,
    Store,
    WaveRunner,
    activate_image,
    cancel_job,
    resume_job,
    retry_job,
    stage_image,
    update_image,
)
from lcm_nornir.drivers.base import Configuration
from lcm_nornir.errors import JournalFailed, OwnedElsewhere, OwnershipLost, RequestError, Stopped
from lcm_nornir.events import Ending
from lcm_nornir.journal.leases import Key
from lcm_nornir.journal.place import Place
from lcm_nornir.journal.reading import JobSwitch, StoredJob
from lcm_nornir.record import SwitchRecord
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import TARGET, Lab, happens, lab
from tests.journal.other import ROOT, another, answer, downloads, killed, state_of, suspend
from tests.journal.stores import ADDRESS, SENT, Disk, asked, at, begun, bodies, locked, number, numbers, owned

STANDBY = ("target-in-standby",)
SLOW = ("slow:4",)  # two seconds
PAIRS = (("even", "odd"), ("doubted", "waiting"), ("spoilt", "spared"), ("gone", "kept"))
READS = re.compile(r'(show |terminal length 0$|system "(cat|ls|df|sha256sum) )')


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = (
        SwitchSpec("busy", faults=SLOW, serial="TWICE01"),
        SwitchSpec("busy-again", serial="TWICE01"),
        SwitchSpec("sleeper", faults=SLOW),
        SwitchSpec("late-copy", faults=("slow-login",), serial="LATE-COPY"),
        SwitchSpec("late-boot", faults=(*STANDBY, "slow-login"), serial="LATE-BOOT"),
        SwitchSpec("fresh", faults=(*STANDBY, "slow-login")),  # so that its first step is on disk before any command is
        *(SwitchSpec(name, faults=STANDBY) for name in ("half", "left", "staged", "called-twice")),
        *(SwitchSpec(name, faults=STANDBY, serial="TWICE02") for name in ("one", "other")),
        *(SwitchSpec(name, faults=STANDBY) for name in ("even", "odd", "doubted", "waiting", "spared")),
        SwitchSpec("kept", faults=(*STANDBY, "slow-login")),  # so that its peer is the first
        SwitchSpec("spoilt", faults=(*STANDBY, "old-version")),
        SwitchSpec("gone", faults=(*STANDBY, "never-returns")),
    )
    with lab(tmp_path_factory.mktemp("leases"), *switches) as running:
        yaml, file = YAML(typ="safe"), running.place / "hosts.yaml"
        hosts = yaml.load(file)
        for one, other in PAIRS:
            hosts[one]["data"]["lcm"]["peer"] = other
            hosts[other]["data"]["lcm"]["peer"] = one
        hosts["gone"]["data"]["lcm"]["timeouts"] = {"come_back": 150.0}
        hosts["doubted"]["data"]["lcm"]["timeouts"] = {"go_down": 60.0}
        yaml.dump(hosts, file)
        yield running


def update(fleet: Lab, *names: str) -> JournalProcessor:
    journal = JournalProcessor(fleet.store)
    fleet.nornir(*names, processors=(journal,)).run(task=update_image, image=fleet.image)
    return journal


def record(fleet: Lab, journal: JournalProcessor, name: str) -> SwitchRecord:
    assert journal.job is not None
    return next(one for one in fleet.store.record(journal.job) if one.name == name)


def words(record: SwitchRecord) -> tuple[str, str]:
    row = record.row()
    return row.update_progress_status.value, row.error.value


def job_of(fleet: Lab, name: str) -> StoredJob:
    """Give the last job that has a switch, whoever began it."""
    return [job for job in fleet.store.jobs() if name in {one.name for one in job.switches}][-1]


def fence(store: Store, key: str) -> int:
    ((number,),) = asked(store.place, "SELECT fence FROM leases WHERE key = ?", key)
    return int(number)


def address(fleet: Lab, name: str) -> str:
    switch = fleet.fleet.switch(name)
    return f"address {switch.host}:{switch.port}"


def typed(log: list[dict[str, Any]]) -> list[str]:
    return [entry["line"] for entry in log if entry["event"] == "command"]


def test_F57_N11_who_works_on_a_switch_is_named_to_whoever_else_wants_it(fleet: Lab) -> None:
    with another(fleet, "busy") as process:
        assert downloads(fleet, "busy")
        job = job_of(fleet, "busy")
        owner = f"{getpass.getuser()}@{socket.gethostname()}, process {process.pid}, since {time.strftime('%Y-%m-%d ')}"
        for again in (lambda: update(fleet, "busy"), lambda: resume_job(fleet.nornir("busy"), fleet.store, job.id)):
            with pytest.raises(RequestError) as caught:
                again()
            assert caught.value.field == "busy"
            assert f"job {job.id} works on it ({address(fleet, 'busy')}): {owner}" in caught.value.message
            assert caught.value.cure == f"wait until it has ended, or: lcm-nornir cancel {job.id}"
        by_serial = record(fleet, update(fleet, "busy-again"), "busy-again")
        assert process.poll() is None
        assert answer(process)["busy"]["ending"] == Ending.SUCCESS
    assert words(by_serial) == ("NOT_SET", "NOT_SET")
    assert by_serial.ending is Ending.REFUSED
    assert f"job {job.id} works on it (serial TWICE01): {owner}" in by_serial.reason
    assert fleet.kinds("busy-again") == []
    assert all(READS.match(line) for line in typed(fleet.fleet.log("busy-again")))
    assert fleet.count("busy", "download_started", "install_started", "reload") == [1, 1, 1]
    assert [one.id for one in fleet.store.jobs() if "busy" in {switch.name for switch in one.switches}] == [job.id]


def test_F57_the_leases_of_a_dead_owner_who_changed_nothing_are_taken_at_once(fleet: Lab) -> None:
    killed(fleet, "fresh", die="history StepBegan stored")
    before = fence(fleet.store, address(fleet, "fresh"))
    done = record(fleet, update(fleet, "fresh"), "fresh")
    assert words(done) == ("SUCCESS", "NOT_SET"), done.reason
    assert fence(fleet.store, address(fleet, "fresh")) == before + 1


@pytest.mark.parametrize(
    ("name", "die"), [("half", "intent set_next_boot stored"), ("left", "outcome set_next_boot stored")]
)
def test_F57_what_a_dead_owner_may_have_changed_is_left_to_whoever_resumes_its_job(
    fleet: Lab, name: str, die: str
) -> None:
    killed(fleet, name, die=die)
    job = job_of(fleet, name)
    with pytest.raises(RequestError) as caught:
        update(fleet, name)
    assert caught.value.field == name
    assert f"job {job.id} has left it unfinished ({getpass.getuser()}@" in caught.value.message
    assert caught.value.cure == f"run: lcm-nornir resume {job.id}"
    resume_job(fleet.nornir(journal=False), fleet.store, job.id)
    (done,) = fleet.store.record(job)
    assert words(done) == ("SUCCESS", "NOT_SET"), done.reason
    assert fleet.count(name, "set_boot", "reload") == [1, 1]
    again = record(fleet, update(fleet, name), name)
    assert words(again) == ("SUCCESS", "NOT_SET")


def test_N11_a_staged_switch_is_free_for_the_next_job(fleet: Lab) -> None:
    journal = JournalProcessor(fleet.store)
    nornir = fleet.nornir("staged", processors=(journal,))
    nornir.run(task=stage_image, image=fleet.image)
    assert record(fleet, journal, "staged").phase == "staged"
    nornir.run(task=activate_image, image=fleet.image)
    assert words(record(fleet, journal, "staged")) == ("SUCCESS", "NOT_SET")


def twin(nornir: Nornir, name: str, of: str) -> Nornir:
    """Add a second name of a switch to an inventory."""
    host = nornir.inventory.hosts[of]
    nornir.inventory.hosts[name] = Host(
        name, host.hostname, host.port, host.username, host.password, host.platform, data=host.data
    )
    return nornir


def test_F03_the_second_of_two_names_of_one_address_is_refused_and_the_first_goes_on(fleet: Lab) -> None:
    journal = JournalProcessor(fleet.store)
    twin(fleet.nornir("called-twice", processors=(journal,)), "twin", "called-twice").run(
        task=update_image, image=fleet.image
    )
    first, second = (record(fleet, journal, name) for name in ("called-twice", "twin"))
    assert words(first) == ("SUCCESS", "NOT_SET"), first.reason
    assert words(second) == ("NOT_SET", "NOT_SET")
    assert "duplicate identity: called-twice has the same address" in second.reason
    assert "keep one of the two names in the inventory" in second.reason
    assert fleet.count("called-twice", "set_boot", "reload") == [1, 1]


def test_F03_the_second_of_two_addresses_with_one_serial_is_refused_and_the_first_goes_on(fleet: Lab) -> None:
    journal = update(fleet, "one", "other")
    found = sorted(
        (record(fleet, journal, name) for name in ("one", "other")), key=lambda one: one.ending is Ending.REFUSED
    )
    first, second = found
    assert words(first) == ("SUCCESS", "NOT_SET"), first.reason
    assert words(second) == ("NOT_SET", "NOT_SET")
    assert f"duplicate identity: serial TWICE02 is also {first.name}" in second.reason
    assert fleet.count(first.name, "set_boot", "reload") == [1, 1]
    assert fleet.kinds(second.name) == []
    assert all(READS.match(line) for line in typed(fleet.fleet.log(second.name)))


@pytest.mark.parametrize("name", ["late-copy", "late-boot"])
def test_N11_a_serial_that_another_takes_while_we_log_in_is_refused_with_our_first_intent(
    fleet: Lab, name: str
) -> None:
    rival, journal = fleet.store.own(begun(fleet.store)), JournalProcessor(fleet.store)
    serial = Key(f"serial {name.upper()}", "elsewhere")
    with ThreadPoolExecutor(1) as pool:
        nornir = fleet.nornir(name, processors=(journal,))
        run = pool.submit(lambda: nornir.run(task=update_image, image=fleet.image))
        try:
            assert happens(lambda: any(entry["event"] == "connection" for entry in fleet.fleet.log(name)))
            rival.take([serial])
            run.result(60)
        finally:
            rival.give_back()
    refused = record(fleet, journal, name)
    assert words(refused) == ("NOT_SET", "NOT_SET")
    assert refused.ending is Ending.REFUSED
    assert f"works on it ({serial.key}): {getpass.getuser()}@" in refused.reason
    assert "wait until it has ended, or: lcm-nornir cancel" in refused.reason
    assert not refused.commands
    assert all(READS.match(line) for line in typed(fleet.fleet.log(name)))
    again = record(fleet, update(fleet, name), name)  # nothing of it is left behind
    assert words(again) == ("SUCCESS", "NOT_SET"), again.reason


def test_F57_an_owner_that_was_suspended_for_longer_than_its_lease_sends_nothing_more(fleet: Lab) -> None:
    with another(fleet, "sleeper", lease=1.0) as process:
        assert downloads(fleet, "sleeper")
        suspend(process, fleet.store.place)
        job = job_of(fleet, "sleeper")
        time.sleep(1.1)
        resume_job(fleet.nornir(journal=False), fleet.store, job.id)
        (done,) = fleet.store.record(job)
        assert words(done) == ("SUCCESS", "NOT_SET"), done.reason
        told, log = bodies(fleet.store, job, "sleeper"), len(fleet.fleet.log("sleeper"))
        process.send_signal(signal.SIGCONT)
        seen = answer(process)["sleeper"]
    assert (seen["ending"], seen["error"]) == (Ending.HELD, "OwnershipLost"), seen
    after = typed(fleet.fleet.log("sleeper")[log:])
    assert [line for line in after if not READS.match(line)] == []
    assert fleet.count("sleeper", "download_started", "install_started", "reload") == [1, 1, 1]
    assert fleet.state("sleeper")["running"] == TARGET
    assert bodies(fleet.store, job, "sleeper") == told


STOPS = """
import os, signal, sys
from lcm_nornir import Store
from lcm_nornir.journal.leases import Key
from lcm_nornir.journal.place import Place
from tests.journal.stores import ADDRESS, number
with Store(sys.argv[1], lease=0.5) as store:
    job = store.job("last")
    owner = store.own(job)
    owner.take([ADDRESS])
    store.note(job.id, "leaf01", "n", number(1), owner=owner, wait=True)
    store.note(job.id, "leaf01", "n", number(2), owner=owner)
    os.kill(os.getpid(), signal.SIGSTOP)
    store.note(job.id, "leaf01", "n", number(3), owner=owner)
"""


def test_F57_what_a_suspended_owner_had_not_yet_written_is_not_written_after_another_took_over(
    store: Store, place: Place
) -> None:
    job = begun(store)
    with subprocess.Popen([sys.executable, "-c", STOPS, str(place)], cwd=ROOT, text=True) as process:
        assert happens(lambda: state_of(process) == "T", 20)
        time.sleep(0.6)
        with owned(store, job) as owner:
            store.note(job.id, "leaf01", "n", json.dumps({"number": 10}), owner=owner, wait=True)
            process.send_signal(signal.SIGCONT)
            process.wait(20)
    assert [json.loads(body)["number"] for body in bodies(store, job, "leaf01")] == [1, 10]


def test_F57_nobody_takes_a_switch_over_between_the_look_at_who_owns_it_and_the_line_that_tells_of_it(
    store: Store, place: Place
) -> None:
    job = begun(store)
    with Store(place, lease=0.3) as short, Store(place, wait=0.0) as other, owned(short, job) as owner:

        def suspended() -> None:
            time.sleep(0.4)
            with pytest.raises(JournalFailed, match="lock"), owned(other, job):
                pass

        with at("history n before", suspended):
            short.note(job.id, "leaf01", "n", number(1), owner=owner, wait=True)
        with owned(other, job) as second:
            other.note(job.id, "leaf01", "n", number(2), owner=second, wait=True)
            short.note(job.id, "leaf01", "n", number(3), owner=owner, wait=True)
    assert numbers(store, job) == [1, 2]


def test_F57_a_suspended_owner_finds_that_its_switch_is_gone(store: Store, place: Place) -> None:
    job = begun(store)
    with Store(place, lease=0.4) as short:
        owner = short.own(job)
        owner.take([ADDRESS])
        owner.check("leaf01")
        with pytest.raises(OwnedElsewhere, match="works on it"), owned(store, job):
            pass
        time.sleep(0.5)  # nobody renewed it
        with pytest.raises(OwnershipLost):
            owner.check("leaf01")
        with owned(store, job) as second:
            with pytest.raises(OwnershipLost):
                short.intend(owner, job.id, SENT)
            owner.renew()
            with pytest.raises(OwnershipLost):
                owner.check("leaf01")
            second.check("leaf01")
            store.intend(second, job.id, SENT)
            store.keep(job.id, "leaf01", Configuration("before", "before"), owner=second)
            short.keep(job.id, "leaf01", Configuration("after", "after"), owner=owner)
        owner.give_back()
    assert store.configuration(job, "leaf01") == Configuration("before", "before")
    (sent,) = store.intents(job)
    assert (sent.owner, sent.fence) == (second.id, 2)


def test_F57_a_lease_that_nobody_took_meanwhile_is_renewed_by_its_owner(store: Store, place: Place) -> None:
    job = begun(store)
    with Store(place, lease=0.4) as short, owned(short, job) as owner:
        time.sleep(0.5)
        owner.renew()
        owner.check("leaf01")
        assert short.intend(owner, job.id, SENT).token


def test_N11_whoever_has_no_descriptor_left_takes_nobody_for_dead(store: Store) -> None:
    with owned(store, begun(store)) as living:
        other, before = store.own(begun(store)), resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            with pytest.raises(OwnedElsewhere, match="works on it"):
                other.take([ADDRESS])
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            other.give_back()
        living.check("leaf01")
        store.intend(living, store.jobs()[0].id, SENT)


def test_a_lease_that_is_taken_while_others_are_renewed_is_not_lost(store: Store) -> None:
    job, over, lost = begun(store), threading.Event(), []
    with owned(store, job) as owner:

        def take(switch: str) -> None:
            for n in range(60):
                owner.take(
                    [Key(f"address {n}", f"{switch}-{n}")]
                    if switch == ""
                    else [Key(f"serial {switch}-{n}", f"{switch}-{n}")]
                )

        threads = [threading.Thread(target=take, args=(f"leaf{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            owner.renew()
        over.set()
        lost += [f"leaf{n}-{m}" for n in range(8) for m in range(60) if not owner.holds(f"leaf{n}-{m}")]
    assert lost == []


@pytest.mark.parametrize("refused", ["another's switch", "what cannot be stored"])
def test_N11_a_lease_that_is_taken_beside_what_comes_to_nothing_is_not_lost(
    store: Store, place: Place, refused: str
) -> None:
    """What is stored together is tried again one by one if one of it cannot be: nothing of the first time counts."""
    job, other = begun(store), begun(store)
    foreign, serial = Key("serial FOREIGN", "leaf01"), Key("serial OURS", "leaf01")
    with owned(store, job) as owner, Store(place) as second:
        theirs = second.own(other)
        theirs.take([foreign])
        with ThreadPoolExecutor(3) as pool:
            with locked(place):
                told = [pool.submit(store.note, job.id, "leaf01", "n", number(1), wait=True)]  # a commit of its own
                assert happens(told[0].running)
                time.sleep(0.2)
                told.append(pool.submit(owner.renew))
                time.sleep(0.2)
                owner.take_soon(serial)
                bad = partial(store.note, job.id, "leaf01", "n", "\ud800", wait=True)
                last = pool.submit(partial(owner.take, [foreign]) if refused == "another's switch" else bad)
                time.sleep(0.2)
            assert [one.result(20) for one in told] == [None, None]
            with pytest.raises((OwnedElsewhere, UnicodeEncodeError)):
                last.result(20)
        owner.check("leaf01")
        assert store.intend(owner, job.id, SENT).token
        assert asked(place, "SELECT owner FROM leases WHERE key = ?", serial.key) == [(owner.id,)]
        theirs.give_back()


def test_N11_a_serial_is_owned_before_the_first_intent_and_given_back_at_the_end(store: Store, place: Place) -> None:
    job, serial = begun(store), Key("serial ABC", "leaf01")
    holders = "SELECT owner, fence FROM leases WHERE key = 'serial ABC'"
    with owned(store, job) as owner:
        owner.take_soon(serial)
        owner.take_soon(serial)  # taking what one owns changes nothing
        store.intend(owner, job.id, SENT)
        assert asked(place, holders) == [(owner.id, 1)]
        with pytest.raises(OwnedElsewhere, match="duplicate identity: serial ABC is also leaf01"):
            owner.take_soon(Key("serial ABC", "leaf02"))
        late = store.own(begun(store))
        with pytest.raises(OwnedElsewhere, match=rf"job {job.id} works on it \(serial ABC\)"):
            late.take_soon(Key("serial ABC", "elsewhere"))  # at once: somebody had it before
        late.give_back()
    assert asked(place, holders) == [("", 1)]
    with owned(store, job) as owner:
        owner.take_soon(serial)
    assert asked(place, holders) == [("", 2)]  # given back although it was taken with nothing else


def test_F58_a_serial_that_a_full_disk_did_not_take_is_taken_with_the_next_intent(
    store: Store, path: Path, disk: Disk
) -> None:
    with owned(store, job := begun(store)) as owner:
        disk.fill()
        owner.take_soon(Key("serial ABC", "leaf01"))
        with pytest.raises(JournalFailed):
            store.intend(owner, job.id, SENT)
        disk.clear()
        sent = store.intend(owner, job.id, SENT)
        assert asked(path, "SELECT owner FROM leases WHERE key = 'serial ABC'") == [(owner.id,)]
        assert [one.token for one in store.intents(job)] == [sent.token]


def test_N11_a_serial_that_was_refused_is_ours_as_soon_as_its_owner_has_given_it_back(store: Store) -> None:
    serial = Key("serial ABC", "leaf01")
    with owned(store, job := begun(store)) as owner:
        rival = store.own(begun(store))
        rival.take([Key(serial.key, "elsewhere")])
        owner.take_soon(serial)
        with pytest.raises(OwnedElsewhere, match="works on it"):
            store.intend(owner, job.id, SENT)
        with pytest.raises(OwnedElsewhere, match="works on it"):
            owner.take_soon(serial)  # at once: it was somebody's a moment ago
        rival.give_back()
        owner.take_soon(serial)
        assert store.intend(owner, job.id, SENT).token == store.intents(job)[-1].token


def test_N4_without_the_lease_of_its_serial_no_intent_is_stored(
    store: Store, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with owned(store, job := begun(store)) as owner:
        rival = store.own(begun(store))
        rival.take([Key("serial ABC", "elsewhere")])
        asked(place, "DELETE FROM owners WHERE id = ?", rival.id)
        owner.take_soon(Key("serial ABC", "leaf01"))
        with pytest.raises(JournalFailed, match="has not taken the lease 'serial ABC'"):
            store.intend(owner, job.id, SENT)
        assert not store.intents(job)
        rival.give_back()
    assert "a line of the journal is lost: lease" in caplog.text


def test_a_lease_that_is_given_back_while_others_are_renewed_takes_its_switch_not_along(store: Store) -> None:
    job, over = begun(store), threading.Event()
    with owned(store, job) as owner:

        def renew() -> None:
            while not over.is_set():
                owner.renew()

        renewing = threading.Thread(target=renew)
        renewing.start()
        try:
            for n in range(300):
                owner.take([Key(f"pair {n}", "leaf01")])
                owner.release(Key(f"pair {n}", "leaf01"))
                owner.check("leaf01")
        finally:
            over.set()
            renewing.join()


def test_the_last_intent_is_the_one_stored_last_also_if_the_clock_was_set_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(place) as store, owned(store, job := begun(store)) as owner:
        store.intend(owner, job.id, SENT)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 86_400.0)  # the controller came up with a wrong clock
    with Store(place) as store, owned(store, job) as owner:
        second = store.intend(owner, job.id, SENT)
        assert store.intents(job)[-1].token == second.token
        found = store.owner(job)
        assert found is not None
        assert (found.id, found.alive) == (owner.id, True)
        assert store.job(begun(store).id) == store.job("last")


def down(fleet: Lab, name: str) -> tuple[float, float]:
    """Give when a switch went into its reload, and when it listened again."""
    log = fleet.fleet.log(name)
    went = next(entry["t"] for entry in log if entry["event"] == "effect" and entry["kind"] == "reload")
    return went, next(entry["t"] for entry in log if entry["event"] == "listening" and entry["t"] > went)


def test_N9_peers_in_two_jobs_of_two_processes_are_never_down_at_once(fleet: Lab) -> None:
    with another(fleet, "even") as one, another(fleet, "odd") as other:
        assert answer(one)["even"]["ending"] == Ending.SUCCESS
        assert answer(other)["odd"]["ending"] == Ending.SUCCESS
    first, second = sorted(("even", "odd"), key=lambda name: down(fleet, name))
    set_boot = next(effect["t"] for effect in fleet.fleet.effects(second) if effect["kind"] == "set_boot")
    assert down(fleet, first)[1] < set_boot < down(fleet, second)[0]
    assert fleet.count(first, "reload") == fleet.count(second, "reload") == [1]


def test_N9_a_switch_whose_peer_was_left_in_doubt_is_stopped_until_that_is_resumed(fleet: Lab) -> None:
    killed(fleet, "doubted", die="intent reload stored")
    job = job_of(fleet, "doubted")
    stopped = record(fleet, update(fleet, "waiting"), "waiting")
    assert isinstance(stopped.error, Stopped)
    assert words(stopped) == ("NOT_SET", "NOT_SET")
    assert f"its peer doubted: job {job.id} has left it unfinished" in stopped.reason
    assert f"run: lcm-nornir resume {job.id}" in stopped.reason
    assert fleet.kinds("waiting") == []
    with patience(fleet.nornir(journal=False)) as nornir:
        resume_job(nornir, fleet.store, job.id)
    assert words(fleet.store.record(job)[0]) == ("SUCCESS", "NOT_SET")
    done = record(fleet, update(fleet, "waiting"), "waiting")
    assert words(done) == ("SUCCESS", "NOT_SET"), done.reason
    assert fleet.count("doubted", "reload") == fleet.count("waiting", "reload") == [1]


@contextmanager
def patience(nornir: Nornir) -> Iterator[Nornir]:
    """Give a Nornir whose run is stopped if it waits for ever."""
    assert isinstance(nornir.runner, WaveRunner)
    timer = threading.Timer(20, nornir.runner.door.stop.set, ("it waited for ever",))
    timer.start()
    yield nornir
    timer.cancel()


def follow(fleet: Lab, reason: str) -> AggregatedResult:
    """Do what a reason says is to be done."""
    cure = re.search(r"lcm-nornir (resume|retry) (\w+)", reason)
    assert cure, reason
    work = resume_job if cure[1] == "resume" else retry_job
    return work(fleet.nornir(journal=False), fleet.store, cure[2])


def test_N9_the_cure_for_a_pair_that_a_failure_left_in_doubt_does_something(fleet: Lab) -> None:
    with another(fleet, "spoilt") as process:
        told = answer(process)["spoilt"]
    assert told["ending"] == Ending.FAILED, told
    stopped = record(fleet, update(fleet, "spared"), "spared")
    assert isinstance(stopped.error, Stopped), stopped.reason
    assert fleet.kinds("spared") == []
    assert list(follow(fleet, stopped.reason)) == ["spoilt"]


@pytest.mark.slow
def test_N9_also_within_its_job_nobody_joins_a_peer_that_another_process_left_in_doubt(fleet: Lab) -> None:
    with another(fleet, "gone", "kept") as process:
        told = answer(process)
    job = job_of(fleet, "gone")
    assert (told["gone"]["error"], told["kept"]["ending"]) == ("ReachabilityTimedOut", Ending.STOPPED), told
    retry_job(fleet.nornir(journal=False), fleet.store, job.id, only=("stopped",))
    assert fleet.count("kept", "set_boot", "reload") == [0, 0]


def test_a_job_that_nobody_runs_is_not_cancelled(store: Store) -> None:
    with owned(store, job := begun(store)):
        assert f"process {os.getpid()}" in cancel_job(store, job.id)
    with pytest.raises(RequestError, match="nobody runs job"):
        cancel_job(store, job.id)


def test_F58_a_lease_that_a_full_disk_did_not_take_is_not_taken_for_lost(store: Store, disk: Disk) -> None:
    with owned(store, begun(store)) as owner:
        disk.fill()
        with pytest.raises(JournalFailed):
            owner.take([Key("serial ABC", "leaf01")])
        disk.clear()
        owner.renew()
        owner.check("leaf01")
        owner.take([Key("serial ABC", "leaf01")])


def test_N11_every_switch_of_a_large_fleet_is_owned(store: Store, place: Place) -> None:
    members = [JobSwitch(f"leaf{n}", f"id-{n}", f"192.0.2.1:{n}") for n in range(1, 1301)]
    keys = [Key(f"address {one.address}", one.name) for one in members]
    job = store.new_job("update_image", {"params": {}}, members)
    store.begin_job(job)
    owner, rival = store.own(job), store.own(begun(store))
    for _ in range(2):  # taking what one owns changes nothing
        owner.take(keys)
        assert asked(place, "SELECT count(*), min(fence), max(fence) FROM leases WHERE owner = ?", owner.id) == [
            (1300, 1, 1)
        ]
    for which in (0, 63, 64, 499, 500, 999, 1000, 1299):
        with pytest.raises(OwnedElsewhere, match=f"job {job.id} works on it"):
            rival.take([keys[which]])
    assert store.job(job.id).switches == tuple(members)
    owner.give_back()
    rival.take(keys)
    rival.give_back()
