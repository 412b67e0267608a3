"""The IOS-XE command line: one per session, all on one switch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lcm_nornir.simulator.cisco_xe import (
    commands,
    copying,
    filters,
    install,
    invented,
    moments,
    noise,
    ports,
    screens,
    stack,
)
from lcm_nornir.simulator.cisco_xe.switch import Switch
from lcm_nornir.simulator.commandline import CommandLine, leave, resizes, shows, stay
from lcm_nornir.simulator.dialogue import Ask, Dialogue, Outcome, hang
from lcm_nornir.simulator.power import Phase
from lcm_nornir.simulator.terminal import Terminal

_CONFIGURES = {"boot", "hostname", "ntp", "logging", "snmp-server", "ip", "no", "username", "file", "banner", "archive"}

_WRONG_PASSWORD = "% Access denied\n"  # noqa: S105  # nosec B105 - what is said of a wrong one


_PATIENCE_S, _SHORTEST_S = 600.0, 3.0  # seconds at speed 1 (``exec-timeout 10``), and real seconds at least


class Line(Terminal):
    """A terminal line, which pages as IOS does, and closes when nobody answers its question."""

    more = " --More-- "
    wipe = "\b" * 9 + " " * 8 + "\b" * 9

    def _go_on(self, dialogue: Dialogue, answer: str | None) -> None:
        super()._go_on(dialogue, answer)
        if self._question is not None:
            delay = max(_SHORTEST_S, _PATIENCE_S / self.cli.switch.pace.speed)
            asyncio.get_running_loop().call_later(delay, self._time_out, self._question)

    def _time_out(self, question: Ask) -> None:
        if self._question is question:
            self._end_dialogue()
            self._wire.leave(0)


@dataclass(slots=True)
class Cli(CommandLine[Switch]):
    """One session's command line.

    Attributes:
        privileged: ``enable`` has been given, or the user needs none.
        contexts: Configuration contexts that the session is in: the name for the prompt, and the line that led there.
        monitor: Log lines come between whatever else is shown.
    """

    errors = re.compile(r"(?m)^%Error.*")

    privileged: bool = True
    contexts: list[tuple[str, str]] = field(default_factory=list)
    monitor: bool = False

    @property
    def host_name(self) -> str:
        """The host name in force."""
        return self.switch.configuration.hostname

    @property
    def prompt(self) -> str:
        """The prompt of the current context."""
        context = f"({self.contexts[-1][0]})" if self.contexts else ""
        return f"{self.host_name}{context}{'#' if self.privileged else '>'}"

    def banner(self) -> str:
        """Give what a login prints before the first prompt."""
        return noise.banner(self.switch)

    def monitored(self, text: str) -> str:
        """Give a log line of the installer that comes behind a question, where the session shows such lines."""
        if not (self.monitor or "noisy" in self.switch.faults):
            return ""
        when = moments.logged(self.switch.now())
        return f"\n{when}: %INSTALL-5-INSTALL_START_INFO: R0/0: install_mgr: {text}"

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

    def run(self, line: str) -> Outcome:
        """Run one command line of a switch that is ready for it."""
        if self.contexts:
            return self._configure(line)
        command, bar, wanted = line.partition(" | ")
        outcome = self._command(command.split())
        if not bar:
            return outcome
        return filters.filtered(outcome, wanted) if isinstance(outcome, str) else commands.INVALID

    def _command(self, words: list[str]) -> Outcome:
        name, count = _lookup(words)
        if not name:
            return f'% Ambiguous command:  "{" ".join(words)}"' if count else self.invalid()
        if not self.privileged and not name.startswith(_FOR_ALL):
            return self.invalid()
        if name.startswith("show"):
            if self.goes_mute():
                return hang()
            if self.switch.faults.has(f"garbled:{name}"):
                return invented.text(invented.GARBLED, self.switch.draws)
        outcome = COMMANDS[name](self, words[count:])
        return self.invalid() if outcome == commands.INVALID else outcome

    def invalid(self) -> str:
        """Mark what cannot be understood; where exactly the mark stands is not looked at."""
        return f"{' ' * (len(self.prompt) + 1)}^\n{commands.INVALID}"

    def _configure(self, line: str) -> Outcome:
        words = line.split()
        first, section = words[0], self.contexts[-1][1]
        match words:
            case ["exit"]:
                self.contexts.pop()
            case ["end"]:
                self.contexts.clear()
            case ["do", *rest]:
                return self._command(rest)
            case ["interface" | "line", *_]:
                self.contexts[1:] = [("config-if" if first == "interface" else "config-line", line)]
            case [("description" | "switchport" | "shutdown"), *_] | ["no", ("description" | "shutdown"), *_] if (
                section
            ):
                self.switch.configure(line, section)
            case _ if first in _CONFIGURES and len(words) > 1:
                del self.contexts[1:]
                return self._global(line)
            case _:
                return self.invalid()
        return ""

    def _global(self, line: str) -> str:
        """Take a command that stands in no section."""
        faults = self.switch.faults
        if re.match(r"(no )?boot system\b", line):
            running = self.switch.booted_from.file in line
            roles = ("any", "active" if running else "standby")
            if any(faults.has(f"set-boot-refused:{role}") for role in roles):
                return invented.text(invented.BOOT_REFUSED, self.switch.draws)
            if any(faults.has(f"set-boot-ignored:{role}") for role in roles):
                return ""
        self.switch.configure(line)
        return noise.warned(self.switch, "")


def _lookup(words: list[str]) -> tuple[str, int]:
    """Find a command by its words, each of which may be cut short; the longest one wins.

    Returns:
        Its name and the number of words that it takes; no name and 0 if there is none, no name and more if there are
        several.
    """
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        given = words[:count]
        if " ".join(given) in COMMANDS:
            return " ".join(given), count
        found = [name for name, parts in _PARTS if len(parts) == count and all(map(str.startswith, parts, given))]
        if found:
            return (found[0] if len(found) == 1 else ""), count
    return "", 0


Command = Callable[[Cli, list[str]], Outcome]


def _monitor(cli: Cli, _words: list[str]) -> Outcome:
    cli.monitor = True
    return ""


def _enable(cli: Cli, _words: list[str]) -> Outcome:
    return "" if cli.privileged else _asked_for_password(cli)


def _asked_for_password(cli: Cli) -> Dialogue:
    cli.privileged = (yield Ask("Password: ", hidden=True)) == cli.switch.password
    return "" if cli.privileged else _WRONG_PASSWORD


def _disable(cli: Cli, _words: list[str]) -> Outcome:
    cli.privileged = False
    return ""


def _configure_terminal(cli: Cli, _words: list[str]) -> Outcome:
    cli.contexts.append(("config", ""))
    return "Enter configuration commands, one per line.  End with CNTL/Z."


def _differences(cli: Cli, words: list[str]) -> Outcome:
    good = words in ([], ["nvram:startup-config"], ["nvram:startup-config", "system:running-config"])
    return cli.switch.configuration.differences() if good else commands.INVALID


def _dir(cli: Cli, words: list[str]) -> Outcome:
    good = words in ([], ["flash:"], ["bootflash:"], ["flash:/"])
    return screens.directory(cli.switch) if good else commands.INVALID


COMMANDS: dict[str, Command] = {
    "show version": shows(screens.version),
    "show inventory": shows(screens.inventory),
    "show boot": shows(screens.boot),
    "show clock": shows(screens.clock),
    "show install summary": shows(screens.install_summary),
    "show install active": shows(lambda switch: screens.install_summary(switch, "UC")),
    "show install inactive": shows(lambda switch: screens.install_summary(switch, "I")),
    "show install committed": shows(lambda switch: screens.install_summary(switch, "CD")),
    "show install uncommitted": shows(lambda switch: screens.install_summary(switch, "U")),
    "show install log": shows(screens.install_log),
    "show install rollback": shows(screens.install_rollback),
    "show switch": shows(stack.show_switch),
    "show redundancy": shows(stack.show_redundancy),
    "show redundancy states": shows(stack.show_redundancy_states),
    "show platform": shows(stack.show_platform),
    "show interfaces status": shows(ports.interfaces_status),
    "show ip interface brief": shows(ports.ip_interface_brief),
    "show lldp neighbors": shows(ports.lldp_neighbors),
    "show cdp neighbors": shows(ports.cdp_neighbors),
    "show ip bgp summary": shows(ports.bgp_summary),
    "show running-config": shows(lambda switch: switch.configuration.running_text(switch.running)),
    "show startup-config": shows(lambda switch: switch.configuration.startup_text(switch.running)),
    "show archive config differences": _differences,
    "dir": _dir,
    "copy": copying.copy,
    "delete": commands.delete,
    "verify": commands.verify,
    "install": install.install,
    "write": commands.write,
    "reload": commands.reload,
    "configure terminal": _configure_terminal,
    "terminal length": resizes("length"),
    "terminal width": resizes("width"),
    "terminal monitor": _monitor,
    "enable": _enable,
    "disable": _disable,
    "exit": leave,
    "end": stay,
}
_PARTS = [(name, name.split()) for name in COMMANDS]
_MOST_WORDS = max(len(parts) for _name, parts in _PARTS)
# What needs no privileges.
_FOR_ALL = ("show version", "show clock", "show inventory", "show switch", "terminal", "enable", "disable", "exit")
