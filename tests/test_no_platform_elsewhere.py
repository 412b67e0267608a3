"""What a network OS is called stands in its driver and in its simulator only: whoever adds one changes nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lcm_nornir
from lcm_nornir.drivers.registry import drivers

PACKAGE = Path(lcm_nornir.__file__).parent
APART = ("drivers", "simulator")
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.relative_to(PACKAGE).parts[0] not in APART]
MAKERS = {"os10", "sonic", "nxos", "nx_os", "iosxe", "ios_xe", "dell", "cisco", "edgecore", "nexus", "catalyst"}
WORDS = MAKERS | {name.lower() for driver in drivers().values() for name in (driver.platform, *driver.aliases)}


def texts(tree: ast.AST) -> Iterator[str]:
    """Give every name and every text of a module, but for its documentation."""
    told = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias | ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def named(path: Path) -> set[str]:
    """Give the names of network OSs that stand in a module."""
    found = " ".join(texts(ast.parse(path.read_text(encoding="utf-8")))).lower()
    return {word for word in WORDS if re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", found)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_network_os_is_named_outside_drivers_and_simulator(path: Path) -> None:
    assert named(path) == set()


def test_the_search_finds_a_name_wherever_it_stands(tmp_path: Path) -> None:
    for line in ("if host.platform == 'dell_os10': ...", "from lcm_nornir.drivers.sonic import Sonic", "cisco = 1"):
        (tmp_path / "module.py").write_text(f'"""Of OS10."""\n{line}\n')
        assert named(tmp_path / "module.py"), line
    (tmp_path / "module.py").write_text('"""Of OS10 and SONiC."""\n')
    assert named(tmp_path / "module.py") == set()
