"""``curl``, with the options that people use, its exit codes and its errors; the GET is a real one."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lcm_nornir.simulator.sonic.transfer import Limits, Transfer, TransferError

if TYPE_CHECKING:
    from lcm_nornir.simulator.sonic.gate import Call
    from lcm_nornir.simulator.sonic.switch import Switch

_FLAGS = {
    "-f": "fail",
    "--fail": "fail",
    "-s": "silent",
    "--silent": "silent",
    "-S": "show_error",
    "--show-error": "show_error",
    "-L": "location",
    "--location": "location",
    "-q": "quiet",
    "--disable": "quiet",
    "-O": "named",
    "--remote-name": "named",
    "-k": "insecure",
    "--insecure": "insecure",
    "-I": "head",
    "--head": "head",
    "-i": "include",
    "-N": "unbuffered",
    "-4": "four",
    "--no-progress-meter": "silent_meter",
    "--fail-early": "fail",
    "--create-dirs": "folders",
}
_VALUES = {
    "-o": "output",
    "--output": "output",
    "-D": "dump",
    "--dump-header": "dump",
    "-w": "write",
    "--write-out": "write",
    "--connect-timeout": "connect",
    "-m": "whole",
    "--max-time": "whole",
    "--interface": "interface",
    "--proto": "proto",
    "--proto-redir": "proto_redir",
    "--max-redirs": "redirects",
    "-A": "agent",
    "-H": "header",
    "--url": "url",
    "-y": "speed_time",
    "--speed-time": "speed_time",
    "-Y": "speed_limit",
    "--speed-limit": "speed_limit",
    "--max-filesize": "largest",
    "--cacert": "authority",
    "--retry": "retry",
}
_METER = (
    "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    "                                 Dload  Upload   Total   Spent    Left  Speed"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_FAILED = 400
_USAGE, _SCHEME, _HTTP, _WRITE = 2, 1, 22, 23


@dataclass(slots=True)
class _Options:
    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)


class _UsageError(Exception):
    """The command line makes no sense to curl."""


def _parse(words: list[str]) -> _Options:
    options, rest = _Options(), list(words)
    while rest:
        word = rest.pop(0)
        if word == "--" or not word.startswith("-") or word == "-":
            options.values["url"] = rest.pop(0) if word == "--" and rest else word
        elif word in _FLAGS:
            options.flags.add(_FLAGS[word])
        elif word in _VALUES:
            if not rest:
                raise _UsageError(f"option {word}: requires parameter")
            options.values[_VALUES[word]] = rest.pop(0)
        elif not word.startswith("--") and f"-{word[1]}" in _FLAGS | _VALUES:
            rest[:0] = _split(word)
        else:
            raise _UsageError(f"option {word}: is unknown")
    return options


def _split(word: str) -> list[str]:
    """Take the first letter off a word of several."""
    first, others = word[:2], word[2:]
    return [first, others if first in _VALUES else f"-{others}"]


async def run(switch: Switch, call: Call) -> int:
    """Run curl."""
    try:
        options = _parse(call.words)
    except _UsageError as error:
        call.complain(f"curl: {error}\ncurl: try 'curl --help' or 'curl --manual' for more information")
        return _USAGE
    if not options.values.get("url"):
        call.complain("curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information")
        return _USAGE
    transfer = Transfer()
    code, error_text = await _get(switch, call, options, transfer)
    if code and ("silent" not in options.flags or "show_error" in options.flags):
        call.complain(f"curl: ({code}) {error_text}")
    if "write" in options.values:
        call.say(_written(options, transfer, code), end="")
    return code


async def _get(switch: Switch, call: Call, options: _Options, transfer: Transfer) -> tuple[int, str]:
    url, flags = options.values["url"], options.flags
    url = url if "://" in url else f"http://{url}"
    parts = urlsplit(url)
    allowed = re.split(r"[,=+]+", options.values.get("proto", "http,https"))
    if parts.scheme not in {"http", "https"} or parts.scheme not in allowed:
        return _SCHEME, f'Protocol "{parts.scheme}" not supported or disabled in libcurl'
    name = parts.path.rpartition("/")[2] if "named" in flags else options.values.get("output", "-")
    if not name:
        return _WRITE, "Remote file name has no length!"
    file, passing = _file(switch, call, name)
    if not call.root and file.is_relative_to(switch.folder.at("host")):
        call.complain(f"Warning: Failed to open the file {name}: Permission denied")
        return _WRITE, "Failure writing output to destination"
    if not file.parent.is_dir():
        call.complain(f"Warning: Failed to open the file {name}: No such file or directory")
        return _WRITE, "Failure writing output to destination"
    return await _fetch(switch, call, options, transfer, file, passing=passing)


def _file(switch: Switch, call: Call, name: str) -> tuple[Path, bool]:
    """Give the file that is written, and whether it is only on its way to standard output."""
    if name == "-":
        return switch.folder.at(f"tmp/.curl-{call.pid}"), True
    if name == "/dev/null":
        return switch.folder.at(f"tmp/.null-{call.pid}"), True
    return Path(call.folder, name), False


async def _fetch(
    switch: Switch, call: Call, options: _Options, transfer: Transfer, file: Path, *, passing: bool
) -> tuple[int, str]:
    values, flags = options.values, options.flags
    meter = not passing and not flags & {"silent", "silent_meter"}
    if meter:
        call.complain(_METER)
    limits = Limits(float(values.get("connect", 0)), float(values.get("whole", 0)))
    url = values["url"] if "://" in values["url"] else f"http://{values['url']}"
    if not passing:
        switch.effect("download_started", url=url, path=switch.shown(str(file)))
    code, text = 0, ""
    try:
        await transfer.run(switch, url, file, limits)
    except TransferError as error:
        code, text = error.code, str(error)
    except asyncio.CancelledError:
        if not passing:
            switch.effect("download_failed", cause="ended")
        raise
    if not code and transfer.status >= _FAILED and "fail" in flags:
        _drop(file)
        code, text = _HTTP, f"The requested URL returned error: {transfer.status}"
    _deliver(switch, call, options, transfer, file, passing=passing, code=code)
    if meter:
        call.complain(
            f"100 {transfer.size:5}  100 {transfer.written:5}    0     0      0      0 --:--:-- --:--:-- --:--:--"
        )
    return code, text


def _drop(file: Path) -> None:
    """Leave no file of an answer that is an error."""
    file.unlink(missing_ok=True)


def _deliver(
    switch: Switch, call: Call, options: _Options, transfer: Transfer, file: Path, *, passing: bool, code: int
) -> None:
    """Say in the log how it ended, and pass on what goes to standard output."""
    dump = options.values.get("dump")
    if dump == "-" or options.flags & {"include", "head"}:
        call.say(transfer.headers, end="")
    elif dump:
        Path(call.folder, dump).write_bytes(transfer.headers.encode())
    if not passing:
        if code:
            switch.effect("download_failed", cause=str(transfer.status) if code == _HTTP else f"curl {code}")
        else:
            switch.effect("download_done")
    elif file.name.startswith(".curl-") and "head" not in options.flags and not code:
        call.show(str(file))
    if file.name.startswith(".null-"):
        file.unlink(missing_ok=True)


def _written(options: _Options, transfer: Transfer, code: int) -> str:
    """Fill in what ``--write-out`` asks for."""
    elapsed = time.monotonic() - transfer.began
    known = {
        "http_code": f"{transfer.status:03}",
        "response_code": f"{transfer.status:03}",
        "size_download": str(transfer.written),
        "speed_download": str(int(transfer.written / elapsed) if elapsed else 0),
        "time_total": f"{elapsed:.6f}",
        "content_type": transfer.kind,
        "url_effective": options.values["url"],
        "exitcode": str(code),
        "num_redirects": "0",
    }
    text = re.sub(r"%\{(\w+)\}", lambda found: known.get(found[1], ""), options.values["write"])
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text)
