"""Whether two readings are of one boot: told only where id or uptime can tell it."""

from __future__ import annotations

import pytest

from lcm_nornir.drivers.base import BootIdentity


def read(uptime: float | None, at: float, resolution: float = 60.0, boot_id: str = "") -> BootIdentity:
    return BootIdentity(boot_id, uptime, resolution, read_at=at)


@pytest.mark.parametrize(
    ("before", "later", "same"),
    [
        (read(86400.0, 0.0), read(86700.0, 300.0), True),
        (read(86400.0, 0.0), read(86640.0, 300.0), True),  # a minute less, as it counts minutes
        (read(86400.0, 0.0), read(180.0, 300.0), False),
        (read(600.0, 0.0), read(300.0, 360.0), False),
        (read(60.0, 0.0), read(300.0, 300.0), None),  # it may have rebooted at once
        (read(0.0, 0.0), read(0.0, 40.0), None),
        (read(5.0, 0.0, resolution=1.0), read(10.0, 5.0, resolution=1.0), True),
        (read(None, 0.0), read(10.0, 5.0), None),
        (read(60.0, 0.0, boot_id="one"), read(300.0, 300.0, boot_id="one"), True),
        (read(86400.0, 0.0, boot_id="one"), read(86700.0, 300.0, boot_id="two"), False),
    ],
)
def test_an_uptime_tells_one_boot_from_the_next_or_nothing(
    before: BootIdentity, later: BootIdentity, *, same: bool | None
) -> None:
    assert before.same_boot(later) is same
