"""What may be the reason of a reveal: one line, of bounded length, that holds no secret."""

from __future__ import annotations

import pytest

from secure_xcom.ops.lifecycle.reveal.reason import LONGEST, problem_of

SECRET = "kanarienvogel-4711"


def rule_of(text: str) -> str | None:
    return "content-canary" if SECRET in text else None


@pytest.mark.parametrize("reason", ["ticket 4711", "a" * LONGEST, "Überweisung klären"])
def test_one_line_is_taken(reason: str) -> None:
    assert problem_of(reason, rule_of) == ""


REFUSED = {
    "nothing": ("", "empty"),
    "blanks": ("  ", "empty"),
    "too long": ("a" * (LONGEST + 1), "characters"),
    "two lines": ("a\nb", "one line"),
    "a colour": ("\x1b[31m", "one line"),
    "a direction": ("a\u202eb", "one line"),
    "a secret": (f"the token is {SECRET}", "content-canary"),
}


@pytest.mark.parametrize(("reason", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_and_not_repeated(reason: str, why: str) -> None:
    problem = problem_of(reason, rule_of)
    assert why in problem
    assert SECRET not in problem
