"""The state of one SONiC switch, which all its sessions share."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from typing import TYPE_CHECKING, Any, Protocol

from lcm_nornir.simulator.chassis import Chassis
from lcm_nornir.simulator.power import Phase
from lcm_nornir.simulator.sonic import processes, programs
from lcm_nornir.simulator.sonic.configuration import Configuration
from lcm_nornir.simulator.sonic.folder import Folder
from lcm_nornir.simulator.sonic.gate import Gate
from lcm_nornir.simulator.sonic.images import Images
from lcm_nornir.simulator.sonic.paths import Outward

if TYPE_CHECKING:
    from lcm_nornir.simulator.journal import Journal
    from lcm_nornir.simulator.power import Power
    from lcm_nornir.simulator.sonic.gate import Call
    from lcm_nornir.simulator.spec import FleetSpec, SwitchSpec

_CLOCK_S = 0.2  # seconds between two writings of /proc/uptime while somebody is logged in
_TICKS_IDLE = 3.6  # processors' idle seconds for each second
# What somebody else's work looks like to pgrep.
_BUSY = {
    "install": ("/usr/bin/python3 /usr/local/bin/sonic-installer install -y", "/host/somebodys.bin"),
    "download": ("curl -fL -o /host/somebodys.bin", "http://192.0.2.9/somebodys.bin"),
}


class Session(Protocol):
    """A shell or a command that runs on the switch."""

    def close(self) -> None:
        """End it."""


class Switch(Chassis):
    """One switch.

    Attributes:
        folder: What stands for its root.
        images: Its images.
        configuration: Its configurations.
        gate: Where its programs call.
        power: Its life cycle, as soon as anybody has logged in.
        sessions: Who is logged in.
        reason: Why it booted last, as ``show reboot-cause`` has it.
    """

    def __init__(self, spec: SwitchSpec, fleet: FleetSpec, journal: Journal, source: str | None) -> None:
        super().__init__(spec, fleet, journal, source)
        if spec.recording:
            raise ValueError(f"{spec.name}: there are no recordings of {spec.platform} switches")
        self.folder = Folder(self.username)
        self.power: Power | None = None
        self.sessions: set[Session] = set()
        self.reason: str = "Unknown"
        self._ticker: asyncio.TimerHandle | None = None
        self._busy: subprocess.Popen[bytes] | None = None
        running, standby = self.versions(spec, fleet)
        self.images = Images(list(dict.fromkeys((running, standby))), running, running)
        for version in self.images.installed:
            self.folder.image(version)
        mac = "90:3c:b3:" + ":".join(f"{byte:02x}" for byte in self.draws.raw("mac")[:3])
        own = {"hostname": spec.name, "hwsku": f"Accton-{self.model}", "mac": mac, "platform": self.onie}
        file = self.folder.at("etc/sonic/config_db.json")
        self.configuration: Configuration = Configuration(file, own, running)
        if spec.unsaved:
            self.configuration.put("SNMP", "LOCATION", {"Location": "row 4, changed by hand"})
        self.gate = Gate(self.folder.token, self._answer)
        self.folder.programs(self.gate.script(), [*programs.PROGRAMS, "sudo-asks"])
        self._prepare()

    def _prepare(self) -> None:
        self._begin_boot()
        if "sudo-password" in self.faults:
            self.folder.at(".sudo-asks").touch()
        if "disk-full-before" in self.faults:
            self.folder.fill(int(self.faults.number("disk-full-before")))
        if "busy-installer" in self.faults:
            self._occupy(*_BUSY[self.faults.argument("busy-installer")])

    @property
    def onie(self) -> str:
        """The name of the hardware, as ONIE has it."""
        return f"x86_64-accton_{self.model.lower().replace('-', '_')}-r0"

    @property
    def ready(self) -> bool:
        """All services are up."""
        return self.power is None or self.power.phase is Phase.UP

    @property
    def bootable(self) -> bool:
        """The image that the next boot loads has all its files."""
        return "old-version" in self.faults or self.folder.is_whole(self.images.next)

    def draw_serial(self, purpose: str) -> str:
        """Draw a serial number like 732656X2021042."""
        return f"{self.draws.number(purpose, 100_000, 999_999)}X{self.draws.number(purpose + ' lot', 10**6, 10**7 - 1)}"

    def state(self) -> dict[str, Any]:
        """Tell how the switch stands."""
        return {
            "running": self.images.current,
            "images": sorted(self.images.installed),
            "default": self.images.default,
            "once": self.images.once,
            "standby": next((one for one in self.images.installed if one != self.images.current), ""),
            "next_boot": "active" if self.images.next == self.images.current else "standby",
            "unsaved": self.configuration.unsaved,
            "boot_id": self.boot_id,
        }

    def environment(self, session: int, terminal: str) -> dict[str, str]:
        """Give the environment of a session."""
        home = f"{self.folder.path}/home/{self.username}"
        return {
            "HOME": home,
            "HISTFILE": "",
            "LANG": "C.UTF-8",
            "LOGNAME": self.username,
            "PATH": f"{self.folder.path}/bin",
            "PS1": f"{self.username}@{self.configuration.host_name}:\\w$ ",
            "PWD": home,
            "SHELL": "/bin/bash",
            "SONIC_SESSION": str(session),
            "TERM": terminal or "vt100",
            "TMPDIR": str(self.folder.at("tmp")),
            "USER": self.username,
            processes.MARK: self.folder.path,
        }

    def enter(self, session: Session) -> None:
        """Count somebody who has logged in; the clock in the folder goes as long as there is somebody."""
        self.sessions.add(session)
        self.tick()

    def leave(self, session: Session) -> None:
        """Count somebody out."""
        self.sessions.discard(session)

    def tick(self) -> None:
        """Write what /proc tells about time."""
        up = self.uptime
        self.folder.write("proc/uptime", f"{up:.2f} {up * _TICKS_IDLE:.2f}\n")
        if self._ticker is not None:
            self._ticker.cancel()
        self._ticker = asyncio.get_running_loop().call_later(_CLOCK_S, self.tick) if self.sessions else None

    def shown(self, text: str) -> str:
        """Give a text with the paths that the switch itself knows."""
        return Outward(self.folder.path).whole(text)

    def go_down(self) -> None:
        """Be off until the boot: all processes end."""
        self.is_down = True
        self._end_processes()

    def boot(self) -> None:
        """Load what is to be booted; what was chosen for once is forgotten."""
        images = self.images
        booted, images.once = images.next, ""
        if "old-version" not in self.faults:
            images.current = booted
        elif not self.faults.has("old-version:next-stays"):
            images.default = images.current
        self.count_boot()
        self.folder.empty_memory()
        stamp = time.strftime("%a %d %b %Y %H:%M:%S %p UTC", time.gmtime(self.now()))
        self.reason = f"User issued 'reboot' command [User: {self.username}, Time: {stamp}]"
        self.configuration.boot(images.current, losing="lost-configuration" in self.faults)
        self._begin_boot()
        self.effect("booted")

    async def stop(self) -> None:
        """End everything, and remove the folder."""
        self._end_processes()
        await self.gate.stop()
        if self._ticker is not None:
            self._ticker.cancel()
        self.folder.remove()

    def pair_with(self, peer: Switch) -> None:
        """Refuse: there are no pairs yet."""
        raise ValueError(f"{self.name} and {peer.name}: pairs of SONiC switches are not simulated")

    async def _answer(self, call: Call) -> int:
        return await programs.run(self, call)

    def _begin_boot(self) -> None:
        self.folder.write("proc/sys/kernel/random/boot_id", self.boot_id + "\n")
        self.folder.write("etc/hostname", self.configuration.host_name + "\n")
        cause = {"gen_time": time.strftime("%Y_%m_%d_%H_%M_%S", time.gmtime(self.booted)), "cause": self.reason}
        self.folder.write("host/reboot-cause/previous-reboot-cause.json", json.dumps(cause) + "\n")
        self.tick()

    def _occupy(self, name: str, argument: str) -> None:
        """Let somebody else's process run; it ends with whoever holds its standard input."""
        script = 'exec -a "$0 $1" cat'
        self._busy = subprocess.Popen(  # nosec B603 - a fixed command  # noqa: S603
            ["/bin/bash", "-c", script, name, argument],
            stdin=subprocess.PIPE,
            env=self.environment(0, "") | {"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )

    def _end_processes(self) -> None:
        self.gate.drop()
        for session in list(self.sessions):
            session.close()
        processes.kill(self.folder.path)
        if self._busy is not None:
            self._busy.communicate()
            self._busy = None
