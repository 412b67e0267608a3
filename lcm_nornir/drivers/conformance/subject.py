"""A driver with its recordings, and all calls that can be played from them: made once, asked often."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

from lcm_nornir.dialogue import Ended, Recording
from lcm_nornir.drivers.conformance.material import COMMANDS, GIVEN_QUERIES, QUERIES, Material, material_of
from lcm_nornir.drivers.conformance.plays import Play, play, plays_of


class Place(NamedTuple):
    """A place at which a call was recorded: in which recording, of which method, and the plays that fit it."""

    recording: str
    method: str
    number: int
    plays: tuple[Play, ...]


@dataclass
class Subject:
    """Who is asked.

    Attributes:
        driver: The driver; it may lack what the protocols say.
        recordings: Recordings of its OS, by their names.
    """

    driver: Any
    recordings: Mapping[str, Recording]

    @cached_property
    def material(self) -> dict[str, Material]:
        """What each recording names."""
        return {name: material_of(self.driver, recording) for name, recording in self.recordings.items()}

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place at which a call was recorded, in order."""
        return tuple(self._places())

    @cached_property
    def queries(self) -> tuple[tuple[str, Play], ...]:
        """Plays of queries, each with its recording's name; the same words to the same query once."""
        found: dict[Any, tuple[str, Play]] = {}
        for place in self.places:
            if place.method not in COMMANDS:
                for fitting in place.plays:
                    found.setdefault(_key(fitting), (place.recording, fitting))
        for name, recording in self.recordings.items():  # what was typed for another query may answer this one, too
            for method in QUERIES:
                if hasattr(self.driver, method) and (one := play(self.driver, method, recording)):
                    found.setdefault(_key(one), (name, one))
        return tuple(found.values())

    @property
    def commands(self) -> tuple[Place, ...]:
        """The places at which something was changed."""
        return tuple(place for place in self.places if place.method in COMMANDS)

    def _places(self) -> Iterator[Place]:
        for name, recording in self.recordings.items():
            for method in (*QUERIES, *GIVEN_QUERIES, *COMMANDS):
                if not hasattr(self.driver, method):
                    continue
                candidates = partial(self.material[name].candidates, method)
                for number, plays in plays_of(self.driver, method, recording, candidates):
                    if plays or recording.exchanges[number].ended is not Ended.LEFT_OUT:
                        yield Place(name, method, number, plays)


def _key(one: Play) -> Any:
    return one.method, tuple((exchange.typed, exchange.came, exchange.ended) for exchange in one.exchanges)
