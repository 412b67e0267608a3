"""What a recording's calls may have been given (images, slots, names): a recording tells only what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lcm_nornir.dialogue import Kind, Recording
from lcm_nornir.drivers.base import Slot, SwitchFacts
from lcm_nornir.drivers.conformance.plays import play
from lcm_nornir.errors import RequestError
from lcm_nornir.image import Image

QUERIES = ("facts", "slots", "free", "boot_identity", "installer", "configuration", "commitment")
"""Methods that only read and need nothing but the session."""
GIVEN_QUERIES = ("digest", "flaws", "check")
"""Methods that only read and are told of what."""
COMMANDS = (
    "copy",
    "install",
    "set_next_boot",
    "save_config",
    "reload",
    "delete",
    "cancel",
    "commit",
    "activate",
)
"""Methods that change something."""

_URL = re.compile(r"\b[a-z][a-z0-9]{1,15}://[^\s'\"?#;|]+")
_NAME = re.compile(r"(?<![\w.+-])[0-9A-Za-z_][0-9A-Za-z._+-]*\.[0-9A-Za-z._+-]*[0-9A-Za-z](?![\w.+-])")
_PUSHED_FROM = "http://192.0.2.1/"
_WITH_IMAGES = ("copy", "install", "digest", "delete", "check", "activate")
_TIMEOUT = 300.0  # seconds


@dataclass(frozen=True, slots=True)
class Material:
    """What one recording names.

    Attributes:
        facts: All facts that the driver reads in it.
        slots: All slots, each state that it was in.
        images: Images that were copied or installed, as far as can be told.
        names: Names of files.
    """

    facts: tuple[SwitchFacts, ...]
    slots: tuple[Slot, ...]
    images: tuple[Image, ...]
    names: tuple[str, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that were read."""
        slots = (*self.slots, *(slot for facts in self.facts for slot in facts.slots))
        members = (member.version for facts in self.facts for member in facts.members)
        return tuple(dict.fromkeys(version for version in (*(s.version for s in slots), *members) if version))

    def candidates(self, method: str) -> list[tuple[Any, ...]]:
        """Give what a call of a method may have been given."""
        match method:
            case "copy" | "install" | "check":
                return [(image,) for image in self.images]
            case "digest":
                return [(image, _TIMEOUT) for image in self.images]
            case "set_next_boot" | "activate" | "flaws":
                return [(slot,) for slot in self.slots]
            case "delete":
                return [(name,) for name in self.names]
            case "reload":
                return [("save",), ("refuse",)]
            case _:
                return [()]


def material_of(driver: Any, recording: Recording) -> Material:
    """Gather what a recording names."""
    facts = tuple(value for value in _read(driver, "facts", recording) if isinstance(value, SwitchFacts))
    slots = dict.fromkeys(slot for one in _read(driver, "slots", recording) if isinstance(one, tuple) for slot in one)
    slots |= dict.fromkeys(slot for one in facts for slot in one.slots)
    found = Material(facts, tuple(slots), (), ())
    typed = [one.typed for one in recording.exchanges if one.call in _WITH_IMAGES and one.kind is not Kind.ANSWER]
    urls = dict.fromkeys(url for line in typed for url in _URL.findall(line))
    names = dict.fromkeys(name for line in typed for name in _NAME.findall(line))
    images = [image for url in (*urls, *map(_PUSHED_FROM.__add__, names)) for image in _images(url, found.versions)]
    return Material(facts, tuple(slots), tuple(images), tuple(names))


def _read(driver: Any, method: str, recording: Recording) -> Iterator[Any]:
    starts = [0, *(n for n, one in enumerate(recording.exchanges) if one.call in ("facts", "slots"))]
    for start in starts:
        played = play(driver, method, recording, start)
        if played and played.is_good:
            yield played.value


def _images(url: str, versions: tuple[str, ...]) -> Iterator[Image]:
    for version in versions or ("0",):
        try:
            yield Image(url=url, version=version, sha256="0" * 64)
            yield Image(url=url, version=version, sha512="0" * 128)
        except RequestError:
            return
