"""The questions that every driver is asked, ours and yours, against recordings of switches that run its OS.

In a test:

    import pytest
    from lcm_nornir.drivers.conformance import Case, cases

    @pytest.mark.parametrize("case", cases("arista_eos", "recordings"), ids=str)
    def test_the_driver_conforms(case: Case) -> None:
        assert case.findings() == []

On the command line: ``python -m lcm_nornir.drivers.conformance arista_eos recordings``. As data: `check`.
"""

from lcm_nornir.drivers.conformance.case import QUESTIONS, Case, cases, cases_of, check, recordings_of
from lcm_nornir.drivers.conformance.finding import Finding

__all__ = ["QUESTIONS", "Case", "Finding", "cases", "cases_of", "check", "recordings_of"]
