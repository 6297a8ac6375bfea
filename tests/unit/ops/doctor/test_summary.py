"""The doctor's report in short: one line for what was left out, and a last line that sums up."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ops.doctor.summary import counts, shown, verdict
from tests.unit.ops.doctor.test_checks import run


@pytest.mark.parametrize("isolation", [True, False])
def test_what_was_skipped_is_one_line(tmp_path: Path, *, isolation: bool) -> None:
    *others, last = shown(run(tmp_path, {}, isolation=isolation))
    assert (last.name, last.outcome, last.fix) == ("skipped", Outcome.SKIPPED, "--verbose says why")
    assert {"clock", "round-trip", "other-write"} <= set(last.found.split(", "))
    assert all(check.outcome is not Outcome.SKIPPED or check.is_pending for check in others)


def _check(name: str, outcome: Outcome = Outcome.SKIPPED, found: str = "why", **more: bool) -> Check:
    return Check(name=name, outcome=outcome, found=found, **more)


def test_what_ran_and_what_the_first_push_makes_is_shown_in_its_order() -> None:
    found = [
        _check("other-write"),
        _check("store", is_pending=True),
        _check("list", Outcome.WARNING),
        _check("unprotected-put", Outcome.FAILED),
        _check("other-identity"),
        _check("files", Outcome.OK),
    ]
    assert [check.name for check in shown(found)] == ["store", "list", "unprotected-put", "files", "skipped"]


def test_without_a_skipped_check_there_is_no_line_of_them() -> None:
    assert [check.name for check in shown([_check("files", Outcome.OK)])] == ["files"]


@pytest.mark.parametrize(
    ("outcomes", "line"),
    [
        ([], "0 ok, 0 warnings, 0 failed, 0 skipped"),
        ([Outcome.OK, Outcome.WARNING, Outcome.OK, Outcome.SKIPPED], "2 ok, 1 warning, 0 failed, 1 skipped"),
        ([Outcome.FAILED, Outcome.WARNING, Outcome.WARNING], "0 ok, 2 warnings, 1 failed, 0 skipped"),
    ],
    ids=["nothing", "a warning", "a failure"],
)
def test_the_first_line_counts_the_outcomes(outcomes: list[Outcome], line: str) -> None:
    assert counts([_check(str(number), outcome) for number, outcome in enumerate(outcomes)]) == line


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([_check("store", Outcome.OK), _check("clock")], "ready: nothing failed"),
        ([_check("store", Outcome.OK), _check("ledger", Outcome.WARNING)], "nothing failed: read the warnings"),
        ([_check("ledger", is_pending=True), _check("store", is_pending=True)], "the first push makes ledger, store"),
        ([_check("ledger", is_pending=True), _check("a", Outcome.FAILED), _check("b", Outcome.FAILED)], "2 failed: "),
    ],
    ids=["ready", "warned", "not yet", "failed"],
)
def test_the_last_line_sums_up(checks: list[Check], words: str) -> None:
    assert words in verdict(checks)


def test_what_the_first_push_makes_is_pending(tmp_path: Path) -> None:
    assert "the first push makes ledger, keyring, store" in verdict(run(tmp_path, {}))
