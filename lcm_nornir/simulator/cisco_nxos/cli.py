"""The NX-OS command line: one per session, all on one switch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lcm_nornir.simulator.cisco_nxos import commands, copying, files, hardware, invented, noise, ports, screens, vpc
from lcm_nornir.simulator.cisco_nxos.switch import Switch
from lcm_nornir.simulator.commandline import CommandLine, find, leave, shows, stay
from lcm_nornir.simulator.dialogue import Outcome

INVALID = "% Invalid command at '^' marker."
# What changes something or reads the configuration that is still being replayed.
_NOT_YET = ("configure", "copy", "install", "reload", "delete")
_LINES = re.compile(r"(no|hostname|description|ntp|logging|snmp-server|ip|feature|banner|vlan|shutdown|switchport)\b")


@dataclass(slots=True)
class Cli(CommandLine[Switch]):
    """One session's command line.

    Attributes:
        contexts: Names of the configuration contexts that the session is in, outermost first; empty at the exec prompt.
        dont_ask: The session said ``terminal dont-ask``.
    """

    errors = re.compile(r"(?m)^% .*")
    asks_itself = frozenset({"reload"})

    contexts: list[str] = field(default_factory=list)
    dont_ask: bool = False
    _interface: str = ""

    @property
    def host_name(self) -> str:
        """The host name in force."""
        return self.switch.configuration.host_name

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
        """Give what is said of what must wait until the switch is ready."""
        waits = not self.switch.is_ready and line.startswith(_NOT_YET)
        return invented.text(invented.NOT_READY, self.switch.draws) if waits else ""

    def question(self) -> str:
        """Give a question that no document knows."""
        return invented.text(invented.UNEXPECTED_QUESTION, self.switch.draws)

    def invalid(self) -> str:
        """Give what is said of a line that is no command: the mark stands below where it ends to be one."""
        return f"{' ' * (len(self.prompt) + self.typed.rfind(' ') + 1)}^\n{INVALID}"

    def run(self, line: str) -> Outcome:
        """Run one command line of a switch that is ready for it."""
        configured = self._configure(line) if self.contexts else None
        if configured is not None:
            return configured
        command, *filters = (part.strip() for part in line.split(" | "))
        found = find(COMMANDS, command.split())
        outcome = found[0](self, found[1]) if found else self.invalid()
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
        try:
            pattern = re.compile(wanted)
        except re.error:
            return self.invalid()
        if name in {"include", "inc", "grep", "egrep"} and wanted:
            return "\n".join(line for line in lines if pattern.search(line))
        if name in {"exclude", "exc"} and wanted:
            return "\n".join(line for line in lines if not pattern.search(line))
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


COMMANDS: dict[str, Command] = {
    "show version": shows(screens.version),
    "show inventory": shows(hardware.inventory),
    "show module": shows(hardware.module),
    "show system redundancy status": shows(hardware.redundancy),
    "show boot": shows(screens.boot),
    "show clock": shows(screens.clock),
    "show logging logfile": shows(screens.logfile),
    "show running-config": lambda cli, words: screens.running_config(cli.switch, words) or cli.invalid(),
    "show running-config diff": lambda cli, words: screens.difference(cli.switch, words),
    "show startup-config": shows(screens.startup_config),
    "show system config reload-pending": shows(lambda _switch: ""),
    "show system reset-reason": shows(screens.reset_reason),
    "show feature": shows(screens.feature),
    "show interface status": shows(ports.interface_status),
    "show lldp neighbors": shows(ports.lldp_neighbors),
    "show ip bgp summary vrf all": shows(ports.bgp_summary),
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
    "exit": leave,
    "end": stay,
}
