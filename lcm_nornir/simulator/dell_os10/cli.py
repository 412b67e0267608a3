"""The OS10 command line: one per session, all on one switch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lcm_nornir.simulator import hostile
from lcm_nornir.simulator.dell_os10 import commands, invented, noise, ports, screens, vlt, xml_screens
from lcm_nornir.simulator.dell_os10.linux import Shell
from lcm_nornir.simulator.dialogue import Dialogue, Hang, Outcome
from lcm_nornir.simulator.power import Phase, Power

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

UNRECOGNIZED = "% Error: Unrecognized command."
_MOST_WORDS = 4  # of a command's name
_SYSTEM = re.compile(r'system\s+(?:"(.*)"|(.*\S))\s*')


@dataclass(slots=True)
class Cli:
    """One session's command line.

    Attributes:
        switch: The switch.
        power: Its life cycle.
        length: Lines of the terminal; 0 switches paging off.
        width: Columns of the terminal; 0 means that nothing is ever cut.
        contexts: Names of the configuration contexts that the session is in, outermost first; empty at the exec prompt.
        paged: The output of the last command may be paged.
        ended: The session has been left with ``exit``.
    """

    switch: Switch
    power: Power
    length: int = 24
    width: int = 80
    contexts: list[str] = field(default_factory=list)
    paged: bool = True
    ended: bool = False
    _shell: Shell = field(init=False)
    _shown: int = 0

    def __post_init__(self) -> None:
        self._shell = Shell(self.switch)

    @property
    def prompt(self) -> str:
        """The prompt of the current context."""
        context = f"({self.contexts[-1]})" if self.contexts else ""
        return f"{self.switch.configuration.hostname}{context}# "

    def banner(self) -> str:
        """Give what a login prints before the first prompt."""
        return noise.banner(self.switch)

    def printed(self, text: str) -> str:
        """Let faults add hostile words to errors, and log lines to everything."""
        faults = self.switch.faults
        if "hostile" in faults:
            text = re.sub("(?m)^% Error.*", lambda error: hostile.error(self.switch, error[0]), text)
        return noise.between(self.switch, text) if "noisy" in faults or "hostile" in faults else text

    def execute(self, line: str) -> Outcome:
        """Run one command line."""
        self.paged = True
        line = line.strip()
        if not line or line.startswith("!"):
            return ""
        if self.power.phase is Phase.NOT_READY:
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
        if self.contexts:
            return self._configure(line)
        shell = _SYSTEM.fullmatch(line)
        if shell is not None:
            return self._system(shell[1] or shell[2] or "")
        if self.switch.recorded and line in self.switch.recorded.words:
            return self.switch.recorded.words[line]
        command, *filters = (part.strip() for part in line.split(" | "))
        return self._filtered(command, filters)

    def _system(self, line: str) -> Dialogue:
        if "no-system" in self.switch.faults:
            return invented.text(invented.SYSTEM_DISABLED, self.switch.draws)
        return (yield from self._shell.run(line))

    def _filtered(self, command: str, filters: list[str]) -> Outcome:
        table = COMMANDS
        if filters and filters[0] == "display-xml":
            table, filters = XML, filters[1:]
        words = command.split()
        if words[0] == "show" and self._mute():
            return self._hang()
        outcome = self._lookup(table, words)
        if table is COMMANDS and self.switch.faults.has(f"garbled:{command}"):
            outcome = invented.text(invented.GARBLED, self.switch.draws)
        for text in filters:
            name, _, argument = text.partition(" ")
            if not isinstance(outcome, str):
                return commands.ILLEGAL
            if name == "no-more":
                self.paged = False
            elif name == "grep" and argument:
                outcome = "\n".join(row for row in outcome.split("\n") if argument.strip('"') in row)
            else:
                return commands.ILLEGAL
        return outcome

    def _lookup(self, table: dict[str, Command], words: list[str]) -> Outcome:
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            command = table.get(" ".join(words[:count]))
            if command is not None:
                return command(self, words[count:])
        return UNRECOGNIZED if table is COMMANDS else commands.ILLEGAL

    def _mute(self) -> bool:
        self._shown += 1
        return "mute" in self.switch.faults and self._shown > self.switch.faults.number("mute")

    def _hang(self) -> Dialogue:
        yield Hang()
        return ""

    def _configure(self, line: str) -> str:
        words = line.split()
        match words:
            case ["exit"]:
                self.contexts.pop()
            case ["end"]:
                self.contexts.clear()
            case ["do", *rest]:
                outcome = self._filtered(" ".join(rest), [])
                return outcome if isinstance(outcome, str) else UNRECOGNIZED
            case ["interface", name]:
                self.contexts.append(f"conf-if-{name}")
            case ["hostname" | "description" | "ntp" | "logging" | "snmp-server" | "ip" | "no", _, *_]:
                self.switch.configure(line)
            case _:
                return UNRECOGNIZED
        return ""


Command = Callable[[Cli, list[str]], Outcome]


def _shows(screen: Callable[[Switch], str]) -> Command:
    """Make a command of a screen that takes no arguments."""
    return lambda cli, words: commands.ILLEGAL if words else screen(cli.switch)


def _terminal(name: str) -> Command:
    def command(cli: Cli, words: list[str]) -> Outcome:
        if len(words) != 1 or not words[0].isdecimal():
            return commands.ILLEGAL
        setattr(cli, name, int(words[0]))
        return ""

    return command


def _configure_terminal(cli: Cli, _words: list[str]) -> Outcome:
    cli.contexts.append("config")
    return ""


def _vlt(cli: Cli, words: list[str]) -> Outcome:
    peer = cli.switch.peer
    match words:
        case ["1"] if peer is not None:
            return vlt.pair(cli.switch, peer)
        case ["1", "vlt-port-detail"] if peer is not None:
            return vlt.port_detail(cli.switch, peer)
    return commands.ILLEGAL


def _exit(cli: Cli, _words: list[str]) -> Outcome:
    cli.ended = True
    return ""


COMMANDS: dict[str, Command] = {
    "show version": _shows(screens.version),
    "show boot": _shows(screens.boot),
    "show boot detail": _shows(screens.boot_detail),
    "show image status": _shows(screens.image_status),
    "show inventory": lambda cli, _words: screens.inventory(cli.switch, cli.width),
    "show license status": _shows(screens.license_status),
    "show system": _shows(screens.system),
    "show clock": _shows(screens.clock),
    "show interface status": _shows(ports.interface_status),
    "show lldp neighbors": _shows(ports.lldp_neighbors),
    "show ip bgp summary": _shows(ports.bgp_summary),
    "show vlt": _vlt,
    "show running-configuration": lambda cli, words: screens.running_configuration(cli.switch, words),
    "show startup-configuration": _shows(screens.startup_configuration),
    "dir image": lambda cli, _words: screens.directory("image", cli.switch.disk.images),
    "dir home": lambda cli, _words: screens.directory("home", cli.switch.disk.home),
    "image download": commands.image_download,
    "image install": commands.image_install,
    "image cancel": commands.image_cancel,
    "image verify": commands.image_verify,
    "boot system": commands.boot_system,
    "write memory": commands.save,
    "copy running-configuration startup-configuration": commands.save,
    "delete": commands.delete,
    "reload": commands.reload,
    "configure terminal": _configure_terminal,
    "terminal length": _terminal("length"),
    "terminal width": _terminal("width"),
    "exit": _exit,
    "end": lambda _cli, _words: "",
}
XML: dict[str, Command] = {
    "show version": _shows(xml_screens.version),
    "show image status": _shows(xml_screens.image_status),
    "show inventory": _shows(xml_screens.system),
    "show system": _shows(xml_screens.system),
}
