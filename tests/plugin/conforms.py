"""The driver is what a driver must be: ``python -m pytest conforms.py``."""

from pathlib import Path

import pytest

from lcm_nornir.drivers.conformance import Case, cases


@pytest.mark.parametrize("case", cases("arista_eos", Path(__file__).parent / "recordings"), ids=str)
def test_the_driver_conforms(case: Case) -> None:
    assert case.findings() == []
