"""Does the driver have what the protocols say, and do its data agree with each other?"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

from lcm_nornir.drivers import base
from lcm_nornir.drivers.base import Capabilities, Driver, HasPaths, Screens
from lcm_nornir.drivers.conformance.finding import Finding
from lcm_nornir.drivers.paths import Jump, Rule, verdict
from lcm_nornir.drivers.reading import check_reading
from lcm_nornir.errors import RequestError
from lcm_nornir.timeouts import Timeouts

_DIGESTS = frozenset({"sha256", "sha512"})
_SCHEMES = frozenset({"file", "ftp", "http", "https", "scp", "sftp", "tftp"})
_MARKS = frozenset("SVFT")
_SOURCE = re.compile(r" https://\S+$")
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
    able = driver.capabilities
    if not isinstance(able, Capabilities):
        yield Finding("capabilities", "capabilities", "is no Capabilities")
        return
    for name, hint in get_type_hints(Capabilities).items():
        if (words := get_args(hint)) and isinstance(words[0], str) and getattr(able, name) not in words:
            detail = f"{name} is {getattr(able, name)!r}, and not one of {', '.join(words)}"
            yield Finding("capabilities", "capabilities", detail)
    is_method = able.no_return in _names(driver) and callable(getattr(driver, able.no_return, None))
    for is_wrong, detail in (
        (not is_method, f"no_return is {able.no_return!r}, which is none of its methods"),
        (
            able.install == "with_copy" and able.no_return == "install",
            "no_return is 'install', which changes nothing where it comes with_copy",
        ),
        (able.slots < 1, f"slots is {able.slots!r}, and a switch holds one image at least"),
        (set(able.digests) - _DIGESTS, f"digests is {_list(able.digests)}; known are {_list(_DIGESTS)}"),
        (len(set(able.digests)) < len(able.digests), "digests names one twice"),
        (
            not able.schemes or set(able.schemes) - _SCHEMES,
            f"schemes is {_list(able.schemes)}; known are {_list(_SCHEMES)}",
        ),
        (not able.uptime_resolution > 0, f"uptime_resolution is {able.uptime_resolution!r}, and not above 0"),
    ):
        if is_wrong:
            yield Finding("capabilities", "capabilities", detail)


def data_findings(driver: Any) -> Iterator[Finding]:
    """Ask whether names, patterns and lines have their form."""
    aliases, platform = driver.aliases, driver.platform
    are_names = isinstance(aliases, frozenset) and all(isinstance(one, str) and one for one in aliases)
    for is_wrong, name, detail in (
        (platform not in _netmiko(), "platform", f"netmiko has no device type {platform!r}"),
        (not are_names, "aliases", "is no frozenset of names"),
        (are_names and platform in aliases, "aliases", "names the platform itself"),
        (not isinstance(driver.timeouts, Timeouts), "timeouts", "is no Timeouts"),
    ):
        if is_wrong:
            yield Finding("data", name, detail)
    yield from _pattern("refusals", driver.refusals)
    yield from _prompt(driver.prompt)
    yield from _lines("preparation", driver.preparation)
    if isinstance(driver, HasPaths):
        yield from (Finding("data", "paths", detail) for detail in _paths(driver.paths))
    if isinstance(driver, Screens):
        yield from _lines("screens", driver.screens)
        yield from _screens(driver.screens)


def _paths(rules: Any) -> Iterator[str]:
    """Tell what is wrong with upgrade paths; who may only go by others must come to the end by them."""
    if not isinstance(rules, tuple) or not all(isinstance(rule, Rule) for rule in rules):
        yield "is no tuple of rules"
        return
    for rule in rules:
        name = f"{rule.running} to {_list(rule.targets)}"
        if not rule.running or not rule.targets or not all(rule.targets) or not rule.about:
            yield f"{name}: does not tell all of running, targets and about"
        if not _SOURCE.search(rule.source):
            yield f"{name}: its source ends in no address"
        if rule.mark not in _MARKS:
            yield f"{name}: its mark is {rule.mark!r}, and not one of {_list(_MARKS)}: from memory is no source"
        start = next((release for release in rule.first if release.startswith(rule.running)), rule.running)
        steps = [release for release in rule.first if release != start]
        for target in rule.targets:
            found = verdict(rules, start, f"{target}1")
            if found.first != (steps[0] if steps else "") or found.jump not in (Jump.GOOD, Jump.INDIRECT):
                yield f"{name}: another rule goes before it to {target}, or its releases lead nowhere"


def _prompt(pattern: Any) -> Iterator[Finding]:
    wrong = list(_pattern("prompt", pattern))
    yield from wrong
    for banner in () if wrong else BANNERS:
        if re.search(rf"^(?:{pattern})[ \t]*$", banner):
            yield Finding("data", "prompt", f"matches {banner!r}, which is a line of a banner")


def _lines(name: str, lines: Any) -> Iterator[Finding]:
    if not isinstance(lines, tuple) or not all(isinstance(line, str) and _LINE.fullmatch(line) for line in lines):
        yield Finding("data", name, "is no tuple of lines without control characters")


def _screens(lines: tuple[str, ...]) -> Iterator[Finding]:
    for line in lines:
        try:
            check_reading(line)
        except RequestError as error:
            yield Finding("data", "screens", str(error))


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
    kinds = (Driver, *(kind for kind in optional_protocols() if isinstance(driver, kind)))
    return {name for kind in kinds for name in members(kind)}


def _list(words: Any) -> str:
    return ", ".join(sorted(words)) or "empty"


@functools.cache
def _netmiko() -> frozenset[str]:
    from netmiko import platforms  # noqa: PLC0415 - it takes half a second

    return frozenset(platforms)
