"""Only what certainly reads is typed for a person."""

from __future__ import annotations

import pytest

from lcm_nornir.drivers.base import Screens
from lcm_nornir.drivers.reading import check_reading
from lcm_nornir.drivers.registry import drivers
from lcm_nornir.errors import RequestError


@pytest.mark.parametrize(
    "line",
    [
        "show version",
        "show interface ethernet 1/1/1:2",
        "show version | display-xml",
        "show running-configuration | no-more",
        "show ip route 192.0.2.0/24 | include 192.0.2.1 | count",
        "show configuration | display set",
        "dir",
        "dir image",
        "dir bootflash:",
    ],
)
def test_what_only_reads_is_let_through(line: str) -> None:
    assert check_reading(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "reload",
        "sh version",
        "show",
        "show ",
        " show version",
        "show version ",
        "Show version",
        "showreload",
        "show version\nreload",
        "show version\n",
        "show version; reload",
        "show version && reload",
        "show running-configuration > flash:x",
        "show running-configuration | save flash:x",
        "show running-configuration | redirect flash:x",
        "show running-configuration | tee x",
        "show running-configuration | append x",
        "show version | include `reload`",
        "show version | include $(reload)",
        "show version | sh",
        "show version |include x",
        'show version | grep "a b"',
        "show ?",
        "show version\x03",
        "directory",
        'system "ls"',
        "do show version",
        "show -x",
        "show \u00fc",
        "show " + "x" * 200,
    ],
)
def test_what_may_do_more_is_refused(line: str) -> None:
    with pytest.raises(RequestError, match="not certain to only read"):
        check_reading(line)


@pytest.mark.parametrize("platform", sorted(drivers()))
def test_the_screens_of_every_driver_only_read(platform: str) -> None:
    driver = drivers()[platform]
    if isinstance(driver, Screens):
        assert [check_reading(line) for line in driver.screens] == list(driver.screens)
