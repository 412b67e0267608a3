"""What fifty who follow a large job cost it, and whether each is told everything: one JSON object on stdout.

``python -m tests.benchmarks.streams --switches 1000 --seconds 120 --clients 50 --reconnecting 10``

A service in a process of its own updates the simulated fleet; the clients, in another process, have its event stream
open from before its begin to its end; some cut theirs off every few seconds and come back with ``Last-Event-ID``.
Afterwards what each was told is compared with what the service tells of the whole job: by number, order and content.
``--clients 0`` is the same job without them: compare the wall times of pairs of runs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from lcm_nornir.simulator import start_fleet
from tests.benchmarks.fleet import parser, spec, speed
from tests.benchmarks.service import Running, service

_END, _COMMENT = b"\n\n", b":\n\n"
_NUMBER = re.compile(rb"\n\nid: (\d+)")  # begins with what can be looked for fast
_PER_USER = 5  # half of the streams that the service lets one user have: who comes back has two for a moment
_STAYS = (2.0, 10.0)  # seconds between two cuts


def main() -> int:
    """Run the benchmark and print its figures."""
    known = parser(__doc__ or "", seconds=120.0)
    known.add_argument("--clients", type=int, default=50)
    known.add_argument("--reconnecting", type=int, default=10, help="so many of them cut theirs off and come back")
    chosen = known.parse_args()
    factor = speed(chosen.seconds)
    users = -(-chosen.clients // _PER_USER) or 1
    with tempfile.TemporaryDirectory(prefix="lcm_nornir-") as name:
        place = Path(name)
        with (
            start_fleet(spec(chosen.switches, factor, place / "switches")) as fleet,
            service(fleet, place, factor, chosen.sessions, users) as running,
            _Followers(running, chosen.clients, chosen.reconnecting) as followers,
        ):
            began = running.deploy()
            state = running.ended()
            wall = time.monotonic() - began
            figures = followers.figures()
    figures = {"switches": chosen.switches, "state": state, "wall_s": round(wall, 2), **figures}
    json.dump(figures, sys.stdout)
    sys.stdout.write("\n")
    return 0 if state == "DONE" and figures["whole"] == chosen.clients else 1


class _Followers:
    """The clients, in a process of their own."""

    def __init__(self, running: Running, clients: int, reconnecting: int) -> None:
        self._url = f"{running.url}/lcm/update-jobs/{running.job}/events"
        self._tokens, self._clients, self._reconnecting = running.viewers, clients, reconnecting

    def __enter__(self) -> Self:
        asked = {"url": self._url, "tokens": self._tokens, "clients": self._clients, "again": self._reconnecting}
        words = [sys.executable, "-m", "tests.benchmarks.streams", "--follow"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._process.stdout.readline()  # all are connected
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def figures(self) -> dict[str, Any]:
        """Give what they were told, once all streams have ended."""
        told: dict[str, Any] = json.loads(self._process.communicate(timeout=600)[0])
        return told


@dataclass
class _Follower:
    """A client: it keeps no event, only their digest, from the second on: the first tells how the job was before.

    Attributes:
        first: Number of the first event.
        last: Of the last one.
        events: How many.
        disordered: How many came with a number that was not greater than the last one's.
        cuts: How often it has cut its stream off.
    """

    url: str
    token: str
    again: bool
    first: int = 0
    last: int = -1
    events: int = 0
    disordered: int = 0
    cuts: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    is_connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Follow to the end of the job."""
        while await self._stream():
            self.cuts += 1

    async def _stream(self) -> bool:
        """Read a stream; tells whether it was cut off."""
        at = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=1 << 24)
        after = f"Last-Event-ID: {self.last}\r\n" if self.last >= 0 else ""
        head = f"GET {at.path} HTTP/1.0\r\nHost: {at.netloc}\r\nAuthorization: SFD {self.token}\r\n{after}\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        status = int(answer.split(b" ", 2)[1])
        if status not in (200, 204):
            raise RuntimeError(f"the stream was refused: {answer!r} {await reader.read()!r}")
        try:
            async with asyncio.timeout(random.uniform(*_STAYS) if self.again else None):  # noqa: S311 - no secret
                await self._read(reader)
        except TimeoutError:
            return True
        finally:
            writer.close()
        return False

    async def _read(self, reader: asyncio.StreamReader) -> None:
        left = b""
        while piece := await reader.read(1 << 16):
            events, end, left = (left + piece).rpartition(_END)
            self._take((events + end).replace(_COMMENT, b""))

    def _take(self, events: bytes) -> None:
        if not (numbers := [int(number) for number in _NUMBER.findall(_END + events)]):
            return
        self.disordered += sum(later <= former for former, later in pairwise([self.last, *numbers]))
        if not self.events:
            self.first = numbers[0]
            self.is_connected.set()
            _, _, events = events.partition(_END)
        self.last = numbers[-1]
        self.events += len(numbers)
        self.digest.update(events)


async def _follow(url: str, tokens: list[str], clients: int, again: int) -> dict[str, Any]:
    followers = [_Follower(url, tokens[number // _PER_USER], number < again) for number in range(clients)]
    async with asyncio.TaskGroup() as group:
        for one in followers:
            group.create_task(one.follow())
        for one in followers:
            await one.is_connected.wait()
        sys.stdout.write("connected\n")
        sys.stdout.flush()
    if not followers:
        return {"clients": 0, "whole": 0}
    whole = [await _is_whole(one) for one in followers]
    used = time.process_time()
    return {
        "clients": clients,
        "whole": sum(whole),
        "events": max(one.events for one in followers),
        "disordered": sum(one.disordered for one in followers),
        "cuts": sum(one.cuts for one in followers),
        "followers_cpu_s": round(used, 2),
    }


async def _is_whole(one: _Follower) -> bool:
    """Tell whether a client was told what the service tells of the job now, from its first event on."""
    reference = _Follower(one.url, one.token, again=False, last=one.first, events=1)
    await reference.follow()
    same = reference.events == one.events and reference.digest.digest() == one.digest.digest()
    return same and one.disordered == 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--follow"]:
        asked_for = json.loads(sys.stdin.readline())
        json.dump(asyncio.run(_follow(**asked_for)), sys.stdout)
    else:
        sys.exit(main())
