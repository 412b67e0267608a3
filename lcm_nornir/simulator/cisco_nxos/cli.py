"""The NX-OS command line: one per session, all on one switch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lcm_nornir.simulator import hostile
from lcm_nornir.simulator.cisco_nxos import commands, copying, files, hardware, invented, noise, ports, screens, vpc
from lcm_nornir.simulator.dialogue import Dialogue, Outcome

if TYPE_CHECKING:
    from lcm_nornir.simulator.cisco_nxos.switch import Switch
    from lcm_nornir.simulator.power import Power

INVALID = "% Invalid command at '^' marker."
_MOST_WORDS = 6  # of a command's name
# What changes something or reads the configuration that is still being replayed.
_NOT_YET = ("configure", "copy", "install", "reload", "delete")
_LINES = re.compile(r"(no|hostname|description|ntp|logging|snmp-server|ip|feature|banner|vlan|shutdown|switchport)\b")


@dataclass(slots=True)
class Cli:
    """One session's command line.

    Attributes:
        switch: The switch.
        power: Its life cycle.
        length: Lines of the terminal; 0 switches paging off.
        width: Columns of the terminal.
        contexts: Names of the configuration contexts that the session is in, outermost first; empty at the exec prompt.
        dont_ask: The session said ``terminal dont-ask``.
        paged: The output of the last command may be paged.
        ended: The session has been left with ``exit``.
    """

    switch: Switch
    power: Power
    length: int = 24
    width: int = 80
    contexts: list[str] = field(default_factory=list)
    dont_ask: bool = False
    paged: bool = True
    ended: bool = False
    _typed: str = ""
    _interface: str = ""

    @property
    def prompt(self) -> str:
        """The prompt of the current context."""
        context = f"({self.contexts[-1]})" if self.contexts else ""
        return f"{self.switch.configuration.host_name}{context}# "

    def banner(self) -> str:
        """Give what a login prints before the first prompt."""
        return noise.banner(self.switch)

    def printed(self, text: str) -> str:
        """Let faults add hostile words to errors, and log lines to everything."""
        faults = self.switch.faults
        if "hostile" in faults:
            text = re.sub("(?m)^% .*", lambda error: hostile.error(self.switch, error[0]), text)
        return noise.between(self.switch, text) if "noisy" in faults or "hostile" in faults else text

    def invalid(self) -> str:
        """Give what is said of a line that is no command: the mark stands below where it ends to be one."""
        return f"{' ' * (len(self.prompt) + self._typed.rfind(' ') + 1)}^\n{INVALID}"

    def execute(self, line: str) -> Outcome:
        """Run one command line."""
        self.paged, self._typed = True, line
        line = line.strip()
        if not line or line.startswith("!"):
            return ""
        if not self.switch.is_ready and line.startswith(_NOT_YET):
            return invented.text(invented.NOT_READY, self.switch.draws)
        faults = self.switch.faults
        if (
            "unexpected-question" in faults
            and not faults.has("unexpected-question:reload")
            and line.startswith(faults.argument("unexpected-question"))
        ):
            return self._questioned(line)
        return self._run(line)

    def _questioned(self, line: str) -> Dialogue:
        if not (yield from commands.unexpected(self)):
            return ""
        outcome = self._run(line)
        return outcome if isinstance(outcome, str) else (yield from outcome)

    def _run(self, line: str) -> Outcome:
        configured = self._configure(line) if self.contexts else None
        if configured is not None:
            return configured
        command, *filters = (part.strip() for part in line.split(" | "))
        outcome = self._lookup(command.split())
        if self.switch.faults.has(f"garbled:{command}"):
            outcome = invented.text(invented.GARBLED, self.switch.draws)
        for text in filters:
            if not isinstance(outcome, str):
                return self.invalid()
            outcome = self._filtered(outcome, *text.split(" ", 1))
        return outcome

    def _filtered(self, text: str, name: str, argument: str = "") -> str:
        wanted = argument.strip().strip("'\"")
        lines = text.split("\n")
        if name == "no-more":
            self.paged = False
            return text
        if name in {"include", "inc", "grep", "egrep"} and wanted:
            return "\n".join(line for line in lines if re.search(wanted, line))
        if name in {"exclude", "exc"} and wanted:
            return "\n".join(line for line in lines if not re.search(wanted, line))
        return self.invalid()

    def _lookup(self, words: list[str]) -> Outcome:
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            command = COMMANDS.get(" ".join(words[:count]))
            if command is not None:
                return command(self, words[count:])
        return self.invalid()

    def _configure(self, line: str) -> Outcome | None:
        """Take one line of the configuration; None if it is a command of the exec prompt, which work here too."""
        words = line.split()
        match words:
            case ["exit"]:
                self.contexts.pop()
            case ["end"]:
                self.contexts.clear()
            case ["interface", name]:
                self.contexts.append("config-if")
                self._interface = name
            case ["boot", "nxos", path]:
                return commands.boot_nxos(self, path)
            case [first, *rest] if _LINES.match(line) and (rest or first == "shutdown"):
                self.switch.configure(line, self._interface if self.contexts[-1] == "config-if" else "")
            case _:
                return None
        return ""


Command = Callable[[Cli, list[str]], Outcome]


def _shows(screen: Callable[[Switch], str]) -> Command:
    """Make a command of a screen that takes no arguments."""
    return lambda cli, words: cli.invalid() if words else screen(cli.switch)


def _terminal(cli: Cli, words: list[str]) -> Outcome:
    match words:
        case ["dont-ask"]:
            cli.dont_ask = True
        case ["no", "dont-ask"]:
            cli.dont_ask = False
        case ["length" | "width" as name, number] if number.isdecimal():
            setattr(cli, name, int(number))
        case ["monitor" | "no", *_]:
            pass
        case _:
            return cli.invalid()
    return ""


def _configure_terminal(cli: Cli, words: list[str]) -> Outcome:
    if words not in (["terminal"], ["t"], []):
        return cli.invalid()
    cli.contexts.append("config")
    return "Enter configuration commands, one per line. End with CNTL/Z."


def _copy(cli: Cli, words: list[str]) -> Outcome:
    return copying.copy(cli, words) if words and ":" in words[0] else commands.save(cli, words)


def _exit(cli: Cli, _words: list[str]) -> Outcome:
    cli.ended = True
    return ""


COMMANDS: dict[str, Command] = {
    "show version": _shows(screens.version),
    "show inventory": _shows(hardware.inventory),
    "show module": _shows(hardware.module),
    "show system redundancy status": _shows(hardware.redundancy),
    "show boot": _shows(screens.boot),
    "show clock": _shows(screens.clock),
    "show logging logfile": _shows(screens.logfile),
    "show running-config": lambda cli, words: screens.running_config(cli.switch, words) or cli.invalid(),
    "show running-config diff": lambda cli, words: screens.difference(cli.switch, words),
    "show startup-config": _shows(screens.startup_config),
    "show system config reload-pending": _shows(lambda _switch: ""),
    "show system reset-reason": _shows(screens.reset_reason),
    "show feature": _shows(screens.feature),
    "show interface status": _shows(ports.interface_status),
    "show lldp neighbors": _shows(ports.lldp_neighbors),
    "show ip bgp summary vrf all": _shows(ports.bgp_summary),
    "show vpc": lambda cli, _words: vpc.pair(cli.switch) or invented.text(invented.NO_VPC, cli.switch.draws),
    "show install all status": commands.install_status,
    "show install all impact": commands.impact,
    "show incompatibility-all nxos": lambda cli, words: screens.incompatibility(cli.switch, words) or cli.invalid(),
    "show file": lambda cli, words: files.digest(cli.switch, words) or cli.invalid(),
    "dir": lambda cli, words: files.directory(cli.switch, words) or cli.invalid(),
    "copy": _copy,
    "delete": commands.delete,
    "install all": commands.install_all,
    "reload": commands.reload,
    "configure": _configure_terminal,
    "terminal": _terminal,
    "exit": _exit,
    "end": lambda _cli, _words: "",
}
