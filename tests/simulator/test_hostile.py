"""A switch whose words harm whoever shows them, or alarm whoever reads them: everything else goes well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from lcm_nornir.simulator import ImageServerSpec, SwitchSpec

from .console import Console, install, login, reload

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet

    from .conftest import StartsFleets

HARM = ("\x1b[2J", "<script>", "\u202e", "\u2028")
CELL = r"(?m)^=cmd\|' /C calc'!A0$"


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    return start(
        SwitchSpec("hostile", faults=("hostile",)),
        SwitchSpec("refusing", faults=("hostile:refuse",)),
        SwitchSpec("alarming", faults=("alarming-words",)),
        images=ImageServerSpec(file_name="Failed-Error-10.5.6.5.bin"),
    )


def is_harmful(text: str) -> bool:
    return all(part in text for part in HARM)


def test_S09_banner_listings_log_lines_and_errors_are_hostile(fleet: Fleet) -> None:
    switch = fleet.switch("hostile")
    with Console(switch) as console:
        assert is_harmful(console.banner)
        assert re.search(CELL, console.banner)
        log_lines = [console.run(f"show {what}") for what in ("version", "boot", "inventory", "running-configuration")]
        names = [console.run(command) for command in ("dir image", "dir home", 'system "ls -l /var/os10-image"')]
        error = console.run("show me")
        prompt = console.ask("show clock").rpartition("\n")[2]
    assert all(len(re.findall("(?m)^<165>1 .*<script>.*$", text)) == 1 for text in log_lines)
    assert all(is_harmful(text) for text in log_lines)
    assert all("=cmd|calc!A0<script>" in text and "-rf\x1b[31m" in text and "\n=1+1.txt" in text for text in names)
    assert is_harmful(error)
    assert re.search(CELL, error)
    assert f"password {switch.password}" in error
    assert "\r" in error
    assert re.fullmatch(r"hostile-[A-Za-z-]{55}# ", prompt)


def test_S09_the_upgrade_of_a_hostile_switch_succeeds(fleet: Fleet) -> None:
    assert fleet.image is not None
    switch = fleet.switch("hostile")
    with Console(switch) as console:
        install(console, fleet.image.url)
        console.run("boot system standby")
        console.run("write memory")
        reload(console)
    with login(switch) as console:
        assert "OS Version: 10.5.6.5" in console.run("show version")


def test_S09_a_failure_told_in_hostile_words(fleet: Fleet) -> None:
    assert fleet.image is not None
    switch = fleet.switch("refusing")
    with Console(switch) as console:
        console.run(f"image download {fleet.image.url}")
        status = console.wait_for("show image status", "Failed")
        xml = console.run("show image status | display-xml")
    assert is_harmful(status)
    assert re.search(CELL, status)
    assert f"password {switch.password}" in status
    assert "Transfer Bytes:        0 bytes" in status
    reply = ET.fromstring(re.sub("(?m)^<165>1 .*\n?", "", xml))  # noqa: S314 - our own simulator wrote it
    detail = reply.findtext(".//file-transfer-status/task-state-detail") or ""
    assert "<script>" in detail
    assert "\x1b" not in detail


def test_F34_failed_and_error_where_everything_goes_well(fleet: Fleet) -> None:
    assert fleet.image is not None
    switch, words = fleet.switch("alarming"), "(?s)(?=.*Failed)(?=.*Error)"
    with Console(switch) as console:
        texts = [console.banner, console.run("dir image")]
        texts.append(console.run(f"image download {fleet.image.url}"))
        console.wait_for("show image status", "transfer-success")
        texts.append(console.run(f"image install image://{fleet.image.file_name}"))
        console.wait_for("show image status", "Completed: Success")
        texts += [console.run("boot system standby"), console.run("write memory")]
        assert console.run("show boot").endswith("[B] standby")
        reload(console)
    with login(switch) as console:
        assert "OS Version: 10.5.6.5" in console.run("show version")
    assert all(re.match(words, text, re.IGNORECASE) for text in texts)
    assert not any("% Error" in text for text in texts)
