"""The switch's own programs, but for the two that are long enough for a module of their own."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from lcm_nornir.simulator import times
from lcm_nornir.simulator.sonic import configuration, curl, installer, processes, screens
from lcm_nornir.simulator.sonic.folder import CAPACITY, MEMORY

if TYPE_CHECKING:
    from lcm_nornir.simulator.sonic.gate import Call
    from lcm_nornir.simulator.sonic.switch import Switch

_NOT_ROOT = "Root privileges are required for this operation"
_NEXT_IS_BAD = 21
_TRIES = 3  # sudo's own default
_NOT_READY = "Error: Failed to connect to the database: Unable to connect to redis"
_GARBLED = "Segmentation fault (core dumped)"
_KB, _MB = 1024, 1024**2
_USAGE = 2
Program = Callable[["Switch", "Call"], Awaitable[int]]

# Command line of ``show``; whether it needs the database, which a switch that boots does not have yet; the screen.
_SHOWS: dict[str, tuple[bool, Callable[[Switch], str]]] = {
    "version": (False, screens.version),
    "boot": (False, screens.boot),
    "uptime": (False, screens.pretty_uptime),
    "reboot-cause": (False, lambda switch: switch.reason),
    "platform summary": (False, screens.platform_summary),
    "platform syseeprom": (False, screens.syseeprom),
    "system-health sysready-status brief": (False, screens.sysready),
    "interfaces status": (True, screens.interfaces),
    "lldp table": (True, screens.lldp),
    "ip bgp summary": (True, screens.bgp),
    "runningconfiguration all": (True, screens.running_configuration),
}


async def run(switch: Switch, call: Call) -> int:
    """Run one of the programs."""
    line = switch.shown(" ".join((call.name, *call.words)))
    if switch.faults.has(f"garbled:{line}") or switch.faults.has(f"garbled:{line.replace('_', '-')}"):
        call.complain(_GARBLED)
        return 139
    return await PROGRAMS.get(call.name, _sudo_asks)(switch, call)


async def _show(switch: Switch, call: Call) -> int:
    needs, screen = _SHOWS.get(" ".join(call.words), (False, None))
    if screen is None:
        call.complain(f'Usage: show [OPTIONS] COMMAND [ARGS]...\n\nError: No such command "{" ".join(call.words)}".')
        return _USAGE
    if needs and not switch.ready:
        call.complain(_NOT_READY)
        return 1
    call.say(screen(switch))
    return 0


async def _config(switch: Switch, call: Call) -> int:
    if not call.root:
        call.complain(_NOT_ROOT)
        return 1
    if not switch.ready:
        call.complain(_NOT_READY)
        return 1
    match call.words:
        case ["save", *options]:
            return await _save(switch, call, options)
        case ["hostname", name]:
            switch.configuration.put("DEVICE_METADATA", "localhost", {"hostname": name})
        case ["ntp", "add", server]:
            switch.configuration.put("NTP_SERVER", server, {})
        case ["syslog", "add", server]:
            switch.configuration.put("SYSLOG_SERVER", server, {})
        case _:
            call.complain("Usage: config [OPTIONS] COMMAND [ARGS]...\n\nError: No such command.")
            return _USAGE
    switch.effect("configured", line=" ".join(("config", *call.words)))
    return 0


async def _save(switch: Switch, call: Call, options: list[str]) -> int:
    if "-y" not in options and "--yes" not in options:
        answer = await call.ask("Existing files will be overwritten, continue? [y/N]: ")
        if answer.strip().lower() not in {"y", "yes"}:
            call.complain("Aborted!")
            return 1
    call.say("Running command: /usr/local/bin/sonic-cfggen -d --print-data > /etc/sonic/config_db.json")
    if "save-refused" in switch.faults:
        call.complain("/bin/sh: 1: cannot create /etc/sonic/config_db.json: Read-only file system")
        return 2
    switch.configuration.save()
    switch.effect("saved")
    return 0


async def _cfggen(switch: Switch, call: Call) -> int:
    if not switch.ready:
        call.complain(_NOT_READY)
        return 1
    if set(call.words) != {"-d", "--print-data"}:
        call.complain("usage: sonic-cfggen [-h] [-d] [--print-data]")
        return _USAGE
    call.say(configuration.text(switch.configuration.running))
    return 0


async def _df(switch: Switch, call: Call) -> int:
    paths = [word for word in call.words if not word.startswith("-")] or [switch.folder.path + "/host"]
    path = paths[-1]
    shown = switch.shown(path)
    memory = shown.split("/")[1:2] in (["tmp"], ["run"])
    total, free = (MEMORY if memory else CAPACITY), switch.folder.room(path)
    name, mount = ("tmpfs", f"/{shown.split('/')[1]}") if memory else ("/dev/sda3", "/host")
    unit, head = (_MB, "1M-blocks") if {"-BM", "-m", "--block-size=M"} & set(call.words) else (_KB, "1K-blocks")
    if "-B1" in call.words:
        unit, head = 1, "1B-blocks"
    suffix = "M" if {"-BM", "--block-size=M"} & set(call.words) else ""
    # What is used is rounded up, and what is free down.
    numbers = (f"{total // unit}{suffix}", f"{-(-(total - free) // unit)}{suffix}", f"{free // unit}{suffix}")
    if "--output=avail" in call.words:
        width = max(len("Avail"), len(numbers[2]))
        call.say(f"{'Avail':>{width}}\n{numbers[2]:>{width}}")
        return 0
    row = f"{name:<14} {numbers[0]:>9} {numbers[1]:>8} {numbers[2]:>9} {(total - free) * 100 // total:>3}% {mount}"
    call.say(f"{'Filesystem':<14} {head:>9} {'Used':>8} {'Available':>9} Use% Mounted on\n{row}")
    return 0


async def _pgrep(switch: Switch, call: Call) -> int:
    flags = "".join(word[1:] for word in call.words if re.fullmatch(r"-[a-z]+", word))
    patterns = [word for word in call.words if not word.startswith("-")]
    if len(patterns) != 1:
        call.complain("pgrep: no matching criteria specified\nTry `pgrep --help' for more information.")
        return _USAGE
    pattern = re.compile(switch.shown(patterns[0]))
    found = []
    for process in processes.of(switch.folder.path):
        text = switch.shown(process.command) if "f" in flags else process.name
        hit = pattern.fullmatch(text) if "x" in flags else pattern.search(text)
        if hit and process.pid != call.pid:
            found.append((process, switch.shown(process.command)))
    if "c" in flags:
        call.say(str(len(found)))
    for process, command in [] if "c" in flags else found:
        call.say(
            f"{process.pid} {command if 'a' in flags else process.name}"
            if {"a", "l"} & set(flags)
            else str(process.pid)
        )
    return 0 if found else 1


async def _uptime(switch: Switch, call: Call) -> int:
    forms = {"-s": lambda: times.plain(switch.booted), "-p": lambda: screens.pretty_uptime(switch)}
    call.say(forms[call.words[0]]() if call.words and call.words[0] in forms else f" {screens.uptime(switch)}")
    return 0


async def _reboot(switch: Switch, call: Call) -> int:
    if not call.root:
        call.complain("This command must be run as root")
        return 1
    stamp = time.strftime("%a %d %b %Y %I:%M:%S %p UTC", time.gmtime(switch.now()))
    if not installer.next_is_good(switch):
        call.say(f"{stamp} Failed to verify next image: Image verification failed")
        return _NEXT_IS_BAD
    call.say(f"{stamp} Issuing OS-level reboot ...")
    if switch.power is not None:
        switch.power.reload()
    if {"reload-never", "slow-down"} & set(switch.faults) or switch.draws.number("reboot returns", 0, 1):
        return 0
    await asyncio.Event().wait()  # the session ends first
    return 0


async def _sudo_asks(switch: Switch, call: Call) -> int:
    """Ask for the password in the name of sudo."""
    question = f"[sudo] password for {switch.username}: "
    for _ in range(_TRIES):
        answer = await (call.ask(question) if call.words == ["stdin"] else call.ask_hidden(question))
        if answer == switch.password:
            return 0
        call.complain("Sorry, try again.")
    call.complain(f"sudo: {_TRIES} incorrect password attempts")
    return 1


def _says(text: Callable[[Switch, Call], str]) -> Program:
    async def program(switch: Switch, call: Call) -> int:
        call.say(text(switch, call))
        return 0

    return program


def _id(switch: Switch, call: Call) -> str:
    name, number = ("root", 0) if call.root else (switch.username, 1000)
    forms = {"-u": str(number), "-g": str(number), "-un": name, "-nu": name}
    groups = "0(root)" if call.root else f"1000({name}),27(sudo),999(docker)"
    return forms.get("".join(call.words), f"uid={number}({name}) gid={number}({name}) groups={groups}")


PROGRAMS: dict[str, Program] = {
    "config": _config,
    "curl": curl.run,
    "df": _df,
    "hostname": _says(lambda switch, _call: switch.configuration.host_name),
    "id": _says(_id),
    "pgrep": _pgrep,
    "reboot": _reboot,
    "show": _show,
    "sonic-cfggen": _cfggen,
    "sonic-installer": installer.run,
    "sonic_installer": installer.run,
    "uname": _says(lambda switch, _call: f"Linux {switch.configuration.host_name} 6.1.0-11-2-amd64 x86_64 GNU/Linux"),
    "uptime": _uptime,
    "whoami": _says(lambda switch, call: "root" if call.root else switch.username),
}
