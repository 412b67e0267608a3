"""What NAPALM reads of a switch, in a session of its own: a second opinion on what our driver read.

It goes by Nornir's ``napalm`` connection. NAPALM only makes netmiko's connection ready: it is opened here, as every
session is, so that it accepts the same host keys and takes the same way. Nor is NAPALM given the password, which a
driver that connects by other means than netmiko could send to anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from nornir.core.configuration import Config
from nornir.core.inventory import Host
from nornir.core.task import Task

from lcm_nornir.clock import elapsed
from lcm_nornir.door.door import Door
from lcm_nornir.door.opening import connect_options, established
from lcm_nornir.door.target import Target
from lcm_nornir.drivers.base import HasNapalm
from lcm_nornir.errors import HostKeyRejected

_CONNECTION = "napalm"
_UNTOLD = ("", "unknown", "none", "n/a")
_NOT_OURS = ("session_log", "session_log_file_mode", "session_log_record_writes")  # the other session writes it
_MOST = 300  # characters of why there is none


@dataclass(frozen=True, slots=True)
class Opinion:
    """What NAPALM read, or why it did not.

    Attributes:
        serial: Serial number; empty where it gives none.
        version: Its text about the version; empty where it gives none.
        uptime: Seconds since the boot; None where it gives none.
        failure: Why there is no opinion; empty if there is one.
        took: Seconds that it took; the uptime may have been read at any moment of them.
        read_at: Our own clock (`lcm_nornir.clock.elapsed`) when it began.
    """

    serial: str = ""
    version: str = ""
    uptime: float | None = None
    failure: str = ""
    took: float = 0.0
    read_at: float = field(default_factory=elapsed)


def can_be_asked() -> bool:
    """Tell whether NAPALM and Nornir's connection to it are installed (the extra ``napalm``)."""
    return all(find_spec(module) for module in ("napalm", "nornir_napalm"))


def second_opinion(task: Task, door: Door, driver: HasNapalm) -> Opinion:
    """Ask NAPALM for the facts of the task's host. Changes nothing; the host's kept session is closed before.

    Raises:
        HostKeyRejected: The switch shows another host key than it may; no password was sent.
    """
    host, began = task.host, elapsed()
    with door.place(host):
        try:
            facts = _facts(host, task.nornir.config, door, door.target(task), driver)
            return _opinion(facts, began)
        except HostKeyRejected:
            raise
        except Exception as error:  # noqa: BLE001 - NAPALM's drivers raise what they like, and it is no fault of the switch
            told = " ".join(str(error).split()) or type(error).__name__
            return Opinion(failure=door.redact(told)[:_MOST])
        finally:
            _close(host)


def _facts(host: Host, config: Config, door: Door, target: Target, driver: HasNapalm) -> Mapping[str, Any]:
    from netmiko import BaseConnection  # noqa: PLC0415 - heavy

    password = target.secret.resolve() if target.secret else host.get_connection_parameters("netmiko").password or ""
    door.redact.add(password)
    _close(host)  # the user left one open; its state is not ours to guess
    way, options = target.way, _options(target, driver)
    try:
        plugin: Any = host.open_connection(
            _CONNECTION,
            configuration=config,
            hostname=way.address,
            username=target.user or way.user,
            password="",  # nosec B106 - it is given to netmiko alone, below
            port=way.port,
            platform=driver.napalm,
            extras={"timeout": target.limits.reply, "optional_args": options},
            default_to_host_attributes=False,
        )
        connection = getattr(plugin.connection, "device", None)
        if not isinstance(connection, BaseConnection) or connection.remote_conn is not None:
            raise TypeError(f"NAPALM's {driver.napalm} does not connect by netmiko alone")  # noqa: TRY301
        connection.password = password
        established(connection, target)
        facts: Mapping[str, Any] = plugin.connection.get_facts()
    except Exception:
        options["sock"].close()
        raise
    return facts


def _options(target: Target, driver: HasNapalm) -> dict[str, Any]:
    """Give NAPALM's ``optional_args``: of those that netmiko knows, each goes there."""
    options = {name: value for name, value in connect_options(target).items() if name not in _NOT_OURS}
    options["read_timeout_override"] = target.limits.reply
    return {**options, **driver.napalm_options, "force_no_enable": True}  # nothing is typed before it is open


def _opinion(facts: Mapping[str, Any], began: float) -> Opinion:
    serial, version, uptime = (facts.get(name) for name in ("serial_number", "os_version", "uptime"))
    is_told = isinstance(uptime, int | float) and uptime > 0  # -1 stands for none
    return Opinion(
        _told(serial), _told(version), float(uptime or 0) if is_told else None, took=elapsed() - began, read_at=began
    )


def _told(value: Any) -> str:
    text = " ".join(str(value).split())
    return "" if text.lower() in _UNTOLD else text


def _close(host: Host) -> None:
    """Close the host's connection at once, as the door does its own."""
    with suppress(Exception):
        host.connections[_CONNECTION].connection.device.paramiko_cleanup()
    with suppress(Exception):
        host.close_connection(_CONNECTION)
    host.connections.pop(_CONNECTION, None)
