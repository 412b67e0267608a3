"""The OS10 command line: one per session, all on one switch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lcm_nornir.simulator.commandline import CommandLine, find, leave, resizes, shows, stay
from lcm_nornir.simulator.dell_os10 import commands, invented, noise, ports, screens, vlt, xml_screens
from lcm_nornir.simulator.dell_os10.linux import Shell
from lcm_nornir.simulator.dell_os10.switch import Switch
from lcm_nornir.simulator.dialogue import Dialogue, Outcome, hang
from lcm_nornir.simulator.power import Phase

UNRECOGNIZED = "% Error: Unrecognized command."
_SYSTEM = re.compile(r'system\s+(?:"(.*)"|(.*\S))\s*')


@dataclass(slots=True)
class Cli(CommandLine[Switch]):
    """One session's command line.

    Attributes:
        contexts: Names of the configuration contexts that the session is in, outermost first; empty at the exec prompt.
    """

    errors = re.compile(r"(?m)^% Error.*")
    asks_itself = frozenset({"reload"})

    contexts: list[str] = field(default_factory=list)
    _shell: Shell = field(init=False)

    def __post_init__(self) -> None:
        self._shell = Shell(self.switch)

    @property
    def host_name(self) -> str:
        """The host name in force."""
        return self.switch.configuration.hostname

    @property
    def prompt(self) -> str:
        """The prompt of the current context."""
        context = f"({self.contexts[-1]})" if self.contexts else ""
        return f"{self.host_name}{context}# "

    def banner(self) -> str:
        """Give what a login prints before the first prompt."""
        return noise.banner(self.switch)

    def event(self) -> str:
        """Give a line of the switch's log."""
        return noise.event(self.switch)

    def not_yet(self, line: str) -> str:
        """Give what is said of every command while the switch is not ready."""
        del line
        return invented.text(invented.NOT_READY, self.switch.draws) if self.power.phase is Phase.NOT_READY else ""

    def question(self) -> str:
        """Give a question that no document knows."""
        return invented.text(invented.UNEXPECTED_QUESTION, self.switch.draws)

    def invalid(self) -> str:
        """Give what is said of a parameter that a command does not know."""
        return commands.ILLEGAL

    def run(self, line: str) -> Outcome:
        """Run one command line of a switch that is ready for it."""
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
        if words[:1] == ["show"] and self.goes_mute():
            return hang()
        found = find(table, words)
        outcome = found[0](self, found[1]) if found else UNRECOGNIZED if table is COMMANDS else commands.ILLEGAL
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


COMMANDS: dict[str, Command] = {
    "show version": shows(screens.version),
    "show boot": shows(screens.boot),
    "show boot detail": shows(screens.boot_detail),
    "show image status": shows(screens.image_status),
    "show inventory": lambda cli, _words: screens.inventory(cli.switch, cli.width),
    "show license status": shows(screens.license_status),
    "show system": shows(screens.system),
    "show clock": shows(screens.clock),
    "show interface status": shows(ports.interface_status),
    "show lldp neighbors": shows(ports.lldp_neighbors),
    "show ip bgp summary": shows(ports.bgp_summary),
    "show vlt": _vlt,
    "show running-configuration": lambda cli, words: screens.running_configuration(cli.switch, words),
    "show startup-configuration": shows(screens.startup_configuration),
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
    "terminal length": resizes("length"),
    "terminal width": resizes("width"),
    "exit": leave,
    "end": stay,
}
XML: dict[str, Command] = {
    "show version": shows(xml_screens.version),
    "show image status": shows(xml_screens.image_status),
    "show inventory": shows(xml_screens.system),
    "show system": shows(xml_screens.system),
}
