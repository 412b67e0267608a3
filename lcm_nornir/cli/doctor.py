"""What an upgrade needs of this machine and of the inventory, checked one by one."""

from __future__ import annotations

import os
import resource
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lcm_nornir import clock
from lcm_nornir.cli import DEFAULT_CONFIG, Output
from lcm_nornir.cli.lab import answers_everywhere
from lcm_nornir.cli.selection import check_host, check_peers, door_of, nornir_of
from lcm_nornir.cli.terminal import data_json, data_table
from lcm_nornir.door.host_keys import HostKeys
from lcm_nornir.door.ports import LOOKS_AT_ONCE
from lcm_nornir.errors import RequestError

_OLDEST = (3, 11)
_FILES_PER_SWITCH = 2  # a socket, and a key file that is being read
_FILES_OF_OURS = 100
_SESSIONS = 248  # the door's default gates, 48 and 200
_EXTRAS = {
    "rehearse": (("asyncssh", "aiohttp"), "simulated switches"),
    "napalm": (("napalm", "nornir-napalm"), "facts and health by NAPALM"),
    "api": (("argon2-cffi", "fastapi", "httpx", "prometheus-client", "uvicorn"), "the LCM API"),
    "postgresql": (("psycopg",), "a store on a PostgreSQL server"),
}
_FIRST_WITHOUT_SHA1 = 5  # major version of paramiko


class State(StrEnum):
    """How a check went: ``warn`` costs a comfort, ``fail`` an upgrade."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, how it went, what was found, and what to do."""

    name: str
    state: State
    found: str
    cure: str = ""


def doctor(config: Path | None, output: Output) -> int:
    """Print the checks, and give the exit code: 1 if one failed.

    Args:
        config: Nornir's configuration file; the usual place, if there is one there, if not given.
        output: Form of the checks on stdout.
    """
    checks = [*_interpreter(), *_extras(), _clock(), *_inventory(config), _loopback()]
    if output is Output.JSON:
        data_json([asdict(check) for check in checks])
    else:
        rows = [(check.name, check.state.value, check.found, check.cure) for check in checks]
        data_table(("check", "state", "found", "what to do"), rows)
    return 1 if any(check.state is State.FAIL for check in checks) else 0


def _interpreter() -> Iterator[Check]:
    found = sys.version.split()[0]
    good = sys.version_info[:2] >= _OLDEST
    yield Check("interpreter", State.OK if good else State.FAIL, f"Python {found}", "" if good else "use 3.11 or newer")
    for package in ("nornir", "netmiko", "paramiko"):
        yield Check(package, State.OK, _version(package))


def _extras() -> Iterator[Check]:
    for extra, (packages, purpose) in _EXTRAS.items():
        missing = [package for package in packages if not _version(package)]
        state = State.WARN if missing else State.OK
        cure = f"for {purpose}: pip install 'lcm-nornir[{extra}]'" if missing else ""
        yield Check(f"extra {extra}", state, f"without {', '.join(missing)}" if missing else "installed", cure)
    modern = int(_version("paramiko").partition(".")[0]) >= _FIRST_WITHOUT_SHA1
    yield Check(
        "extra legacy-ssh",
        State.WARN if modern else State.OK,
        "no SHA-1 key exchange" if modern else "SHA-1 key exchange where the inventory allows it",
        "for old switches: pip install 'lcm-nornir[legacy-ssh]'" if modern else "",
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _clock() -> Check:
    name, cure = "clock", "start an NTP client: times in reports are this machine's"
    right = clock.synchronised()
    if right is None:
        return Check(name, State.WARN, "this system does not tell whether it is synchronised", cure)
    if not right:
        return Check(name, State.WARN, "not synchronised", cure)
    return Check(name, State.OK, "synchronised")


def _inventory(config: Path | None) -> Iterator[Check]:
    try:
        nornir = nornir_of(config or DEFAULT_CONFIG)
    except RequestError as error:
        missing = config is None and not DEFAULT_CONFIG.is_file()
        yield Check("inventory", State.WARN if missing else State.FAIL, error.message, error.cure)
        yield from _limits(1)
        yield _key_folder(HostKeys(), "")
        return
    hosts = list(nornir.inventory.hosts.values())
    yield Check("inventory", State.OK if hosts else State.FAIL, f"{len(hosts)} switches")
    without_key = []
    for host in hosts:
        try:
            check_host(nornir, host)
        except RequestError as error:
            yield Check(f"switch {host.name}", State.FAIL, error.message, f"{error.field}: {error.cure}")
            continue
        key_file = door_of(nornir).target_for(host, nornir.config).options.get("alt_key_file")
        if key_file and not Path(key_file).is_file():
            without_key.append(host.name)
    try:
        check_peers(nornir, nornir.inventory.hosts)
    except RequestError as error:
        yield Check("peers", State.FAIL, error.message, f"{error.field}: {error.cure}")
    yield from _limits(len(hosts))
    yield _key_folder(door_of(nornir).keys, _few(without_key))


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")  # noqa: PLR2004 - a line


def _limits(switches: int) -> Iterator[Check]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = min(switches, _SESSIONS) * _FILES_PER_SWITCH + min(switches, LOOKS_AT_ONCE) + _FILES_OF_OURS
    good = soft == resource.RLIM_INFINITY or soft >= needed
    yield Check(
        "file descriptors",
        State.OK if good else State.FAIL,
        f"{soft} allowed, {needed} needed",
        "" if good else f"run: ulimit -n {min(hard, needed) if hard != resource.RLIM_INFINITY else needed}",
    )
    allowed = _threads()
    enough = allowed is None or allowed > switches + 20
    yield Check(
        "threads",
        State.OK if enough else State.FAIL,
        f"{'any number' if allowed is None else allowed} allowed, one per switch needed",
        "" if enough else "raise ulimit -u, or the container's limit of processes",
    )


def _threads() -> int | None:
    """Give how many threads this process may have; None without a limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    limits = [] if soft == resource.RLIM_INFINITY else [soft]
    for path in ("/proc/sys/kernel/threads-max", "/sys/fs/cgroup/pids.max"):
        try:
            text = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        limits += [int(text)] if text.isdecimal() else []
    return min(limits, default=None)


def _key_folder(keys: HostKeys, without: str) -> Check:
    name, folder = "host keys", keys.folder
    if not folder.is_dir():
        return Check(name, State.WARN, f"{folder} is not there yet", "run: lcm-nornir trust")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check(name, State.FAIL, f"{folder} cannot be read and written", "correct its owner and mode")
    if stat.S_IMODE(folder.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
        return Check(name, State.FAIL, f"others can write {folder}", f"run: chmod 700 {folder}")
    if without:
        return Check(name, State.WARN, f"none trusted for {without}", "run: lcm-nornir trust")
    return Check(name, State.OK, f"{sum(1 for _ in folder.iterdir())} trusted in {folder}")


def _loopback() -> Check:
    if answers_everywhere():
        return Check("loopback", State.OK, "all of 127/8: a simulated switch gets an address of its own")
    return Check("loopback", State.WARN, "only 127.0.0.1: simulated switches share it, each with a port of its own")
