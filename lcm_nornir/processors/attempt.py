"""One attempt at a job by this process: what it owns, what was left before it, and everything that it stores."""

from __future__ import annotations

import json
import logging
import threading
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from lcm_nornir.clock import elapsed
from lcm_nornir.door import the_door
from lcm_nornir.door.target import Call
from lcm_nornir.drivers.base import InstallerState, SwitchFacts
from lcm_nornir.errors import (
    JournalFailed,
    LcmError,
    LeftUnfinished,
    OwnedElsewhere,
    OwnershipLost,
    RequestError,
    Stopped,
    UnexpectedFailure,
)
from lcm_nornir.events import Acting, Ending, Event, StepBegan
from lcm_nornir.host_data import peers_of
from lcm_nornir.journal.codec import text
from lcm_nornir.journal.intent import FOLLOWED, REBOOTS, Command, Decision, Intent, Unfinished
from lcm_nornir.journal.leases import PAIR, Key, who
from lcm_nornir.journal.reading import StoredJob
from lcm_nornir.journal.store import Sent, Store
from lcm_nornir.processors.run import Run
from lcm_nornir.record import SwitchRecord

logger = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks at whether somebody cancelled, at most
_RENEWALS = 3  # in the time for which a lease holds


class Attempt:
    """One attempt at a job by this process.

    Args:
        store: Where to.
        job: Which; it is stored here if it is new.
        run: The Nornir run that does it.
        task: Its task.
        addresses: ``address:port`` of the switches, by inventory name; those that Nornir skips are not owned.
        is_new: Whether the job is new.
        decisions: What a person says of switches that are held.
        purpose: ``run``, ``resume`` or ``retry``.

    Raises:
        RequestError: A switch is somebody else's; nothing was touched, and a new job is not stored.
    """

    def __init__(
        self,
        store: Store,
        job: StoredJob,
        run: Run,
        task: Task,
        addresses: Mapping[str, str],
        *,
        is_new: bool,
        decisions: Mapping[str, Decision],
        purpose: str,
    ) -> None:
        self.job = job
        self.run = run
        self.door = the_door(task)
        self.left: dict[str, Unfinished] = {}
        self.before: dict[str, SwitchFacts] = {}  # the job's first command
        # before anybody can be told that we run it: a cancellation from then on is ours to hear
        self._seen = max((note.seq for note in store.notes(job, switch="")), default=0)
        self.owner = store.own(job)
        self._store = store
        self._task = weakref.ref(task)
        self._records = {one.name: SwitchRecord(one.id, one.name) for one in job.switches}
        self._sent: Counter[tuple[str, str]] = Counter()  # how often, by switch and command
        self._serials: dict[str, str] = {}  # by which it is owned
        self._twins: dict[str, str] = {}  # second names of one address
        self._addresses = addresses
        self._pending = set(addresses) - run.excluded
        self._under_way: set[str] = set()
        self._over, self._ending = threading.Event(), threading.Lock()
        self._began: dict[str, int] = {}  # how many steps were known of a switch before
        try:
            self._begin(task, addresses, decisions, is_new=is_new, purpose=purpose)
        except BaseException as error:
            with suppress(JournalFailed):
                self.owner.give_back()
            if isinstance(error, OwnedElsewhere):
                raise RequestError(error.message, field=error.host, cure=error.remedy) from error
            raise
        threading.Thread(target=self._keep_up, name="lcm-lease", daemon=True).start()

    def _begin(
        self,
        task: Task,
        addresses: Mapping[str, str],
        decisions: Mapping[str, Decision],
        *,
        is_new: bool,
        purpose: str,
    ) -> None:
        self.owner.take([_address(name, address) for name, address in self._singles(addresses)])
        if is_new:
            self._store.begin_job(self.job)
        else:
            self._recall(addresses, decisions, purpose)
        self._began = {name: len(record.steps) for name, record in self._records.items()}
        self._tell_begin([name for name in addresses if name not in self.run.excluded], decisions, purpose)
        self._claim_again(task)

    def _singles(self, addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Give each address with the first name that has it."""
        first: dict[str, str] = {}
        for name, address in addresses.items():
            if name in self.run.excluded:
                continue
            if (twin := first.setdefault(address, name)) == name:
                yield name, address
            else:
                self._twins[name] = twin

    def _recall(self, names: Mapping[str, str], decisions: Mapping[str, Decision], purpose: str) -> None:
        """Read what earlier attempts left; once the switches are ours nobody else adds to it."""
        self._records = {record.name: record for record in self._store.record(self.job)}
        sent: dict[str, Intent] = {}
        for intent in self._store.intents(self.job):
            self._sent[intent.switch, intent.command] += 1
            self.before.setdefault(intent.switch, intent.facts)
            if intent.command in FOLLOWED:
                sent[intent.switch] = intent
        for name in names:
            if (last := _may_go_on(self._records[name], sent.get(name))) or name in decisions:
                kept = self._store.configuration(self.job, name)
                told = not self._records[name].goes_on
                self.left[name] = Unfinished(last, kept, decisions.get(name), told)
            self._check_begun(name, decisions.get(name), purpose)

    def _check_begun(self, name: str, decision: Decision | None, purpose: str) -> None:
        record, left = self._records[name], self.left.get(name)
        if purpose == "resume" and not record.goes_on and not decision:
            raise RequestError("it has got its verdict in the meantime", field=name, cure="resume once more")
        if decision in (Decision.DONE, Decision.AGAIN) and not (left and left.is_of(*REBOOTS)):
            raise RequestError(
                "no reload was sent to it", field=f"--decide {name}", cure="resume it without a decision"
            )

    def _tell_begin(self, names: list[str], decisions: Mapping[str, Decision], purpose: str) -> None:
        body = {"purpose": purpose, "by": who(), "owner": self.owner.id, "switches": names}
        self._store.note(self.job.id, "", "began", text(body), wait=True)
        for name, decision in decisions.items():
            self._store.note(self.job.id, name, "decided", text({"decision": decision, "by": who()}), wait=True)
        for host in self.run.hosts:
            if verdict := self.run.skips(self._records[host.name]):
                self._add(host.name, verdict)

    def _claim_again(self, task: Task) -> None:
        """Claim for the switches that may be down the right to be so, before any peer of theirs is begun."""
        peers = peers_of(task.nornir.inventory.hosts.values())
        for name, left in self.left.items():
            if left.is_of(*REBOOTS) and (peer := peers.get(name)):
                self.door.claims.take_if_free(name, peer)  # else it waits in its turn

    def add(self, host: Host, event: Event) -> None:
        """Store an event; nobody waits until it is on disk: what a crash takes is read from the switch once more.

        Raises:
            JournalFailed: It is the first of this switch, and the store takes nothing: it must not be begun.
        """
        if isinstance(event, StepBegan):
            self._under_way.add(host.name)
            if len(self._records[host.name].steps) == self._began[host.name]:
                self._begin_switch(host.name)
        if isinstance(event, Acting):
            self._records[host.name].add(event)  # it is stored with its intent, at once
        else:
            self._add(host.name, event)

    def _begin_switch(self, name: str) -> None:
        self._store.check()
        if name in self.run.excluded:  # under on_failed=True, of which no processor is told, all of them are run
            self._pending |= self.run.excluded
            self.owner.take([_address(name, self._addresses[name])])

    def _add(self, name: str, event: Event) -> None:
        self._store.tell(self.job.id, name, event, self.door.redact, self.owner)
        self._records[name].add(event)

    def record(self, host: Host) -> SwitchRecord | None:
        """Give a copy of a switch's record; None if there is nothing in it."""
        record = self._records.get(host.name)
        return record.copy() if record and record.steps else None

    def intend(self, host: Host, call: Call, facts: SwitchFacts, installer: InstallerState | None) -> Sent:
        """Store an intent; what an earlier attempt left is forgotten, for now this one tells."""
        if self._serials.get(host.name) != facts.serial:  # a step on its own: nothing has asked before
            self.identify(host, facts.serial)
        args = tuple(self.door.redact(str(arg)) for arg in call.args)
        attempt = self._sent[host.name, call.method] + 1
        command = Command(host.name, call.method, args, attempt, facts, installer)
        sent = self._store.intend(self.owner, self.job.id, command)
        self._sent[host.name, call.method] = attempt
        self.before.setdefault(host.name, facts)
        self.left.pop(host.name, None)
        return sent

    def identify(self, host: Host, serial: str) -> None:
        """Own a switch by its serial, too.

        Raises:
            OwnedElsewhere: Somebody else does, or it has another name in this job.
        """
        if twin := self._twins.get(host.name):
            raise OwnedElsewhere(
                f"duplicate identity: {twin} has the same address", remedy="keep one of the two names in the inventory"
            )
        if serial:
            self.owner.take_soon(Key(f"serial {serial}", host.name))
        self._serials[host.name] = serial

    def claim(self, host: Host, peer: str) -> None:
        """Claim the right to be down before the peer, also before other processes; waits for them.

        Raises:
            Stopped: Another job has left the pair unfinished, or somebody asked to stop.
        """
        while True:
            try:
                self.owner.take([pair(host.name, peer)])
            except OwnedElsewhere as error:
                if isinstance(error, LeftUnfinished):
                    raise Stopped(f"its peer {peer}: {error.message}", remedy=error.remedy) from error
                self.door.pause(host, _LOOK)
            else:
                return

    def unclaim(self, host: Host, peer: str) -> None:
        """Give that right back; only a switch that is still ours can be proven by us."""
        if not self.owner.holds(host.name):
            return
        try:
            self.owner.release(pair(host.name, peer))
        except JournalFailed as error:
            logger.warning("%s: its peer %s has to wait: %s", host.name, peer, error)

    def has(self, host: Host) -> bool:
        """Tell whether a switch is one of this attempt's."""
        return host.name in self._addresses

    @property
    def is_under_way(self) -> bool:
        """Whether a switch was begun and has not ended, in a run that somebody still waits for."""
        return bool(self._under_way) and self._task() is not None and not self._over.is_set()

    def completed(self, host: Host, result: MultiResult) -> bool:
        """Give the verdict on a switch that told none; tells whether it was the last of the run."""
        self._conclude(host, result)
        self._under_way.discard(host.name)
        self._pending.discard(host.name)
        return not self._pending

    def check(self, host: Host) -> None:
        """Check that a switch is certainly still ours, and that this attempt has not ended.

        Raises:
            OwnershipLost: It is not, or may not be.
        """
        if self._over.is_set():
            raise OwnershipLost("the attempt at its job has ended", host=host.name)
        self.owner.check(host.name)

    def confirm(self, host: Host) -> None:
        """Check in the store that nobody else works on a switch by now.

        Raises:
            OwnershipLost: Somebody does.
        """
        with suppress(JournalFailed):  # then our own clock tells whether it may be so
            self.owner.renew()
        self.check(host)

    def _conclude(self, host: Host, result: MultiResult | None) -> None:
        if verdict := self.run.left_open(self._records[host.name], result):
            self._add(host.name, verdict)

    def end(self, result: AggregatedResult | None) -> None:
        """End it: give the verdict on those that told none, and the leases back but those of switches that are held.

        Called again, nothing happens.

        Args:
            result: Of the run; None if it is not known, and nobody is to be concluded.
        """
        with self._ending:
            if self._over.is_set():
                return
            self._over.set()
        if result is not None:
            for host in self.run.hosts:
                self._conclude(host, result.get(host.name))
        if self.door.stop.is_set:
            body = text({"reason": self.door.stop.reason, "time": self.door.stop.since})
            self._store.note(self.job.id, "", "stopped", body)
        self._store.note(self.job.id, "", "ended", text({"owner": self.owner.id}))
        held = [name for name, record in self._records.items() if record.ending is Ending.HELD]
        try:
            self.owner.give_back(keep=held)
        except LcmError as error:
            logger.error("job %s: its leases cannot be given back: %s", self.job.id, error)  # noqa: TRY400 - as above

    def _keep_up(self) -> None:
        """Renew the leases, hear of a cancellation, and end what Nornir does not tell the end of."""
        every = self.owner.lease / _RENEWALS
        due = elapsed() + every
        while not self._over.wait(min(_LOOK, every / 2)):
            try:
                if self._task() is None:  # under raise_on_error a run ends without a word
                    self.end(None)
                    return
                if elapsed() >= due:
                    self.owner.renew()
                    due = elapsed() + every
                self._hear()
            except (LcmError, RequestError) as error:
                logger.warning("job %s: %s", self.job.id, error)
            except Exception:
                logger.exception("job %s: its leases could not be kept up", self.job.id)

    def _hear(self) -> None:
        last = self._store.last()  # asked first; what its switches wrote until then is not gone through again
        for note in self._store.notes(self.job, self._seen, switch=""):
            last = max(last, note.seq)
            if note.kind == "cancelled":
                self.door.stop.set(f"cancelled by {json.loads(note.body)['by']}")
        self._seen = last


def _may_go_on(record: SwitchRecord, last: Intent | None) -> Intent | None:
    """Give the command that was sent last, if it may go on, or may have gone on, since it was last looked at."""
    if last is None or not last.may_be_taken or record.ending is Ending.SUCCESS:
        return None
    if last.command in REBOOTS and not record.goes_on and not isinstance(record.error, UnexpectedFailure):
        return None  # the boot that followed it was seen, or that it did not come
    return last


def _address(name: str, address: str) -> Key:
    return Key(f"address {address}", name)


def pair(one: str, other: str) -> Key:
    """Give the key of the right to be down before a peer."""
    return Key(PAIR + " ".join(sorted((one, other))), one)
