"""The doctor's report in short: one line for what was left out, and a last line that sums up."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.ops.doctor.isolation import NOT_ASKED
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ops.doctor.summary import shown, verdict
from tests.unit.ops.doctor.test_checks import run


@pytest.mark.parametrize(("isolation", "reason"), [(True, "files and keyrings have no identities"), (False, NOT_ASKED)])
def test_on_files_the_checks_of_isolation_are_one_line(tmp_path: Path, reason: str, *, isolation: bool) -> None:
    found = list(shown(run(tmp_path, {}, isolation=isolation)))
    assert [check.name for check in found][-2:] == ["round-trip", "isolation"]
    assert (found[-1].outcome, found[-1].found) == (Outcome.SKIPPED, reason)


def _check(name: str, outcome: Outcome = Outcome.SKIPPED, found: str = "why", **more: bool) -> Check:
    return Check(name=name, outcome=outcome, found=found, **more)


def test_a_check_of_isolation_that_ran_is_shown_and_so_is_each_that_could_not_be_made() -> None:
    found = [
        _check("other-write", found=NOT_ASKED),
        _check("list", found="no means to list"),
        _check("unprotected-put", Outcome.OK),
        _check("other-identity", found=NOT_ASKED),
    ]
    assert [check.name for check in shown(found)] == ["list", "unprotected-put", "isolation"]


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([_check("store", Outcome.OK), _check("clock")], "ready: nothing failed"),
        ([_check("ledger", is_pending=True), _check("store", is_pending=True)], "which makes ledger, store"),
        ([_check("ledger", is_pending=True), _check("a", Outcome.FAILED), _check("b", Outcome.FAILED)], "2 failed: "),
    ],
    ids=["ready", "not yet", "failed"],
)
def test_the_last_line_sums_up(checks: list[Check], words: str) -> None:
    assert words in verdict(checks)


def test_what_the_first_push_makes_is_pending(tmp_path: Path) -> None:
    assert "after the first push, which makes ledger, keyring, store" in verdict(run(tmp_path, {}))
