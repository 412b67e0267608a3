"""The ``| display-xml`` forms, with the paths that chapter 2 and section 15.1 of the behaviour document name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from lcm_nornir.simulator import times
from lcm_nornir.simulator.dell_os10 import screens

if TYPE_CHECKING:
    from lcm_nornir.simulator.dell_os10.switch import Switch

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # control codes that no XML can carry
_Tree = str | list[tuple[str, "_Tree"]]


def _render(name: str, content: _Tree, indent: str = "") -> list[str]:
    if isinstance(content, str):
        content = _NO_XML.sub("", content)
        return [f"{indent}<{name}>{escape(content)}</{name}>" if content else f"{indent}<{name}/>"]
    inner = [line for child in content for line in _render(*child, indent + "  ")]
    return [f"{indent}<{name}>", *inner, f"{indent}</{name}>"]


def _reply(data: list[tuple[str, _Tree]]) -> str:
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *_render("rpc-reply", [("data", data)])])


def _status(switch: Switch) -> tuple[str, _Tree]:
    status: _Tree = [
        ("hostname", switch.configuration.hostname),
        ("uptime", str(int(switch.uptime))),
        ("date-time", times.offset(switch.now())),
        ("boot-datetime", times.offset(switch.booted)),
    ]
    return ("system-state", [("system-status", status)])


def version(switch: Switch) -> str:
    """``show version | display-xml``."""
    slot = switch.running
    software: _Tree = [
        ("sw-version", slot.version),
        ("sw-name", "Enterprise"),
        ("sw-name-long", switch.layout.brand),
        ("sw-platform", switch.model),
        ("cpu-arch", "x86_64"),
        ("sw-build-date", slot.built),
        ("sw-build-version", f"{slot.version}.{slot.build}"),
        ("copyright", f"Copyright (c) 1999-{slot.built[:4]} by Dell Inc. All Rights Reserved."),
    ]
    return _reply([_status(switch), ("system-sw-state", [("sw-version", software)])])


def image_status(switch: Switch) -> str:
    """``show image status | display-xml``."""
    transfer, install, state = switch.installer.look()
    empty = switch.layout.empty_time
    percent, written, size, rate = screens.progress(switch, transfer)
    file_transfer: _Tree = [
        ("task-state", transfer.state),
        ("task-state-detail", transfer.detail),
        ("task-start", screens.moment(transfer.started, empty)),
        ("task-end", screens.moment(transfer.ended, empty)),
        ("file-progress", percent),
        ("transfer-bytes", written),
        ("file-size", size),
        ("transfer-rate", rate),
    ]
    software_install: _Tree = [
        ("task-state", install.state),
        ("task-state-detail", install.detail),
        ("task-start", screens.moment(install.started, empty)),
        ("task-end", screens.moment(install.ended, empty)),
    ]
    status: _Tree = [
        ("global-state", state),
        ("file-transfer-status", file_transfer),
        ("software-install-status", software_install),
    ]
    return _reply([("system-sw-state", [("software-upgrade-status", status)])])


def system(switch: Switch) -> str:
    """``show system | display-xml`` and ``show inventory | display-xml``."""
    made: list[tuple[str, _Tree]] = [
        ("vendor-name", "DELL"),
        ("product-name", switch.model),
        ("hw-version", "A03"),
        ("ppid", "TH-006Y6V-CET00-332-60OZ"),
        ("service-tag", switch.serial),
    ]
    # On old and on virtual images the unit's own tag is empty and only the node's is filled in.
    unit_made = [(key, "" if key == "service-tag" and switch.layout.spare_parts else value) for key, value in made]
    unit: _Tree = [
        ("unit-id", "1"),
        ("current-unit-model", switch.model.removesuffix("-ON")),
        ("unit-state", "up"),
        ("software-version", switch.running.version),
        ("mfg-info", unit_made),
        ("descr", f"{switch.model} {screens.PORTS} Interface Module"),
    ]
    node: _Tree = [("node-id", "1"), ("node-mac", screens.mac(switch)), ("mfg-info", made), ("unit", unit)]
    return _reply([("system", [("node", node)]), _status(switch)])
