"""What is given to the store gets there: together, in order, in spite of locks, full disks, crashes and bad rows."""

from __future__ import annotations

import logging
import sqlite3
import struct
import threading
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfile
from subprocess import PIPE, Popen
from sys import executable

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from lcm_nornir import JournalProcessor, Reading, StatusProcessor, Store, update_image
from lcm_nornir.errors import JournalFailed, OwnershipLost, RequestError
from lcm_nornir.journal.database import database_of
from lcm_nornir.journal.place import Place
from lcm_nornir.journal.sqlite import SQLite
from lcm_nornir.journal.tables import history
from lcm_nornir.journal.writer import Writer
from lcm_nornir.simulator import SwitchSpec
from tests.fleets import OLD, TARGET, Lab, happens, lab
from tests.journal.other import ROOT
from tests.journal.stores import SENT, Disk, asked, at, begun, bodies, filled, locked, number, numbers, owned

CHANGES = ("download_started", "install_started", "set_boot", "saved", "reload", "deleted")
LARGE = "x" * 100_000


def commits(path: Path) -> int:
    """Count the commits in the log: each ends with a frame that tells the size of the database."""
    data = path.with_name(f"{path.name}-wal").read_bytes()
    page, salt = struct.unpack(">8xI4x8s", data[:24])
    frames = (data[at : at + 24] for at in range(32, len(data), 24 + page))
    return sum(1 for size, of in (struct.unpack(">4xI8s8x", frame) for frame in frames) if size and of == salt)


LOCKS = """
import sys
from lcm_nornir.journal.place import place_of
from tests.journal.other import ROOT
from tests.journal.stores import locked
with locked(place_of(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def locked_elsewhere(place: Place) -> Iterator[Popen[str]]:
    """Keep a store locked from another process, until it is told to end."""
    with Popen([executable, "-c", LOCKS, str(place)], cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield process
        finally:
            process.kill()


def test_many_who_wait_share_a_commit(store: Store, path: Path) -> None:
    job = begun(store)
    before = commits(path)
    with ThreadPoolExecutor(50) as pool:
        with locked(path):
            told = [pool.submit(store.note, job.id, "leaf01", "n", number(n), wait=True) for n in range(50)]
            assert happens(lambda: all(one.running() for one in told))
            time.sleep(0.2)  # the last of them is on its way to the store
            assert not any(one.done() for one in told)
        for one in told:
            one.result(10)
    assert sorted(numbers(store, job)) == list(range(50))
    assert commits(path) - before <= 3


def test_rows_that_nobody_waits_for_gather(store: Store, path: Path) -> None:
    job = begun(store)
    before = commits(path)
    for n in range(200):
        store.note(job.id, "leaf01", "n", number(n))
    assert happens(lambda: len(bodies(store, job)) == 201)
    assert commits(path) - before <= 20


def test_the_order_is_kept_whoever_waits(store: Store) -> None:
    job = begun(store)

    def tell(name: str) -> None:
        for n in range(60):
            store.note(job.id, name, "n", number(n), wait=n % 7 == 0)

    names = [f"leaf{n}" for n in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(tell, names))
    store.note(job.id, "", "n", number(0), wait=True)
    for name in names:
        assert numbers(store, job, name) == list(range(60)), name


def test_what_is_given_before_the_end_is_written(place: Place) -> None:
    with Store(place) as store:
        job = begun(store)
        for n in range(100):
            store.note(job.id, "leaf01", "n", number(n))
    with Reading.at(place) as found:
        assert numbers(found, job) == list(range(100))


def test_one_that_fails_takes_nobody_down(place: Place) -> None:
    engine = database_of(place).open(10)
    writer = Writer(engine)

    def good(n: int) -> dict[str, object]:
        return {"job": "j", "switch": "leaf01", "time": 0.0, "kind": "n", "body": number(n)}

    def refused(_: Connection) -> None:
        raise RequestError("not this one")

    given: list[Callable[[], object]] = [
        lambda: writer.append("good", lambda _: [(history, good(1))], wait=True),
        lambda: writer.append("bad", lambda _: [(history, {**good(2), "body": None})], wait=True),
        lambda: writer.do("refused", refused),
        lambda: writer.append("good", lambda _: [(history, good(3))], wait=True),
        lambda: writer.do("good", lambda connection: connection.exec_driver_sql("SELECT 4").scalar()),
    ]
    told: list[Future[object]] = []
    with ThreadPoolExecutor(len(given)) as pool:
        with locked(place):
            told += [pool.submit(one) for one in given]
            time.sleep(0.3)
        errors = [one.exception(10) for one in told]
    assert [type(error) for error in errors] == [type(None), IntegrityError, RequestError, type(None), type(None)]
    assert told[4].result() == 4
    writer.close()
    engine.dispose()
    assert {body for (body,) in asked(place, "SELECT body FROM history")} == {number(1), number(3)}


def test_a_closed_store_takes_nothing_more(place: Place) -> None:
    with Store(place) as store:
        job = begun(store)
    with pytest.raises(JournalFailed, match="the journal is closed"):
        store.note(job.id, "leaf01", "n", number(1))


def test_F54_what_was_waited_for_is_on_disk_before_it_returns(store: Store, path: Path, tmp_path: Path) -> None:
    """A power loss leaves what was written and synced: the file and its log, nothing of what SQLite keeps in memory."""
    job = filled(store)
    for n in range(5):
        store.note(job.id, "leaf01", "n", number(n), wait=True)
        after = tmp_path / f"after-{n}"
        after.mkdir(mode=0o700)
        for suffix in ("", "-wal"):
            copyfile(f"{path}{suffix}", f"{after / path.name}{suffix}")
        (after / path.name).chmod(0o600)
        with Store(after / path.name) as found:
            assert bodies(found, job)[-1] == number(n)
            assert [intent.command for intent in found.intents(job)] == ["install"]


def test_F54_the_writer_syncs_each_commit(path: Path) -> None:
    Store(path).close()
    engine = SQLite(path).open(10)
    writer = Writer(engine)
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        question = f"PRAGMA {pragma}"
        assert writer.do("asked", lambda connection, q=question: connection.exec_driver_sql(q).scalar()) == wanted  # type: ignore[misc]
    writer.close()
    engine.dispose()


def test_F58_while_another_process_keeps_it_locked_everything_waits_and_goes_on(store: Store, place: Place) -> None:
    job = begun(store)
    with owned(store, job) as owner, ThreadPoolExecutor(21) as pool, locked_elsewhere(place) as process:
        told = [pool.submit(store.note, job.id, "leaf01", "n", number(n), wait=n % 2 == 0) for n in range(20)]
        intent = pool.submit(store.intend, owner, job.id, SENT)
        time.sleep(2)
        assert not intent.done()
        assert process.stdin is not None
        process.stdin.write("go on\n")
        process.stdin.flush()
        for one in told:
            one.result(10)
        assert intent.result(10).token
    store.note(job.id, "", "n", number(99), wait=True)
    assert sorted(numbers(store, job)) == [*range(20), 99]
    assert [one.command for one in store.intents(job)] == ["install"]


def test_F58_a_lock_keeps_nobody_from_reading(store: Store, place: Place) -> None:
    job = filled(store)
    with ThreadPoolExecutor(1) as pool, locked(place):
        assert len(pool.submit(bodies, store, job).result(5)) == 6


def test_F58_a_lock_that_outlasts_the_patience_is_told_and_loses_nothing(place: Place) -> None:
    with Store(place, wait=0.2) as store:
        job = begun(store)
        with locked(place):
            store.note(job.id, "leaf01", "n", number(1))
            with pytest.raises(JournalFailed, match="lock") as caught:
                store.note(job.id, "leaf01", "n", number(2), wait=True)
            assert caught.value.remedy
        store.note(job.id, "leaf01", "n", number(3), wait=True)
        assert happens(lambda: numbers(store, job) == [1, 3])


def test_F58_a_full_disk_is_told_to_whoever_waits(store: Store, disk: Disk) -> None:
    job = begun(store)
    with owned(store, job) as owner:
        disk.fill()
        with pytest.raises(JournalFailed, match="the journal cannot be written: ") as caught:
            store.intend(owner, job.id, SENT)
        assert caught.value.remedy == "see that the store's disk has room and works, then resume"
        disk.clear()
        assert store.intents(job) == ()
        assert store.intend(owner, job.id, SENT).token
    assert len(store.intents(job)) == 1


def test_F58_a_full_disk_loses_nothing_and_keeps_the_order(store: Store, disk: Disk) -> None:
    job = begun(store)
    disk.fill()
    for n in range(10):
        store.note(job.id, "leaf01", "n", number(n))
    with pytest.raises(JournalFailed):
        store.note(job.id, "leaf01", "n", number(99), wait=True)
    disk.clear()
    assert happens(lambda: len(bodies(store, job)) == 11, 15)
    assert numbers(store, job) == list(range(10))


def test_F58_rows_that_a_full_disk_did_not_take_are_tried_again_whoever_tried_first(store: Store, disk: Disk) -> None:
    """Whoever waits in a thread of its own writes what others gave, too, and leaves it to be tried again."""
    job = begun(store)
    with ThreadPoolExecutor(1) as pool:
        disk.fill()
        store.note(job.id, "leaf01", "n", number(1))
        told = pool.submit(store.note, job.id, "leaf01", "n", number(2), wait=True)
        with pytest.raises(JournalFailed):
            told.result(5)
        time.sleep(0.5)  # nothing is on its way any more
        disk.clear()
        assert happens(lambda: numbers(store, job) == [1], 5)


def test_an_interrupted_main_thread_breaks_off_nobodys_write(store: Store) -> None:
    job = begun(store)
    assert threading.current_thread() is threading.main_thread()
    with at("history n before", interrupt_main), pytest.raises(KeyboardInterrupt):
        store.note(job.id, "leaf01", "n", number(1), wait=True)
    store.note(job.id, "leaf01", "n", number(2), wait=True)
    assert numbers(store, job) == [1, 2]


def test_F58_rows_that_a_full_disk_keeps_waiting_keep_nobody_else_waiting(store: Store, disk: Disk) -> None:
    job = begun(store)
    disk.fill()
    for n in range(20):
        store.note(job.id, "leaf01", "n", number(n))
    time.sleep(0.5)  # they have been tried by now
    disk.clear()
    with ThreadPoolExecutor(1) as pool:
        last = pool.submit(store.note, job.id, "leaf01", "n", number(20), wait=True)
        last.result(5)  # one second per row would be twenty
    assert happens(lambda: numbers(store, job) == list(range(21)), 5)


def test_F58_SQLite_itself_says_that_the_disk_is_full(path: Path) -> None:
    Store(path).close()
    engine = SQLite(path).open(10)
    writer = Writer(engine)

    def pages(count: int) -> None:
        writer.do("pages", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={count}").scalar())

    def row(n: int) -> dict[str, object]:
        return {"job": "j", "switch": f"{n}", "time": 0.0, "kind": "n", "body": LARGE}

    pages(1)  # which SQLite takes for: not more than there are
    with pytest.raises(JournalFailed, match="database or disk is full"):
        writer.append("large", lambda _: [(history, row(1))], wait=True)
    pages(1 << 20)
    writer.append("large", lambda _: [(history, row(2))], wait=True)
    writer.close()
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection:
        assert [switch for (switch,) in connection.execute("SELECT switch FROM history ORDER BY seq")] == ["2"]


def test_F58_a_lease_that_could_not_be_renewed_on_disk_is_not_taken_for_renewed(path: Path, disk: Disk) -> None:
    with Store(path, lease=1.0) as store, owned(store, job := begun(store)) as owner:
        time.sleep(0.7)
        disk.fill()
        try:
            with pytest.raises(JournalFailed):
                store.intend(owner, job.id, SENT)
        finally:
            disk.clear()
        time.sleep(0.4)
        with pytest.raises(OwnershipLost):
            owner.check("leaf01")  # on disk it has expired: another process may have taken it


def test_a_store_that_is_closed_in_trouble_leaves_nobody_waiting(path: Path, disk: Disk) -> None:
    store = Store(path)
    job = begun(store)
    disk.fill()
    store.note(job.id, "leaf01", "n", number(1))
    time.sleep(0.5)
    threads = [
        threading.Thread(target=_told_of_it, args=(store, job.id), daemon=True, name=f"waits-{n}") for n in range(10)
    ]
    for thread in threads:
        thread.start()
    store.close()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)


def _told_of_it(store: Store, job: str) -> None:
    with pytest.raises(JournalFailed):
        store.note(job, "leaf01", "n", number(2), wait=True)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    switches = (SwitchSpec("full"), SwitchSpec("late", faults=("target-in-standby",)))
    with lab(tmp_path_factory.mktemp("writer"), *switches) as running:
        yield running


def test_F58_with_a_full_disk_no_switch_is_begun(fleet: Lab) -> None:
    status, disk = StatusProcessor(), Disk(fleet.store.place)
    journal = JournalProcessor(fleet.store, announce=lambda _: disk.fill())
    try:
        result = fleet.nornir("full", processors=(status, journal)).run(task=update_image, image=fleet.image)
    finally:
        disk.clear()
    (record,), (row,) = status.record(), status.report().data
    assert (row.update_progress_status, row.error) == ("NOT_SET", "NOT_SET")
    assert "the journal cannot be written: " in record.reason
    assert isinstance(result["full"][0].exception, JournalFailed)
    assert fleet.kinds("full") == []
    assert journal.job is not None
    assert happens(lambda: fleet.store.record(journal.job)[0].reason == record.reason)  # type: ignore[arg-type]
    assert fleet.store.record(journal.job)[0].row() == row


def test_F58_a_run_that_begins_with_a_full_disk_is_refused_and_touches_nothing(fleet: Lab) -> None:
    disk = Disk(fleet.store.place)
    fleet.store.note("none", "", "n", number(0), wait=True)
    before, signs = len(fleet.fleet.log("full")), fleet.store.database.signs
    living = set(signs.iterdir())
    disk.fill()
    try:
        with pytest.raises((JournalFailed, RequestError), match="the journal cannot be written: "):
            fleet.nornir("full", processors=(JournalProcessor(fleet.store),)).run(task=update_image, image=fleet.image)
    finally:
        disk.clear()
    assert len(fleet.fleet.log("full")) == before
    assert set(signs.iterdir()) == living  # whoever could not begin owns nothing


def test_F58_a_switch_whose_intent_to_reload_cannot_be_stored_is_not_reloaded(
    fleet: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    status, disk = StatusProcessor(), Disk(fleet.store.place)
    journal = JournalProcessor(fleet.store)
    try:
        with at("intent save_config stored", disk.fill):
            fleet.nornir("late", processors=(status, journal)).run(task=update_image, image=fleet.image)
    finally:
        disk.clear()
    (record,), (row,) = status.record(), status.report().data
    assert (row.update_progress_status, row.error) == ("FAILED", "IMAGE_ACTIVATION_FAILED")
    assert "the journal cannot be written: " in record.reason
    assert "THE NEXT POWER CYCLE MAY RUN THE NEW IMAGE" in record.reason
    assert record.evidence["next boot"] == "NOT restored"
    assert fleet.kinds("late") == ["set_boot", "saved"]
    assert fleet.state("late")["running"] == OLD
    job = journal.job
    assert job is not None
    assert "what happens is kept, and tried again" in caplog.text
    assert happens(lambda: fleet.store.record(job)[0].reason == record.reason)
    assert [intent.command for intent in fleet.store.intents(job)] == ["set_next_boot", "save_config"]


def test_F58_once_there_is_room_again_the_job_is_finished(fleet: Lab) -> None:
    """The job of the test before; its switch still boots the new image next."""
    from lcm_nornir import resume_job  # noqa: PLC0415

    resume_job(fleet.nornir(journal=False), fleet.store, "last")
    (record,) = fleet.store.record(fleet.store.job("last"))
    assert record.row().update_progress_status == "SUCCESS", record.reason
    assert fleet.count("late", *CHANGES) == [0, 0, 1, 2, 1, 0]
    assert fleet.state("late")["running"] == TARGET
