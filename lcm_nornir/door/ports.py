"""One thread that looks at the SSH ports of all switches that reboot, so that a thousand waiting threads need not."""

from __future__ import annotations

import errno
import heapq
import itertools
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any

from lcm_nornir.door.way import Way, answers
from lcm_nornir.errors import NoDescriptor

LOOKS_AT_ONCE = 128
"""Looks at ports that are open at once, each with a descriptor: the sessions need descriptors, too."""
_SHORTEST = 0.05  # seconds between two rounds while so many are open
_LONGEST = 1.0  # seconds after which it is looked whether a look took too long


class PortWatch:
    """Waits for ports to open or to close. Safe to use from any number of threads.

    A port is open when an SSH server greets at it: that costs neither a login nor a session. The thread begins with
    the first wait, and ends when nobody waits any more.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._watcher: _Watcher | None = None

    def until(self, way: Way, *, is_open: bool, every: float, patience: float, timeout: float) -> bool:
        """Wait until a port is open, or closed; the first look is at once.

        Args:
            way: How the switch is reached; without a jump host.
            is_open: What is waited for.
            every: Seconds between two looks.
            patience: Seconds that a switch which is up may take to greet.
            timeout: Seconds after which it is given up.

        Returns:
            Whether it came about in time; a port that could not be looked at was not seen open.
        """
        try:
            (family, _, _, _, address), *others = socket.getaddrinfo(way.address, way.port, type=socket.SOCK_STREAM)
        except OSError:  # a name that does not resolve now is a port that is not open
            time.sleep(min(every, timeout))
            return not is_open
        if others:
            return _at_any_address(way, is_open, every, patience, timeout)
        wait = _Wait(family, address, every, patience, is_open=is_open)
        end = time.monotonic() + timeout
        while not self._add(wait):
            time.sleep(min(every, max(end - time.monotonic(), 0)))
            if time.monotonic() >= end:
                return not is_open
        try:
            came_about = wait.came_about.wait(max(end - time.monotonic(), 0))
        finally:
            wait.wanted = False
        return came_about or not (is_open or wait.looked)

    def _add(self, wait: _Wait) -> bool:
        with self._lock, suppress(OSError):  # no descriptor is free for a watcher at the moment
            if self._watcher is None:
                self._watcher = _Watcher(self._over, self._gone)
            self._watcher.add(wait)
            return True
        return False

    def _over(self, watcher: _Watcher) -> bool:
        """Let go of a watcher that has nothing to do, unless it was given something in the meantime."""
        with self._lock:
            if watcher.has_news():
                return False
            self._watcher = None
            return True

    def _gone(self, watcher: _Watcher) -> None:
        with self._lock:
            if self._watcher is watcher:  # it ended by an error: the next wait begins another
                self._watcher = None


def _at_any_address(way: Way, is_open: bool, every: float, patience: float, timeout: float) -> bool:  # noqa: FBT001
    end = time.monotonic() + timeout
    while _answers(way, patience) != is_open:
        if (left := end - time.monotonic()) <= 0:
            return False
        time.sleep(min(every, left))
    return True


def _answers(way: Way, patience: float) -> bool:
    try:
        return answers(way, patience)
    except NoDescriptor:
        return False


class _Wait:
    """What one thread waits for."""

    def __init__(self, family: int, address: Any, every: float, patience: float, *, is_open: bool) -> None:
        self.family = family
        self.address = address
        self.every = every
        self.patience = patience
        self.is_open = is_open
        self.wanted = True
        self.looked = False
        self.came_about = Event()


class _Look:
    """One look at a port: a connect, and four bytes."""

    def __init__(self, wait: _Wait) -> None:
        self.wait = wait
        self.until = time.monotonic() + wait.patience
        self.sock = socket.socket(wait.family, socket.SOCK_STREAM)
        self.sock.setblocking(False)
        self.failed = self.sock.connect_ex(wait.address) not in (0, errno.EINPROGRESS)

    def greeted(self) -> bool:
        """Tell whether an SSH server greets; asked when there is something to read, or the connect failed."""
        with suppress(OSError):
            return bool(self.sock.recv(4))
        return False


class _Watcher:
    """The thread, and what it has open."""

    def __init__(self, over: Callable[[_Watcher], bool], gone: Callable[[_Watcher], None]) -> None:
        self._over = over
        self._gone = gone
        self._due: list[tuple[float, int, _Wait]] = []
        self._number = itertools.count()
        self._looks: dict[socket.socket, _Look] = {}
        self._new: list[_Wait] = []
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._ring.setblocking(False)
        try:
            self._selector = selectors.DefaultSelector()
        except OSError:
            self._bell.close()
            self._ring.close()
            raise
        self._selector.register(self._bell, selectors.EVENT_READ)
        Thread(target=self._run, name="lcm-ports", daemon=True).start()

    def add(self, wait: _Wait) -> None:
        """Take in a wait."""
        self._new.append(wait)
        with suppress(BlockingIOError):  # it has been rung often enough
            self._ring.send(b"!")

    def has_news(self) -> bool:
        """Tell whether there is a wait that was not looked at yet."""
        return bool(self._new)

    def _run(self) -> None:
        try:
            while self._due or self._looks or not self._over(self):
                self._begin_looks()
                self._go_on()
        finally:
            self._gone(self)
            self._selector.close()
            self._bell.close()
            self._ring.close()

    def _begin_looks(self) -> None:
        while self._new:
            self._later(self._new.pop(), 0.0)
        now = time.monotonic()
        while self._due and self._due[0][0] <= now and len(self._looks) < LOOKS_AT_ONCE:
            wait = heapq.heappop(self._due)[2]
            if not wait.wanted:
                continue
            try:
                look = _Look(wait)
            except OSError:  # no descriptor is free at the moment: nothing is known of the port
                self._later(wait, wait.every)
                continue
            wait.looked = True
            self._looks[look.sock] = look
            self._selector.register(look.sock, selectors.EVENT_READ)
            if look.failed:
                self._end(look, is_open=False)

    def _later(self, wait: _Wait, pause: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + pause, next(self._number), wait))

    def _go_on(self) -> None:
        pause = min(self._due[0][0] - time.monotonic(), _LONGEST) if self._due else _LONGEST
        if len(self._looks) >= LOOKS_AT_ONCE:
            pause = max(pause, _SHORTEST)
        for key, _ in self._selector.select(max(pause, 0.0)):
            look = self._looks.get(key.fileobj)  # type: ignore[call-overload]  # only sockets are registered
            if look is None:
                with suppress(BlockingIOError):
                    self._bell.recv(4096)
            else:
                self._end(look, is_open=look.greeted())
        late = time.monotonic()
        for look in [look for look in self._looks.values() if look.until < late]:
            self._end(look, is_open=False)

    def _end(self, look: _Look, *, is_open: bool) -> None:
        self._selector.unregister(look.sock)
        del self._looks[look.sock]
        look.sock.close()
        if is_open == look.wait.is_open:
            look.wait.came_about.set()
        elif look.wait.wanted:
            self._later(look.wait, look.wait.every)
