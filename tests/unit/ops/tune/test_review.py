"""An operator decides, and the lines are written."""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.tune.effect import Effect, Entry, Option
from secure_xcom.ops.tune.lines import Decision, lines_of, write_lines
from secure_xcom.ops.tune.proposals import Proposal
from secure_xcom.ops.tune.review import Dialogue, review


def proposal(option: Option, pattern: str) -> Proposal:
    effect = Effect(before=3, after=9, dags=1, false_alarms=0, missed=0)
    return Proposal(entry=Entry(option, pattern), reason="it looks secret", effect=effect)


PROPOSALS = [
    proposal(Option.AIRFLOW, "iban"),
    proposal(Option.SENSITIVE, "pin"),
    proposal(Option.SENSITIVE, "out.items[*].code"),
    proposal(Option.IGNORED, "token_count"),
]


def answered(*answers: str) -> tuple[list[str], list[tuple[int, int]]]:
    given: Iterator[str] = iter(answers)
    shown: list[tuple[int, int]] = []

    def ask(question: str) -> str:
        assert question
        for answer in given:
            return answer
        raise EOFError

    dialogue = Dialogue(show=lambda _, number, of: shown.append((number, of)), ask=ask)
    return [decision.name for _, decision in review(PROPOSALS, dialogue)], shown


def test_each_proposal_is_decided() -> None:
    assert answered("a", "r", "n", "Accept") == (
        ["ACCEPTED", "REJECTED", "OPEN", "ACCEPTED"],
        [(1, 4), (2, 4), (3, 4), (4, 4)],
    )


def test_an_answer_that_is_not_understood_is_asked_again() -> None:
    assert answered("", "x", " A ", "r", "r", "r")[0] == ["ACCEPTED", "REJECTED", "REJECTED", "REJECTED"]


@pytest.mark.parametrize("answers", [("a", "q"), ("a",)], ids=["quit", "the end of the input"])
def test_what_is_not_decided_stays_open(answers: tuple[str, ...]) -> None:
    assert answered(*answers)[0] == ["ACCEPTED", "OPEN", "OPEN", "OPEN"]


NOW = {Option.AIRFLOW: ["swift"], Option.SENSITIVE: ["pin", "otp"], Option.IGNORED: []}


def test_the_lines_hold_what_stands_there_now_and_what_was_accepted() -> None:
    decisions = [Decision.ACCEPTED, Decision.REJECTED, Decision.ACCEPTED, Decision.OPEN]
    text = lines_of(list(zip(PROPOSALS, decisions, strict=True)), NOW)
    assert text.splitlines() == [
        "[core]",
        "sensitive_var_conn_names = swift, iban",
        "# accepted: sensitive_var_conn_names iban (3 to 9 values sealed)",
        "",
        "[secure_xcom]",
        "sensitive_keys = pin, otp, out.items[*].code",
        "# rejected: sensitive_keys pin (3 to 9 values sealed)",
        "# accepted: sensitive_keys out.items[*].code (3 to 9 values sealed)",
        "# open: ignored_keys token_count (3 to 9 values sealed)",
    ]


def test_an_entry_that_stands_there_is_not_repeated() -> None:
    text = lines_of([(PROPOSALS[1], Decision.ACCEPTED)], NOW)
    assert "sensitive_keys = pin, otp\n" in text


def test_the_lines_are_what_a_configuration_file_takes() -> None:
    parser = configparser.ConfigParser()
    parser.read_string(lines_of([(one, Decision.ACCEPTED) for one in PROPOSALS], NOW | {Option.IGNORED: ["a%b"]}))
    assert parser["secure_xcom"]["ignored_keys"] == "a%b, token_count"
    assert parser["core"]["sensitive_var_conn_names"] == "swift, iban"


def test_nothing_decided_is_nothing_written() -> None:
    assert lines_of([], NOW) == ""


def test_a_file_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"--output {tmp_path}: cannot be written: "):
        write_lines(tmp_path, "x")
