"""The table of faults says what the tests showed, and no row goes without a test or a reason."""

from __future__ import annotations

from pathlib import Path

from tests.faults import rows
from tests.faults.table import Ended, filled, main, results, same

TABLE = """# Faults

| Id | What | Must | Tests | Result |
|---|---|---|---|---|
| F22 | reset | FAILED | | |
| F50 | peers | waits | | with the rollout |
| F51 | pair | alarm | `gone` | passed |
| S26 | old | asked | | |
"""
RESULTS = """<testsuites><testsuite>
<testcase classname="tests.faults.test_x" name="test_F22_F220_a[F22-50]"/>
<testcase classname="tests.simulator.test_x" name="test_F50_knob"/>
<testcase classname="tests.test_y" name="test_F22_b"><failure message="no"/></testcase>
<testcase classname="tests.test_y" name="test_S26_c"><skipped message="nobody answers"/></testcase>
</testsuite></testsuites>"""


def test_a_row_tells_the_files_of_its_tests_and_how_they_ended(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(RESULTS)
    found = results([tmp_path / "results.xml"])
    assert found["F22"] == [Ended("tests.faults.test_x", "passed"), Ended("tests.test_y", "failed")]
    text, unproven = filled(TABLE, found)
    assert "| F22 | reset | FAILED | `faults.test_x`, `test_y` | failed; passed |" in text
    assert "| S26 | old | asked | `test_y` | skipped: nobody answers |" in text
    assert "| F50 | peers | waits | | with the rollout |" in text
    assert unproven == ["F51"]  # its tests are gone


def test_what_was_skipped_may_pass_elsewhere_and_nothing_else_may_differ() -> None:
    skipped = "| S26 | old | asked | `x` | skipped: nobody answers |"
    passed = skipped.replace("skipped: nobody answers", "passed")
    assert same(skipped, skipped)
    assert same(skipped, passed)
    assert not same(passed, skipped)
    assert not same(skipped, passed.replace("`x`", "`y`"))
    assert not same("a line", "another")


def test_the_check_fails_when_a_row_s_tests_have_failed(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(RESULTS)
    before = rows.TABLE.read_text()
    assert main(["--check", str(tmp_path / "results.xml")]) == 1
    assert rows.TABLE.read_text() == before


def test_every_row_of_the_table_is_told_by_a_test_or_says_why_not() -> None:
    for row in rows.rows().values():
        assert row.result, row.id
        assert bool(row.tests) is not row.result.startswith("with the "), row.id
