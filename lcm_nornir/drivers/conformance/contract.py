"""Does the driver have what the protocols say, and do its data agree with each other?"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

from lcm_nornir.drivers import base
from lcm_nornir.drivers.base import Activates, Capabilities, Driver, Screens
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.reading import check_reading
from lcm_nornir.errors import RequestError
from lcm_nornir.timeouts import Timeouts

_DIGESTS = frozenset({"sha256", "sha512"})
_SCHEMES = frozenset({"file", "ftp", "http", "https", "scp", "sftp", "tftp"})
_LINE = re.compile(r"[\x20-\x7e]+")
BANNERS = (
    "",
    "Welcome to the switch",
    "Unauthorized access is prohibited.",
    "*** WARNING: authorized use only! ***",
    "#############################",
    "# Property of Example Inc. #",
    "Last login: Sat Nov 28 02:06:34 2026 from 192.0.2.1",
    "You are on host1.",
    "Debian GNU/Linux 11 host1 ttyS0",
    "Password:",
    "login:",
)
"""Lines of banners and greetings, which are no prompts."""


@functools.cache
def optional_protocols() -> tuple[Any, ...]:
    """Give the optional protocols of `drivers.base`."""
    kinds = (kind for kind in vars(base).values() if getattr(kind, "_is_protocol", False))
    return tuple(kind for kind in kinds if getattr(kind, "_is_runtime_protocol", False))


def members(protocol: Any) -> dict[str, Callable[..., Any] | None]:
    """Give a protocol's members: its methods, and None for data."""
    names = dict.fromkeys((*vars(protocol).get("__annotations__", {}), *vars(protocol)))
    found = {name: vars(protocol).get(name) for name in names if not name.startswith("_")}
    return {name: value if inspect.isfunction(value) else None for name, value in found.items()}


def protocol_findings(driver: Any) -> Iterator[Finding]:
    """Ask whether every protocol is there whole, with its parameters, and nothing beside it."""
    known: set[str] = set()
    for protocol in (Driver, *optional_protocols()):
        wanted = members(protocol)
        known |= set(wanted)
        there = {name for name in wanted if hasattr(driver, name)}
        missing = sorted(set(wanted) - there)
        if missing and (there or protocol is Driver):
            yield Finding("protocol", missing[0], f"{protocol.__name__} has it, and the driver has not")
        for name in sorted(there):
            yield from _signature(name, wanted[name], getattr(driver, name))
    for name, value in inspect.getmembers(driver, callable):
        if not name.startswith("_") and name not in known:
            yield Finding(
                "protocol", name, f"no protocol has a method {value.__name__}: nobody calls it, or it is misspelt"
            )


def _signature(name: str, wanted: Callable[..., Any] | None, found: Any) -> Iterator[Finding]:
    if wanted is None:
        return
    if not callable(found):
        yield Finding("protocol", name, "is no method")
        return
    expected = list(inspect.signature(wanted).parameters.values())[1:]
    given = list(inspect.signature(found).parameters.values())
    told = [[(one.name, one.kind, one.default) for one in some] for some in (expected, given)]
    if told[0] != told[1]:
        names = [", ".join(str(one).partition(":")[0] for one in some) for some in (expected, given)]
        yield Finding("protocol", name, f"takes ({names[1]}), and the protocol says ({names[0]})")


def capability_findings(driver: Any) -> Iterator[Finding]:
    """Ask whether the driver's data have their form and agree with its methods."""
    told = functools.partial(Finding, "capabilities")
    able = driver.capabilities
    if not isinstance(able, Capabilities):
        yield told("capabilities", "is no Capabilities")
        return
    for name, hint in get_type_hints(Capabilities).items():
        if (words := get_args(hint)) and isinstance(words[0], str) and getattr(able, name) not in words:
            yield told("capabilities", f"{name} is {getattr(able, name)!r}, and not one of {', '.join(words)}")
    if able.install_reloads and not isinstance(driver, Activates):
        yield told("capabilities", "install_reloads, but it does not activate (protocol Activates)")
    if able.no_return not in {*members(Driver), *_names(driver)} or not callable(getattr(driver, able.no_return, None)):
        yield told("capabilities", f"no_return is {able.no_return!r}, which is none of its methods")
    if not isinstance(able.slots, int) or able.slots < 1:
        yield told("capabilities", f"slots is {able.slots!r}, and a switch holds one image at least")
    if unknown := set(able.digests) - _DIGESTS:
        yield told("capabilities", f"digests names {', '.join(sorted(unknown))}; known are {_list(_DIGESTS)}")
    if len(set(able.digests)) != len(able.digests):
        yield told("capabilities", "digests names one twice")
    if not able.schemes or (unknown := set(able.schemes) - _SCHEMES):
        yield told("capabilities", f"schemes is {_list(able.schemes)}; known are {_list(_SCHEMES)}")
    if not able.uptime_resolution > 0:
        yield told("capabilities", f"uptime_resolution is {able.uptime_resolution!r}, and not above 0")


def data_findings(driver: Any) -> Iterator[Finding]:
    """Ask whether names, patterns and lines have their form."""
    told = functools.partial(Finding, "data")
    if not isinstance(driver.platform, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", driver.platform):
        yield told("platform", f"{driver.platform!r} is no platform's name")
    elif driver.platform not in _netmiko():
        yield told("platform", f"netmiko has no device type {driver.platform!r}")
    if not isinstance(driver.aliases, frozenset) or not all(isinstance(one, str) and one for one in driver.aliases):
        yield told("aliases", "is no frozenset of names")
    elif driver.platform in driver.aliases:
        yield told("aliases", "names the platform itself")
    if not isinstance(driver.timeouts, Timeouts):
        yield told("timeouts", "is no Timeouts")
    for name in ("prompt", "refusals"):
        yield from _pattern(name, getattr(driver, name))
    if isinstance(driver.prompt, str) and _compiles(driver.prompt):
        for banner in BANNERS:
            if re.search(rf"(?:^|\n)(?:{driver.prompt})[ \t]*$", banner):
                yield told("prompt", f"matches {banner!r}, which is a line of a banner")
    screens = driver.screens if isinstance(driver, Screens) else ()
    for name, lines in (("preparation", driver.preparation), ("screens", screens)):
        if not isinstance(lines, tuple) or not all(isinstance(line, str) and _LINE.fullmatch(line) for line in lines):
            yield told(name, "is no tuple of lines without control characters")
    for line in screens:
        try:
            check_reading(line)
        except RequestError as error:
            yield told("screens", str(error))


def _pattern(name: str, pattern: Any) -> Iterator[Finding]:
    if not isinstance(pattern, str) or not _compiles(pattern):
        yield Finding("data", name, f"{pattern!r} is no pattern")
    elif re.search(pattern, ""):
        yield Finding("data", name, "matches a line on which nothing stands")


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _names(driver: Any) -> set[str]:
    return {name for kind in optional_protocols() if isinstance(driver, kind) for name in members(kind)}


def _list(words: Any) -> str:
    return ", ".join(sorted(words)) or "empty"


@functools.cache
def _netmiko() -> frozenset[str]:
    from netmiko import platforms  # noqa: PLC0415 - it takes half a second

    return frozenset(platforms)
