"""A private PostgreSQL server on the loopback: started, killed, started again; each test gets a database of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

USER = "lcm"
PASSWORD = "correct-horse-of-the-database"
"""Of the user ``asked``, who needs one."""
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -float(place.parent.name))
_INITDB = shutil.which("initdb", path=os.pathsep.join([*map(str, _PLACES), os.environ.get("PATH", "")]))
_OWNER = "postgres"  # as root initdb refuses to work: then the user whom Debian's package makes does it
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "16MB",
    "autovacuum_naptime": "1s",
}
_LOGINS = "host all asked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"


def missing() -> str:
    """Tell what is missing to start a server; empty if nothing is."""
    if _INITDB is None:
        return "needs a PostgreSQL server: apt-get install --no-install-recommends postgresql"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(_OWNER)
        except KeyError:
            return f"initdb does not work for root, and there is no user {_OWNER}"
    return ""


class PostgresServer:
    """A server with a cluster of its own.

    Args:
        place: An empty folder.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": _OWNER, "group": _OWNER, "extra_groups": []}
            shutil.chown(place, _OWNER)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "--pgdata", "data", "--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale"
        )
        (place / "data" / "pg_hba.conf").write_text(_LOGINS)
        self.start()
        self.do("postgres", f"CREATE ROLE asked LOGIN PASSWORD '{PASSWORD}'")

    def start(self, **settings: str) -> None:
        """Start it, perhaps with other settings; returns when it answers."""
        options = {**_SETTINGS, "port": str(self.port), **settings}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self._place / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("postgres"), "-D", "data", *words], cwd=self._place, stderr=log, stdout=log, **self._as
            )
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._place / "server.log").read_text()
                assert time.monotonic() < end, (self._place / "server.log").read_text()
                time.sleep(0.05)
            else:
                return

    def end(self, which: int = signal.SIGINT) -> None:
        """End it by a signal; SIGKILL is a crash."""
        assert self._process is not None
        children = _children(self._process.pid)
        self._process.send_signal(which)
        self._process.wait(60)
        end = time.monotonic() + 60
        while any(Path(f"/proc/{child}").exists() for child in children):  # they notice that it is gone, and end
            assert time.monotonic() < end
            time.sleep(0.02)

    def url(self, name: str, user: str = USER) -> str:
        """Give the URL of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def database(self, options: str = "") -> str:
        """Make a database, and give its URL."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.do("postgres", f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def do(self, name: str, *statements: str) -> None:
        """Execute statements in a database, as its owner."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _run(self, name: str, *words: str) -> None:
        subprocess.run([program(name), *words], cwd=self._place, check=True, capture_output=True, **self._as)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server until this ends; in a folder to which also the user comes who runs it."""
    with tempfile.TemporaryDirectory(prefix="lcm-postgres-") as place:
        server = PostgresServer(Path(place))
        try:
            yield server
        finally:
            server.end(signal.SIGQUIT)  # nobody needs what is in it


def needed() -> None:
    """Skip a test where no server can be started."""
    if why := missing():
        pytest.skip(why)


def rows_of(url: str, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Ask a database itself, past the package; the store's tables need no schema before their names."""
    with psycopg.connect(url, autocommit=True, options="-c search_path=lcm_nornir") as connection:
        cursor = connection.execute(question.replace("?", "%s").encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def program(name: str) -> str:
    """Give the path of a program of PostgreSQL's."""
    assert _INITDB is not None
    return str(Path(_INITDB).with_name(name))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()
