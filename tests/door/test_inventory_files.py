"""A password that stands as text in an inventory's file is for its owner's eyes alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from nornir import InitNornir
from nornir.core import Nornir
from typer.testing import CliRunner

from lcm_nornir.cli import app
from lcm_nornir.door import Door
from lcm_nornir.errors import RequestError

HOST = "leaf1: {{hostname: 127.0.0.1, platform: dell_os10, groups: [lab], {}}}\n"
GROUP = "lab: {{{}}}\n"
SECRET = "correct horse"


def opened(folder: Path, *, host: str = "data: {}", group: str = "data: {}") -> Nornir:
    for name, text in (("hosts", HOST.format(host)), ("groups", GROUP.format(group))):
        file = folder / f"{name}.yaml"
        file.write_text(text)
        file.chmod(0o644)
    (folder / "config.yaml").write_text(
        f"inventory: {{plugin: SimpleInventory, options: {{host_file: {folder}/hosts.yaml, "
        f"group_file: {folder}/groups.yaml}}}}\nrunner: {{plugin: lcm_waves}}\nlogging: {{enabled: false}}\n"
    )
    return InitNornir(config_file=str(folder / "config.yaml"))


PLACES = {
    "host": {"host": f"password: {SECRET}"},
    "group": {"group": f"password: {SECRET}"},
    "connection": {"host": f"connection_options: {{netmiko: {{password: {SECRET}}}}}"},
}


@pytest.mark.parametrize("place", PLACES)
def test_S10_a_password_in_a_file_that_everybody_can_read_is_refused_and_not_repeated(
    tmp_path: Path, place: str
) -> None:
    nornir = opened(tmp_path, **PLACES[place])
    with pytest.raises(RequestError) as caught:
        Door(host_keys=tmp_path).target_for(nornir.inventory.hosts["leaf1"], nornir.config)
    file = tmp_path / ("groups.yaml" if place == "group" else "hosts.yaml")
    assert caught.value.field == str(file)
    assert f"chmod 600 {file}" in caught.value.cure
    assert SECRET not in str(caught.value)
    file.chmod(0o600)
    assert Door(host_keys=tmp_path).target_for(nornir.inventory.hosts["leaf1"], nornir.config).host == "leaf1"


@pytest.mark.parametrize("text", ["env:SWITCH_PASSWORD", "admin-simulated", "''"])
def test_a_reference_and_what_is_published_may_stand_where_everybody_reads(tmp_path: Path, text: str) -> None:
    nornir = opened(tmp_path, group=f"password: {text}")
    Door(host_keys=tmp_path).target_for(nornir.inventory.hosts["leaf1"], nornir.config)


def test_S10_the_command_line_refuses_it_before_anything_is_touched(tmp_path: Path) -> None:
    opened(tmp_path, **PLACES["host"])
    image = ["--image-url", "http://192.0.2.10/os10.bin", "--version", "10.5.6.5", "--sha256", "0" * 64]
    done = CliRunner().invoke(app, ["run", "--config", str(tmp_path / "config.yaml"), *image])
    assert done.exit_code == 2
    assert "everybody can read the password of leaf1" in done.stderr
    assert SECRET not in done.output
