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
        slots_at: The slots as they were read, each time with the number of the exchange at which that began.
        images: Images that were copied or installed, as far as can be told.
        names: Names of files.
    """

    facts: tuple[SwitchFacts, ...]
    slots_at: tuple[tuple[int, tuple[Slot, ...]], ...]
    images: tuple[Image, ...]
    names: tuple[str, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All slots, each state that one was in."""
        return tuple(dict.fromkeys(slot for _, slots in self.slots_at for slot in slots))

    def slots_before(self, number: int) -> tuple[Slot, ...]:
        """Give the slots as they were read last before an exchange; all of them if they were not."""
        before = [slots for start, slots in self.slots_at if start < number]
        return before[-1] if before else self.slots

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that were read."""
        members = (member.version for facts in self.facts for member in facts.members)
        return tuple(dict.fromkeys(one for one in (*(slot.version for slot in self.slots), *members) if one))

    def candidates(self, method: str, number: int) -> list[tuple[Any, ...]]:
        """Give what a call of a method may have been given that begins at an exchange."""
        match method:
            case "copy" | "install" | "check":
                return [(image,) for image in self.images]
            case "digest":
                return [(image, _TIMEOUT) for image in self.images]
            case "set_next_boot" | "activate" | "flaws":
                return [(slot,) for slot in self.slots_before(number)]
            case "delete":
                return [(name,) for name in self.names]
            case "reload":
                return [("save",), ("refuse",)]
            case _:
                return [()]


def material_of(driver: Any, recording: Recording) -> Material:
    """Gather what a recording names."""
    read = tuple(_read(driver, recording))
    facts = tuple(value for _, value in read if isinstance(value, SwitchFacts))
    slots_at = tuple((number, value.slots if isinstance(value, SwitchFacts) else value) for number, value in read)
    found = Material(facts, slots_at, (), ())
    typed = [one.typed for one in recording.exchanges if one.call in _WITH_IMAGES and one.kind is not Kind.ANSWER]
    urls = dict.fromkeys(url for line in typed for url in _URL.findall(line))
    names = dict.fromkeys(name for line in typed for name in _NAME.findall(line))
    images = [image for url in (*urls, *map(_PUSHED_FROM.__add__, names)) for image in _images(url, found.versions)]
    return Material(facts, slots_at, tuple(images), tuple(names))


def _read(driver: Any, recording: Recording) -> Iterator[tuple[int, Any]]:
    starts = [(n, one.call) for n, one in enumerate(recording.exchanges) if one.call in ("facts", "slots")]
    for start, method in starts or [(0, "facts"), (0, "slots")]:
        played = play(driver, method, recording, start)
        if played and played.is_good and played.heard[:1] == (start,):
            yield start, played.value


def _images(url: str, versions: tuple[str, ...]) -> Iterator[Image]:
    for version in versions or ("0",):
        try:
            yield Image(url=url, version=version, sha256="0" * 64)
            yield Image(url=url, version=version, sha512="0" * 128)
        except RequestError:
            return
