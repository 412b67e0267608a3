"""What a switch says without being asked: floods and warnings before the prompt, and log lines between the lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcm_nornir.simulator import hostile

if TYPE_CHECKING:
    from lcm_nornir.simulator.chassis import Chassis

_FLOOD = 65_536  # characters


@dataclass(frozen=True, slots=True)
class Noise:
    """What the faults ``noisy``, ``alarming-words`` and ``hostile`` let a command line say.

    Attributes:
        traps: Lines of a banner that look like prompts and errors.
        alarm: A warning of something that has nothing to do with what was asked.
    """

    traps: tuple[str, ...]
    alarm: str

    def banner(self, switch: Chassis) -> str:
        """Give what faults add to the banner of a login."""
        text = flood(switch, self.traps)
        if "alarming-words" in switch.faults:
            text += f"{self.alarm}\n"
        if "hostile" in switch.faults:
            text += hostile.words("Authorized access only") + "\n"
        return text

    def warned(self, switch: Chassis, text: str) -> str:
        """Put an alarming warning before the answer to a command that did what it should."""
        return f"{self.alarm}\n{text}".rstrip("\n") if "alarming-words" in switch.faults else text


def flood(switch: Chassis, traps: Iterable[str]) -> str:
    """Repeat the traps of a noisy switch's banner until nobody can have overlooked them; nothing if it is not noisy."""
    line = "".join(traps)
    return line * (_FLOOD // len(line) + 1) if "noisy" in switch.faults else ""


def interrupts(switch: Chassis) -> bool:
    """Tell whether log lines come in between."""
    return "noisy" in switch.faults or "hostile" in switch.faults


def logged(switch: Chassis, event: str) -> str:
    """Give a log line as the switch prints it."""
    return hostile.line(event) if "hostile" in switch.faults else event


def between(switch: Chassis, text: str, event: str) -> str:
    """Put a log line somewhere between the lines of an output."""
    lines = text.split("\n") if text else []
    where = switch.draws.number(f"log line {len(text)}", 0, len(lines))
    return "\n".join([*lines[:where], logged(switch, event), *lines[where:]])
