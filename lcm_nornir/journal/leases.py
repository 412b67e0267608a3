"""Who works on a switch: a lease, renewed while its owner lives, and a number that grows with each change of owner."""

from __future__ import annotations

import getpass
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from lcm_nornir import clock
from lcm_nornir.errors import JournalFailed, LeftUnfinished, OwnedElsewhere, OwnershipLost
from lcm_nornir.events import Ending, Phase
from lcm_nornir.journal.database import Database
from lcm_nornir.journal.intent import REBOOTS
from lcm_nornir.journal.owners import Sign, bury, is_alive
from lcm_nornir.journal.reading import records_of
from lcm_nornir.journal.tables import add_rows, leases, owners
from lcm_nornir.journal.writer import Writer
from lcm_nornir.record import SwitchRecord

_LEASES = select(leases).where(leases.c.key.in_(bindparam("wanted", expanding=True)))
_AT_ONCE = 500  # keys in one question; old builds of SQLite take 999 values
_LEASES_OF = select(leases.c.key).where(leases.c.owner == bindparam("me"), leases.c.switch == bindparam("of"))
_CHANGE = (
    update(leases)
    .where(leases.c.key == bindparam("wanted"))
    .values({name: bindparam(name) for name in ("job", "switch", "owner", "fence", "expires")})
)
_TAKEN = select(leases.c.key).where(leases.c.key.startswith("serial "), leases.c.owner != "")
_Records = Callable[[str], Mapping[str, SwitchRecord]]
_ENDED = 0.0  # when a lease runs out whose owner has ended
PAIR = "pair "
"""Begin of the key of the right to be down before a peer."""


def who() -> str:
    """Give who we are: ``user@machine, process N``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}, process {os.getpid()}"


@dataclass(frozen=True, slots=True)
class Key:
    """What is owned: ``address HOST:PORT``, ``serial NUMBER`` or ``pair NAME NAME``, for a switch of the inventory."""

    key: str
    switch: str


class Ownership:
    """What this process owns for one job. Safe to use from a thread per switch.

    Args:
        database: Of the store.
        writer: Of the store.
        job: The job's id.
        lease: Seconds for which a lease holds without being renewed.
    """

    def __init__(self, database: Database, writer: Writer, job: str, lease: float) -> None:
        self.id = uuid.uuid4().hex
        self.lease = lease
        self._database, self._writer, self._job = database, writer, job
        self._sign = Sign(database.signs, self.id)
        self._keys: dict[str, dict[str, int]] = {}  # of a switch, with the number of each lease
        self._lost: set[str] = set()  # switches
        self._soon: dict[str, str] = {}  # keys, and the switch that has each
        self._awaited: dict[str, str] = {}  # switches, and the key that `take_soon` was asked for last
        self._refused: dict[str, OwnedElsewhere] = {}  # switches that did not get it
        self._until = clock.elapsed() + lease
        self._lock = Lock()
        try:
            self._taken = writer.do("owner", self._introduce)
        except BaseException:
            self._sign.give_up()
            raise

    def _introduce(self, connection: Connection) -> frozenset[str]:
        """Tell who we are; gives the serials that others have, or had when they died."""
        row = {
            "id": self.id,
            "job": self._job,
            "who": who(),
            "since": time.time(),
            "machine_boot": clock.machine_boot(),
        }
        add_rows(connection, owners, [row])
        return frozenset(connection.scalars(_TAKEN))

    def take(self, wanted: Iterable[Key]) -> None:
        """Take leases, all or none. Taking what one owns changes nothing.

        Raises:
            OwnedElsewhere: Somebody else works on one of them, or has left it unfinished; it is named.
            JournalFailed: The store does not take it.
        """
        listed = list(wanted)
        self._writer.do("lease", lambda connection: self._take(connection, listed))

    def take_soon(self, one: Key) -> None:
        """Take the serial of a switch with whatever is written next, and before any intent of that switch.

        A serial that somebody had when we began is asked for at once. Of one that somebody takes at the same time
        `prove` tells: nobody waits here for the disk once per switch.

        Raises:
            OwnedElsewhere: Somebody else works on it, or has left it unfinished, or it has another name in this job.
            JournalFailed: The store does not take it.
        """
        with self._lock:
            holder = self._soon.setdefault(one.key, one.switch)
        if holder != one.switch:
            raise _duplicate(one, holder)
        self._awaited[one.switch] = one.key
        if one.key in self._taken or one.switch in self._refused:
            self.take([one])
            return

        def rows(connection: Connection) -> tuple[()]:
            try:
                self._take(connection, [one])
            except OwnedElsewhere as error:
                self._refused[one.switch] = error
            return ()

        self._writer.append("lease", rows)

    def _take(self, connection: Connection, wanted: list[Key]) -> None:
        found = _found(connection, [one.key for one in wanted])
        records = cache(partial(records_of, connection))
        for one in wanted:
            self._refuse(connection, one, found.get(one.key), records)
        new, fences, expires = [], {}, self._expires(connection)
        for one in wanted:
            row = found.get(one.key)
            fence = (row.fence + (row.owner != self.id)) if row else 1
            values = {"job": self._job, "switch": one.switch, "owner": self.id, "fence": fence, "expires": expires}
            if row:
                connection.execute(_CHANGE, {"wanted": one.key, **values})
            else:
                new.append({"key": one.key, **values})
            fences[one.key] = fence
        add_rows(connection, leases, new)
        before = {one: self._keys.get(one.switch, {}).get(one.key) for one in wanted}
        self._writer.follow(undone=lambda: self._have(before))
        # within the transaction: an intent that is stored with it counts on it, and a renewal sees both or neither
        self._have({one: fences[one.key] for one in wanted})

    def _have(self, fences: Mapping[Key, int | None]) -> None:
        """Count on leases with these numbers; not on those without one."""
        with self._lock:
            for one, fence in fences.items():
                keys = self._keys.setdefault(one.switch, {})
                if fence is None:
                    keys.pop(one.key, None)
                else:
                    keys[one.key] = fence

    def _refuse(self, connection: Connection, one: Key, row: Row[Any] | None, records: _Records) -> None:
        if row is None or not row.owner:
            return
        is_pair = one.key.startswith(PAIR)
        if row.owner == self.id and not is_pair:
            if row.switch != one.switch:
                raise _duplicate(one, row.switch)
            return
        owner = connection.execute(select(owners).where(owners.c.id == row.owner)).one()
        holds = self._database.now(connection) < row.expires
        alive = is_alive(self._database, owner, holds=holds)
        if not alive:
            bury(self._database, owner.id, holds=holds)
        if alive and holds and row.owner != self.id:
            since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(owner.since))
            raise OwnedElsewhere(
                f"job {row.job} works on it ({one.key}): {owner.who}, since {since}",
                host=one.switch,
                remedy=f"wait until it has ended, or: lcm-nornir cancel {row.job}",
            )
        is_anothers = row.switch != one.switch if is_pair else row.job != self._job
        if is_anothers and (verb := _is_left(row, records(row.job))):
            raise LeftUnfinished(
                f"job {row.job} has left it unfinished ({owner.who})",
                host=one.switch,
                remedy=f"run: lcm-nornir {verb} {row.job}",
            )

    def renew(self) -> None:
        """Renew all leases; those that were taken over are lost from now on."""
        until = clock.elapsed() + self.lease
        self._writer.do("renewal", self._renew)
        self._count_on(until)

    def _expires(self, connection: Connection) -> float:
        """Give when a lease runs out that is taken now: never before we stop to count on it by our own clock."""
        return self._database.now(connection) + self.lease

    def _renew(self, connection: Connection) -> None:
        given = (leases.c.owner == self.id) & (leases.c.expires != _ENDED)
        connection.execute(update(leases).where(given).values(expires=self._expires(connection)))
        mine = set(connection.scalars(select(leases.c.key).where(leases.c.owner == self.id)))
        with self._lock:
            self._lost |= {switch for switch, keys in self._keys.items() if keys.keys() - mine}

    def prove(self, connection: Connection, switch: str) -> int:
        """Prove in a transaction that a switch is still ours, and give the number of its lease.

        Raises:
            OwnershipLost: It is not.
            OwnedElsewhere: Somebody took its serial when we wanted to.
            JournalFailed: The store did not take the lease of its serial, and could not be told to try again.
        """
        if (key := self._awaited.get(switch)) and key not in self._keys.get(switch, {}):
            raise self._refused.get(switch) or JournalFailed(
                f"the store has not taken the lease {key!r}", host=switch, remedy="see the log, then resume"
            )
        return self._fence(connection, switch)

    def _fence(self, connection: Connection, switch: str) -> int:
        with self._lock:
            keys = dict(self._keys.get(switch, {}))
        if not keys:
            raise self._gone(switch)
        if not self.holds(switch):  # else nobody can have taken it: on disk it holds at least as long
            self._ask(connection, switch, keys)
        # the right to be down before a peer has a number of its own, and is given back while the switch stays ours
        return max(fence for key, fence in keys.items() if not key.startswith(PAIR))

    def _ask(self, connection: Connection, switch: str, keys: Mapping[str, int]) -> None:
        """Look in the store whether leases that may have run out are still ours, and renew them."""
        mine = set(connection.scalars(_LEASES_OF, {"me": self.id, "of": switch}))
        if not mine >= keys.keys():
            with self._lock:
                self._lost.add(switch)
            raise self._gone(switch)
        until = clock.elapsed() + self.lease
        self._renew(connection)
        self._writer.follow(stored=lambda: self._count_on(until))

    def _count_on(self, until: float) -> None:
        self._until = max(self._until, until)

    def check(self, switch: str) -> None:
        """Check by our own clock that the lease of a switch still holds; asks nobody, so that it may be asked often.

        Raises:
            OwnershipLost: It does not, or may not.
        """
        if not self.holds(switch):
            raise self._gone(switch)

    def holds(self, switch: str) -> bool:
        """Tell whether the lease of a switch certainly still holds."""
        return switch not in self._lost and clock.elapsed() < self._until

    def has(self, connection: Connection, switch: str) -> bool:
        """Tell in a transaction whether a switch is still ours."""
        if self.holds(switch):
            return True
        try:
            self._fence(connection, switch)
        except OwnershipLost:
            return False
        return True

    def _gone(self, switch: str) -> OwnershipLost:
        return OwnershipLost(
            "the lease on it was lost: another controller may work on it now",
            host=switch,
            remedy=f"see: lcm-nornir status {self._job}",
        )

    def give_back(self, keep: Iterable[str] = ()) -> None:
        """Give leases back, and take the sign of life away.

        The right to be down before a peer is not among them: only proof gives it back (`release`).

        Args:
            keep: Switches of which no lease is given back: they wait for a person.
        """
        held = frozenset(keep)

        def work(connection: Connection) -> None:
            with self._lock:
                free = {
                    key
                    for switch, keys in self._keys.items()
                    if switch not in held
                    for key in keys
                    if not key.startswith(PAIR)
                }
            mine = leases.c.owner == self.id
            _give(connection, leases.c.key.in_(free) & mine)
            connection.execute(update(leases).where(mine).values(expires=_ENDED))  # also for who sees no sign of us

        is_known = not self._database.is_shared  # of a file whoever has no sign of life is dead
        try:
            self._writer.do("release", work)
            is_known = True
        finally:  # what is not given back is free all the same once its owner is gone
            self._sign.give_up(keep=not is_known)

    def release(self, one: Key) -> None:
        """Give one lease back, whoever took it for this switch, which is ours now."""

        def work(connection: Connection) -> None:
            _give(connection, (leases.c.key == one.key) & (leases.c.switch == one.switch))
            with self._lock:
                self._keys.get(one.switch, {}).pop(one.key, None)

        self._writer.do("release", work)


def _give(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(update(leases).where(which).values(owner=""))


def _duplicate(one: Key, holder: str) -> OwnedElsewhere:
    return OwnedElsewhere(
        f"duplicate identity: {one.key} is also {holder}",
        host=one.switch,
        remedy="keep one of the two names in the inventory",
    )


def _found(connection: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    found = {}
    for begin in range(0, len(keys), _AT_ONCE):
        for row in connection.execute(_LEASES, {"wanted": keys[begin : begin + _AT_ONCE]}):
            found[row.key] = row
    return found


def _is_left(row: Row[Any], records: Mapping[str, SwitchRecord]) -> str:
    """Give what ends a change that a job has left of a switch, ``resume`` or ``retry``; empty if it left none."""
    if (record := records.get(row.switch)) is None:
        return ""  # whoever took it died before its job was stored
    if row.key.startswith(PAIR):  # it may be down, or not be well
        rebooted = any(command in REBOOTS for _, command in record.commands)
        if not rebooted or record.ending is Ending.SUCCESS:
            return ""
        return "resume" if record.goes_on else "retry"
    open_change = record.changed and record.ending is Ending.OPEN and record.phase is not Phase.STAGED
    return "resume" if open_change or record.ending is Ending.HELD else ""
