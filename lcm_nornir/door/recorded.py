"""A session whose dialogue is kept: for recordings of a switch's words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from nornir.core.task import Task

from lcm_nornir.dialogue import Dialogue, Dialogues, Ended, Exchange, Kind, ReadFacts
from lcm_nornir.dialogue.redaction import is_address
from lcm_nornir.dialogue.screen import TAIL, clean
from lcm_nornir.dialogue.stand_ins import Private
from lcm_nornir.door.session import NetmikoSession
from lcm_nornir.door.target import Call, Heard, Target, perform
from lcm_nornir.drivers.base import Driver, Screens, SwitchFacts
from lcm_nornir.drivers.registry import driver_for
from lcm_nornir.errors import CommandRefused, ReplyTimeout, SessionLost
from lcm_nornir.host_data import lcm_data
from lcm_nornir.image import Image

R = TypeVar("R")

_HARMLESS = frozenset({"yes", "no", "y", "n"})  # answers that are no secret
_ENDED = {ReplyTimeout: Ended.TIMEOUT, SessionLost: Ended.LOST, CommandRefused: Ended.REFUSED}


def dialogues_of(task: Task) -> Dialogues | None:
    """Give where the dialogues of a task's run are kept; None if nobody keeps them."""
    for processor in task.processors:
        dialogues = getattr(processor, "dialogues", None)
        if isinstance(dialogues, Dialogues):
            return dialogues
    return None


class RecordedSession:
    """A `drivers.base.Session` that keeps what is said in another one.

    Args:
        session: The session.
        dialogue: Where it is kept.
    """

    def __init__(self, session: NetmikoSession, dialogue: Dialogue) -> None:
        self.prompt, self.limits, self.vrf = session.prompt, session.limits, session.vrf
        self._session = session
        self._dialogue = dialogue
        self._heard: list[str] = []
        self._method = ""
        if dialogue.prompt != session.name:
            dialogue.known.add(Private.HOST, dialogue.prompt)  # as it called itself before
        dialogue.prompt = session.name
        dialogue.known.secrets.add(session.password())
        session.tap(self._heard.append)

    def perform(self, call: Call, heard: Heard | None = None) -> Any:
        """Make a call as `door.target.perform` does; what it tells of the switch is learnt."""
        self._method = call.method
        for argument in call.args:
            if isinstance(argument, Image):
                self._dialogue.known.versions.add(argument.version)
        result = perform(call, self, heard)
        if isinstance(result, SwitchFacts):
            self._learn(result)
        return result

    def close(self) -> None:
        """The session has ended."""
        self._dialogue.save()

    def send(self, line: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.send`."""
        return self._kept(Kind.LINE, line, lambda: self._session.send(line, until=until, timeout=timeout))

    def hold(self, line: str, *, until: str, timeout: float) -> Iterator[str]:
        """As `Session.hold`; kept as one exchange, when it is over."""
        self._heard.clear()
        begun, ended = time.monotonic(), Ended.LOST
        try:
            yield from self._session.hold(line, until=until, timeout=timeout)
            ended = self._now()
        except (ReplyTimeout, SessionLost) as error:
            ended = _ENDED[type(error)]
            raise
        finally:
            self._keep(Kind.LINE, line, ended, time.monotonic() - begun)

    def answer(self, text: str, *, until: str = "", timeout: float | None = None) -> str:
        """As `Session.answer`."""
        shown = text if text in _HARMLESS else ""
        return self._kept(Kind.ANSWER, shown, lambda: self._session.answer(text, until=until, timeout=timeout))

    def interrupt(self) -> None:
        """As `Session.interrupt`."""
        self._kept(Kind.INTERRUPT, "", self._session.interrupt)

    def password(self) -> str:
        """As `Session.password`."""
        return self._session.password()

    def push(self, image: Image, path: str = "") -> None:
        """As `Session.push`."""
        self._kept(Kind.PUSH, image.name, lambda: self._session.push(image, path))

    def _kept(self, kind: Kind, typed: str, exchange: Callable[[], R]) -> R:
        self._heard.clear()
        begun = time.monotonic()
        try:
            reply = exchange()
        except (ReplyTimeout, SessionLost, CommandRefused) as error:  # after any other there is no reply
            self._keep(kind, typed, _ENDED[type(error)], time.monotonic() - begun)
            raise
        asked = kind is Kind.LINE or kind is Kind.ANSWER
        self._keep(kind, typed, self._now() if asked else Ended.PROMPT, time.monotonic() - begun)
        return reply

    def _now(self) -> Ended:
        is_prompt = re.search(self.prompt, clean("".join(self._heard))[-TAIL:])
        return Ended.PROMPT if is_prompt else Ended.QUESTION

    def _keep(self, kind: Kind, typed: str, ended: Ended, seconds: float) -> None:
        came = "".join(self._heard)
        if self._method == Driver.configuration.__name__ and not self._dialogue.configurations:
            came, ended = "", Ended.LEFT_OUT
        self._dialogue.add(Exchange(typed, came, ended, seconds, kind, self._method))

    def _learn(self, facts: SwitchFacts) -> None:
        known = self._dialogue.known
        known.versions.update(member.version for member in facts.members)
        known.versions.update(slot.version for slot in facts.slots)
        known.add(Private.SERIAL, facts.serial)
        if self._dialogue.facts is None:
            self._dialogue.facts = ReadFacts(
                facts.serial,
                facts.model,
                facts.running,
                {slot.name: slot.version for slot in facts.slots},
                facts.running_slot.name,
                facts.next_boot.name,
            )


def recorded(task: Task, target: Target, session: NetmikoSession) -> RecordedSession | None:
    """Give a session whose dialogue is kept, if somebody keeps the dialogues of the task's run."""
    dialogues = dialogues_of(task)
    if dialogues is None:
        return None
    driver = driver_for(target.platform)
    dialogue = dialogues.of(target.host, f"{target.address}:{target.port}", driver.platform)
    known, screens = dialogue.known, driver.screens if isinstance(driver, Screens) else ()
    known.common = frozenset(re.findall(r"[a-z0-9]+", " ".join((driver.platform, *driver.aliases, *screens)).lower()))
    known.others = frozenset(task.nornir.inventory.hosts)
    for kind, value in (
        (Private.HOST, target.host),
        (Private.HOST, target.address),
        (Private.HOST, "" if is_address(target.address) else target.address.partition(".")[0]),
        (Private.HOST, target.way.address),
        (Private.USER, target.user or target.way.user),
        (Private.SERIAL, str(lcm_data(task.host).get("serial") or "")),
    ):
        known.add(kind, value)
    return RecordedSession(session, dialogue)
