"""What a Nexus prints is what the behaviour document records, but for values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lcm_nornir.simulator import ImageServerSpec
from tests.simulator.console import plain

from .nexus import CONFIRM, NEW_FILE, OLD_FILE, OLDER_FILE, Nexus, back, nexus

if TYPE_CHECKING:
    from lcm_nornir.simulator import Fleet
    from tests.simulator.conftest import StartsFleets

LITERAL = Path(__file__).parents[2] / "literal" / "cisco_nxos"
DATES = r"(?:\w{3} )?\w{3} +\d+ \d\d:\d\d:\d\d(?: \d{4})?"


def recorded(name: str) -> str:
    return (LITERAL / f"{name}.txt").read_text().rstrip("\n")


def shape(text: str) -> str:
    """Take the values out: times, file names, addresses, and each run of digits."""
    text = re.sub(DATES, "TIME", text)
    text = re.sub(r"nxos[\w.-]*\.bin", "FILE", text)
    text = re.sub(r"[\d.]+:22\b", "HOST:22", text)
    return re.sub(r"\d+", "#", text)


@pytest.fixture(scope="module")
def fleet(start: StartsFleets) -> Fleet:
    # The versions of the record, so that the columns are its own.
    return start(
        nexus("IP_switch_A_1", running="7.0(3)I4(1)", standby="7.0(3)I4(6)"),
        nexus("leaf1", serial="SAL1819S6LU"),
        nexus("bare", variant=3),
        nexus("one", vlt_peer="two"),
        nexus("two", vlt_peer="one"),
        images=ImageServerSpec(size=4_000_000),
        speed=100.0,
    )


def test_install_all_word_by_word(fleet: Fleet) -> None:
    switch = fleet.switch("IP_switch_A_1")
    with Nexus(switch) as console:
        line = "install all nxos bootflash:nxos64-cs.7.0.3.I4.6.M.bin"
        said = console.ask(line, CONFIRM) + console.ask("y", r"\nIP_switch_A_1# $")
        status = console.ask("show install all status", "reboot in 10 seconds.")
    expected = recorded("install_all").replace("v04.24(04/21/2016)", "v05.47(04/28/2022)")
    found = plain(said.removeprefix(f"{line}\n")).rstrip(" ")
    assert found == expected.replace("nxos.7.0.3.I4.6.bin", "nxos64-cs.7.0.3.I4.6.M.bin")
    assert shape(recorded("show_install_all_status")) in shape(status)


def test_a_copy_by_scp(fleet: Fleet) -> None:
    assert fleet.image is not None
    url = fleet.image.url.replace("http://", "scp://admin@")
    lines = recorded("copy_scp_typed").split("\n")
    with Nexus(fleet.switch("leaf1")) as console:
        console.ask(f"copy {url} bootflash:{NEW_FILE}", re.escape(lines[1].removesuffix("management")) + "$")
        console.ask("management", r"\(yes/no\S*\)\? $")
        asked = console.ask("yes", "Password:$").removeprefix("yes\n")
        assert shape(asked) == shape("\n".join(lines[2:5]))
        console.type("secret\n")
        shown = console.until(r"\nleaf1# $").split("\n")
    glued = re.sub(" +", " ", shape(lines[5]))
    assert any(re.sub(" +", " ", shape(line.replace("KB ", "MB "))).endswith(glued.strip()) for line in shown), shown
    assert re.sub(" +", " ", shape(plain(shown[-4]))) == re.sub(" +", " ", shape(lines[7]))
    assert shown[-3:] == [*lines[8:], "leaf1# "]


def test_show_version_inventory_and_module(fleet: Fleet) -> None:
    with Nexus(fleet.switch("leaf1")) as console:
        version = console.run("show version")
        for pattern in (
            r"  NXOS: version 10\.2\(5\)",
            rf"  NXOS image file is: bootflash:///{OLD_FILE}",
            r"  cisco Nexus9000 C9396PX Chassis",
            r"  Processor Board ID SAL1819S6LU",
            r"Kernel uptime is \d+ day\(s\), \d+ hour\(s\), \d+ minute\(s\), \d+ second\(s\)",
            rf"Last reset at \d+ usecs after {DATES}\n  Reason: Reset due to upgrade\n  System version: 10\.2\(4\)",
        ):
            assert re.search(rf"(?m)^{pattern}$", version), pattern
        assert console.run("show inventory").startswith(
            'NAME: "Chassis",  DESCR: "Nexus9000 C9396PX Chassis"\n'
            "PID: N9K-C9396PX         ,  VID: V02 ,  SN: SAL1819S6LU\n"
        )
        assert re.search(r"(?m)^1 .* N9K-C9396PX +active \*$", console.run("show module"))
        assert re.search(r"(?m)^ *13\d{9} bytes free$", console.run("dir bootflash:"))
    with Nexus(fleet.switch("bare")) as console:
        assert re.search(r"(?m)^Last reset$", console.run("show version"))
        assert "NXOS boot mode: LXC" in console.run("show version")


def test_two_supervisors_each_with_a_version(start: StartsFleets) -> None:
    fleet = start(nexus("spine1", "standby-behind", model="N9K-C9504"), images=None)
    switch = fleet.switches[0]
    with Nexus(switch) as console:
        assert console.run("show boot").count("sup-2\nNXOS variable = ") == 2
        shown = console.run("show module")
        assert re.search(r"(?m)^27 .* active \*$", shown)
        assert re.search(r"(?m)^28 .* ha-standby$", shown)
        assert re.search(r"(?m)^28 +10\.2\(5\) ", shown)
        assert "Redundancy state:   Standby\n    Supervisor state:   HA standby" in console.run(
            "show system redundancy status"
        )
        reset = console.reset
        console.set_boot(OLDER_FILE)
        console.save()
        console.reload()
    with back(switch, reset) as console:
        assert re.search(r"(?m)^27 +10\.2\(4\) [\s\S]*^28 +10\.2\(5\) ", console.run("show module"))


def test_both_configurations_differ_in_volatile_lines_alone(fleet: Fleet) -> None:
    with Nexus(fleet.switch("leaf1")) as console:
        running, startup = (console.run(f"show {which}-config").strip().split("\n") for which in ("running", "startup"))
    head = [line for line in running[:5] if line]
    assert shape("\n".join(head)).startswith(shape(recorded("running_config_header")))
    assert re.fullmatch(rf"!Startup config saved at: {DATES}", startup[2])
    assert running[5:] == startup[5:]
    assert running[-1] == f"boot nxos bootflash:/{OLD_FILE}"


def test_show_boot_has_two_blocks(fleet: Fleet) -> None:
    with Nexus(fleet.switch("leaf1")) as console:
        console.set_boot(OLDER_FILE)
        now, following = console.run("show boot").split("\n\nBoot Variables on next reload:\n")
        assert re.search(rf"(?m)^Current Boot Variables:\n\nsup-1\nNXOS variable = bootflash:/{OLDER_FILE}$", now)
        assert re.search(rf"(?m)^sup-1\nNXOS variable = bootflash:/{OLD_FILE}$", following)


def test_a_pair_before_while_and_after_one_half_reloads(fleet: Fleet) -> None:
    with Nexus(fleet.switch("one")) as one, Nexus(fleet.switch("two")) as two:
        found = one.run("show vpc").replace(": 2\n", ": 1\n")
        assert found.startswith(recorded("show_vpc").removesuffix("-200,102-200-").rpartition("1,100")[0])
        assert "vPC role                          : secondary\n" in two.run("show vpc")
        reset = one.reset
        one.reload()
        down = two.wait_for("show vpc", "peer link is down")
        assert "Suspended (Destination IP not reachable)" in down
        assert "Configuration consistency status  : failed" in down
        assert "vPC role                          : secondary, operational primary\n" in two.run("show vpc")
        with back(fleet.switch("one"), reset) as again:
            shown = again.run("show vpc")
            assert "vPC role                          : primary, operational secondary\n" in shown
            assert "Delay-restore status              : Timer is on.(timeout = 30s)" in shown
            again.wait_for("show vpc", r"Delay-restore status +: Timer is off[\s\S]*\n1     Po1           up ")
            assert "peer adjacency formed ok" in two.run("show vpc")
    with Nexus(fleet.switch("leaf1")) as console:
        assert "vPC domain" not in console.run("show vpc")
