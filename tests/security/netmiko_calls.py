"""A lint rule of our own: calls of netmiko and paramiko that are not safe on a switch that is to be upgraded."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_SENDERS = {
    "send_command": "waits for a prompt that it guesses, and types what it is given",
    "send_command_expect": "as send_command",
    "send_command_timing": "takes a pause for the end of an answer",
    "send_multiline": "types several lines without looking between them",
    "send_multiline_timing": "as send_multiline",
    "send_config_set": "changes a switch past the journal",
    "send_config_from_file": "changes a switch past the journal",
    "save_config": "changes a switch past the journal",
    "write_channel": "types past the lease, and past the check for control characters",
    "file_transfer": "opens a second connection with a policy of its own",
}
_OPENERS = {
    "ConnectHandler": "logs in without our host keys",
    "ConnLogOnly": "turns failures into log lines",
    "ConnUnify": "hides which failure it was",
    "redispatch": "changes the driver of an open session",
    "set_missing_host_key_policy": "decides on host keys by itself",
    "AutoAddPolicy": "takes any host key",
    "WarningPolicy": "takes any host key",
}
_KEYWORDS = {
    "ssh_strict": (False, "takes any host key"),
    "session_log": (None, "writes what is typed, passwords too, to a file"),
    "allow_auto_change": (True, "changes the terminal's settings for other sessions"),
    "cmd_verify": (False, "takes an echo for an answer"),
}
SEAM = {
    "door/opening.py": {"set_missing_host_key_policy"},
    "door/session.py": {"write_channel"},
    "door/target.py": {"ConnectHandler"},
}
"""Files of the package that may call what no other may: the door is there for that."""


class Finding(NamedTuple):
    """One unsafe call."""

    line: int
    what: str


def unsafe_calls(source: str, file: str = "") -> Iterator[Finding]:
    """Give the unsafe calls in Python source.

    Args:
        source: The source.
        file: Where it stands; the door's own files may do what they are there for.
    """
    allowed = next((names for path, names in SEAM.items() if file.endswith(path)), set())
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        why = _OPENERS.get(name) or (_SENDERS.get(name) if isinstance(node.func, ast.Attribute) else None)
        if why and name not in allowed:
            yield Finding(node.lineno, f"{name} {why}")
        for keyword in node.keywords:
            unsafe = _KEYWORDS.get(keyword.arg or "")
            if unsafe and (unsafe[0] is None or _constant(keyword.value) == unsafe[0]):
                yield Finding(keyword.value.lineno, f"{keyword.arg} {unsafe[1]}")


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else ...
