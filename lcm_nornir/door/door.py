"""The door itself: sessions to switches, and the limits on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from nornir.core.configuration import Config
from nornir.core.inventory import Host, Inventory
from nornir.core.task import Task

from lcm_nornir.door.gates import Gate, PeerClaims, ServerGates, Stop, whole_number
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.inventory_files import refuse_open_password
from lcm_nornir.door.opening import connect_options, opened
from lcm_nornir.door.ports import PortWatch
from lcm_nornir.door.recorded import RecordedSession, recorded
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.target import Call, Heard, Target, perform, perform_apart, target_of, told
from lcm_nornir.door.translate import translate
from lcm_nornir.drivers.base import InstallerState
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import (
    AuthenticationFailed,
    ConnectFailed,
    ReplyTimeout,
    RequestError,
    SessionError,
    SessionLimit,
    SessionLost,
)
from lcm_nornir.host_data import lcm_data, peers_of
from lcm_nornir.places import state_folder
from lcm_nornir.secrets import Redaction
from lcm_nornir.timeouts import Timeouts

_CLAIMS = PeerClaims()
_FIRST_PAUSE = 2.0  # seconds until a switch that takes no session is asked again; then twice as long each time


class Door:
    """Sessions to switches, and the limits on them. Safe to use from a thread per switch.

    Args:
        sessions: How many SSH sessions may be open at once.
        held: How many may be kept busy for long at once (digests, blocking installers), beside those.
        downloads_per_server: How many switches may fetch from one image server at once.
        refused_logins: After so many switches in a row that refuse user or password everybody is asked to stop,
            before a central account is locked. Logins while a switch boots are not counted.
        host_keys: Folder of trusted host keys; below the user's state folder if not given.
        configurations: Folder where configurations are kept before a change; below the state folder if not given.
        timeouts: Overrides for single time-outs, by name, in seconds.
        time_scale: Factor on what a switch itself takes, for simulated switches that work faster.
        executor: Makes the calls somewhere else; None makes them in the calling thread.
    """

    def __init__(
        self,
        *,
        sessions: int = 48,
        held: int = 200,
        downloads_per_server: int = 50,
        refused_logins: int = 5,
        host_keys: Path | str | None = None,
        configurations: Path | str | None = None,
        timeouts: dict[str, float] | None = None,
        time_scale: float = 1.0,
        executor: Executor | None = None,
    ) -> None:
        self.stop = Stop()
        self.claims = _CLAIMS
        self.redact = Redaction()
        self.ports = PortWatch()
        self.keys = HostKeys(Path(host_keys).expanduser() if host_keys else None)
        self.configurations = Path(configurations).expanduser() if configurations else state_folder() / "configurations"
        self._sessions = Gate(sessions)
        self._held = Gate(held)
        self._servers = ServerGates(downloads_per_server)
        self._overrides = dict(timeouts or {})
        self._scale = time_scale
        self._executor = executor
        self._refused_logins, self._most_refused = 0, refused_logins
        self._known: dict[
            int, tuple[Host, Target]
        ] = {}  # as the inventory told last; by the object, which it keeps alive
        self._used: set[int] = set()  # hosts whose password was to be had before
        self._open: dict[int, _Kept] = {}
        self._peers: tuple[Inventory | None, dict[str, str]] = (None, {})
        self._lock = Lock()
        Timeouts().with_overrides(self._overrides, "timeouts").scaled(time_scale)  # bad options are refused at once
        for name, value in (
            ("sessions", sessions),
            ("held", held),
            ("downloads_per_server", downloads_per_server),
            ("refused_logins", refused_logins),
        ):
            whole_number(value, name)

    def timeouts(self, host: Host) -> Timeouts:
        """Give the limits of one host: the driver's, then the job's, then the inventory's, then scaled."""
        driver = driver_for(host.platform, host.name)
        own = lcm_data(host).get("timeouts", {})
        limits = driver.timeouts.with_overrides(self._overrides, "timeouts")
        return limits.with_overrides(own, f"data.lcm.timeouts of {host.name}").scaled(self._scale)

    def target(self, task: Task) -> Target:
        """Give the task's host as a target."""
        if kept := self._kept(task.host):
            return kept.target
        try:
            target = self.target_for(task.host, task.nornir.config)
        except (RequestError, OSError):
            # somebody may write the inventory's file at this moment: what was begun is not ended by that
            if known := self._known.get(id(task.host)):
                return known[1]
            raise
        self._known[id(task.host)] = task.host, target
        return target

    def target_for(self, host: Host, config: Config) -> Target:
        """Give a host as a target.

        Raises:
            RequestError: The inventory says of it what cannot be: no driver, no address, an unknown key or time-out, a
                password that everybody can read.
        """
        refuse_open_password(host, config)
        driver = driver_for(host.platform, host.name)
        return target_of(host, driver.platform, config.ssh.config_file, self.keys, self.timeouts(host))

    def call(
        self,
        task: Task,
        make: Callable[[Target], Call],
        *,
        held: bool = False,
        patient: bool = True,
        stop: Stop | None = None,
        guard: Callable[[], None] | None = None,
        heard: Heard | None = None,
    ) -> Any:
        """Make a call, in the host's kept session or through the executor.

        Args:
            task: The Nornir task; its host is the switch.
            make: Gives the call; asked once there is a place and a session for it, right before it is made.
            held: It may take long.
            patient: A switch that takes no session now is asked again for as long as a login may take.
            stop: Heeded while waiting for a place.
            guard: Asked before each line that is typed, through an executor once before the call; whatever it raises
                keeps it from being sent.
            heard: Told each state of a method that yields states; whatever it raises ends the call. Through an executor
                nothing is told.

        Raises:
            Stopped: Nothing was sent, unless it is `heard` that raised it.
        """
        try:
            result = self._made(task, make, held=held, patient=patient, stop=stop, guard=guard, heard=heard)
        except AuthenticationFailed:
            if patient:
                self._refused()
            raise
        self._refused_logins = 0
        return told(result, self.redact)

    def _refused(self) -> None:
        with self._lock:
            self._refused_logins += 1
            many = self._refused_logins >= self._most_refused
        if many:
            self.stop.set(
                f"{self._most_refused} switches in a row refused user or password; stopped before an account is locked"
            )

    def _made(
        self,
        task: Task,
        make: Callable[[Target], Call],
        *,
        held: bool,
        patient: bool,
        stop: Stop | None,
        guard: Callable[[], None] | None,
        heard: Heard | None,
    ) -> Any:
        target = self.target(task)
        if self._executor is not None:
            with (self._held if held else self._sessions).place(stop):
                call = make(target)
                if guard:
                    guard()
                return self._executor.submit(perform_apart, call).result()
        kept = self._session(task, target, patient=patient, stop=stop)
        if held and kept.gate is not self._held:
            self._held.enter(stop)  # a long call takes a place of its own kind, and so keeps nobody from a short one
            kept.gate.leave()
            kept.gate = self._held  # until the session is closed: whoever is open does not queue again
        return self._in(task, kept, make(target), guard, heard)

    def _in(self, task: Task, kept: _Kept, call: Call, guard: Callable[[], None] | None, heard: Heard | None) -> Any:
        def tell(state: InstallerState) -> None:
            if heard:
                heard(told(state, self.redact))

        try:
            with kept.session.guarded(guard):
                return kept.recorded.perform(call, tell) if kept.recorded else perform(call, kept.session, tell)
        except SessionError as error:
            if isinstance(error, SessionLost | ReplyTimeout):  # after either nobody knows where the prompt is
                self.leave(task.host)
            error.said = self.redact(error.said)
            raise
        except BaseException:
            self.leave(task.host)  # in the middle of who knows what dialogue
            raise

    def recent(self, host: Host) -> dict[Any, Any]:
        """Give what was read in the host's open session since the last change; empty without a session."""
        kept = self._kept(host)
        return kept.recent if kept else {}

    def is_open(self, host: Host) -> bool:
        """Tell whether the host's session is kept open."""
        return self._kept(host) is not None

    def _kept(self, host: Host) -> _Kept | None:
        # by the object, which it keeps alive: another inventory's host may have the same name
        return self._open.get(id(host))

    def leave(self, host: Host) -> None:
        """Close the host's session; before every wait and at the end. Without a session nothing happens."""
        with self._lock:
            kept = self._open.pop(id(host), None)
        if kept is None:
            return
        _close(host)
        kept.gate.leave()
        if kept.recorded:
            kept.recorded.close()

    def peer_of(self, task: Task) -> str:
        """Give the inventory name of the host's peer, by its own entry or its peer's; empty if it has none."""
        inventory = task.nornir.inventory
        with self._lock:
            if self._peers[0] is not inventory:
                self._peers = inventory, peers_of(inventory.hosts.values())
            return self._peers[1].get(task.host.name, "")

    def pause(self, host: Host, seconds: float, *, heed: bool = True) -> None:
        """Wait without a session.

        Raises:
            Stopped: Somebody asked to stop, and that is heeded.
        """
        self.leave(host)
        self.stop.pause(seconds, heed=heed)

    @contextmanager
    def place(self, host: Host) -> Iterator[None]:
        """Hold a place for a session that is not the host's kept one, which is closed before: nobody needs two."""
        self.leave(host)
        with self._sessions.place():
            yield

    @contextmanager
    def download(self, host: Host, server: str) -> Iterator[None]:
        """Hold one of the image server's places for the length of a copy."""
        gate = self._servers.of(server)
        if gate.full:
            self.leave(host)
        with gate.place(self.stop):
            yield

    def _session(self, task: Task, target: Target, *, patient: bool, stop: Stop | None) -> _Kept:
        host = task.host
        kept = self._kept(host)
        if kept and kept.session.alive():
            return kept
        self.leave(host)
        pause, end = _FIRST_PAUSE, time.monotonic() + (target.limits.login if patient else 0.0)
        while True:
            try:
                return self._opened(task, target, stop)
            except SessionLimit:  # nothing was sent: opening again is harmless
                if time.monotonic() + pause > end:
                    raise
            self.stop.pause(pause, heed=stop is not None)
            pause *= 2

    def _opened(self, task: Task, target: Target, stop: Stop | None) -> _Kept:
        self._sessions.enter(stop)
        try:
            session = self._connect(task, target)
            kept = _Kept(task.host, target, session, self._sessions, recorded(task, target, session))
        except BaseException:
            _close(task.host)
            self._sessions.leave()
            raise
        with self._lock:
            self._open[id(task.host)] = kept
        return kept

    def _connect(self, task: Task, target: Target) -> NetmikoSession:
        host = task.host
        if "netmiko" in host.connections:  # the user left one open; its state is not ours to guess
            _close(host)
        try:
            password = target.secret.resolve() if target.secret else None
        except RequestError as error:
            if id(host) not in self._used:
                raise
            raise ConnectFailed(f"its password is not to be had any more: {error}", remedy=error.cure) from error
        self._used.add(id(host))
        self.redact.add(password or host.get_connection_parameters("netmiko").password)
        way, options = target.way, connect_options(target)
        try:
            plugin = host.open_connection(
                "netmiko",
                configuration=task.nornir.config,
                hostname=way.address,
                port=way.port,
                username=target.user or way.user,
                password=password,
                platform=driver_for(target.platform).platform,
                extras=options,
            )
            return opened(plugin.connection, target, self.redact)
        except Exception as error:
            options["sock"].close()
            _close(host)
            raise translate(error, connecting=True) from error


def _close(host: Host) -> None:
    """Close the host's connection at once; what is wrong with a session that nobody wants any more concerns nobody."""
    with suppress(Exception):
        # first the transport: netmiko's own way asks for the prompt once more, 10 s long where the switch reboots
        host.connections["netmiko"].connection.paramiko_cleanup()
    with suppress(Exception):
        host.close_connection("netmiko")


class _Kept:
    """A session that is kept across calls, the gate in which it has a place, and what was read in it since a change."""

    def __init__(
        self, host: Host, target: Target, session: NetmikoSession, gate: Gate, recorded: RecordedSession | None
    ) -> None:
        self.host = host
        self.target = target
        self.session = session
        self.gate = gate
        self.recorded = recorded
        self.recent: dict[Any, Any] = {}
