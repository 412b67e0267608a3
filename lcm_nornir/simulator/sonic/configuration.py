"""Running and startup configuration: tables of JSON, the second of them in a file."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

Tables = dict[str, dict[str, Any]]
PORTS = 6
_LOST = ("SYSLOG_SERVER", "SNMP")


def _tables(metadata: dict[str, str], version: str) -> Tables:
    return {
        "DEVICE_METADATA": {"localhost": {"bgp_asn": "65100", "type": "LeafRouter", **metadata}},
        "LOOPBACK_INTERFACE": {"Loopback0": {}, "Loopback0|10.1.0.1/32": {}},
        "MGMT_INTERFACE": {"eth0|192.0.2.11/24": {"gwaddr": "192.0.2.254"}},
        "PORT": {
            f"Ethernet{number}": {"admin_status": "up", "alias": f"twentyfiveGigE{number + 1}", "mtu": "9100"}
            for number in range(PORTS)
        },
        "SNMP": {"LOCATION": {"Location": "row 4"}},
        "SYSLOG_SERVER": {"192.0.2.200": {}},
        "VERSIONS": {"DATABASE": {"VERSION": _database(version)}},
    }


def _database(version: str) -> str:
    """Name the form of the database that a release has."""
    return f"version_{version.partition('.')[0]}_01"


def text(tables: Tables) -> str:
    """Print tables as ``sonic-cfggen --print-data`` does."""
    return json.dumps(tables, indent=4, sort_keys=True)


class Configuration:
    """Both configurations of a switch.

    Attributes:
        running: The tables in force.
        file: Where the startup configuration is.
    """

    def __init__(self, file: Path, metadata: dict[str, str], version: str) -> None:
        """Make both the same.

        Args:
            file: Where the startup configuration is.
            metadata: What differs from switch to switch: ``hostname``, ``hwsku``, ``mac``, ``platform``.
            version: The version that runs.
        """
        self.file = file
        self.running = _tables(metadata, version)
        self.save()

    @property
    def host_name(self) -> str:
        """The host name in force."""
        return str(self.running["DEVICE_METADATA"]["localhost"]["hostname"])

    @property
    def unsaved(self) -> bool:
        """The running configuration is not what the file says, or nobody knows what that says."""
        return self.saved() != self.running

    def saved(self) -> Tables | None:
        """Read the startup configuration; None if the file is no such thing."""
        try:
            found = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def put(self, table: str, key: str, fields: dict[str, Any]) -> None:
        """Set an entry of a table, or some of its fields."""
        self.running.setdefault(table, {}).setdefault(key, {}).update(fields)

    def save(self) -> None:
        """Write running to startup."""
        self.file.write_text(text(self.running) + "\n")

    def boot(self, version: str, *, losing: bool) -> None:
        """Load the startup configuration, which the migrator brings into the form of the release that boots.

        Args:
            version: The version that boots.
            losing: Some of the tables are not taken over.
        """
        self.running = copy.deepcopy(self.saved() or self.running)
        if losing:
            for table in _LOST:
                self.running.pop(table, None)
        self.put("VERSIONS", "DATABASE", {"VERSION": _database(version)})
