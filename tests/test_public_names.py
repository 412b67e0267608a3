"""The package's public names are there, sorted, and imported when used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lcm_nornir


def test_the_names_are_sorted_and_each_is_there() -> None:
    assert list(lcm_nornir.__all__) == sorted(lcm_nornir.__all__)
    for name in lcm_nornir.__all__:
        assert getattr(lcm_nornir, name).__name__ == name


def test_another_name_is_none() -> None:
    with pytest.raises(AttributeError, match="updat_image"):
        lcm_nornir.updat_image  # noqa: B018 - the look-up is what is tested


def test_importing_the_package_imports_nothing_heavy_and_sets_nothing() -> None:
    code = "import sys, threading, lcm_nornir; print(threading.stack_size(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    size, *modules = done.stdout.split()
    assert size == "0"
    assert not {"netmiko", "paramiko", "pydantic", "nornir", "rich"} & set(modules)
