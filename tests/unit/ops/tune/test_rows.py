"""XComs as they are read, from columns of a database and from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.tune.export import Export
from secure_xcom.ops.tune.rows import MOST_CHARACTERS, SEALED_NODE, Problem, Row, only_of, row_of

CANARY = "kanarienvogel-4711"


def line(value: object = 1, **changed: object) -> str:
    return json.dumps({"dag_id": "etl", "task_id": "make", "key": "out", "value": value} | changed)


def test_a_value_is_parsed_with_its_placeholders_as_one_node() -> None:
    placeholder = Placeholder(rule="name", store="vault", ref="x/y").to_json()
    row = row_of("etl", "make", "out", json.dumps({"a": [placeholder], "b": 1}))
    assert isinstance(row, Row)
    assert row.value == {"a": [SEALED_NODE], "b": 1}
    assert isinstance(row.value, dict)
    assert isinstance(row.value["a"], list)
    assert row.value["a"][0] is SEALED_NODE


@pytest.mark.parametrize(("column", "value"), [(None, None), ("null", None), (12, 12), (1.5, 1.5), (b'"x"', "x")])
def test_a_column_may_hold_what_the_database_makes_of_json(column: object, value: object) -> None:
    row = row_of("etl", "make", "out", column)
    assert isinstance(row, Row)
    assert row.value == value


COLUMNS = {
    "text": ("secret", Problem.NOT_JSON),
    "half": ('{"a": ', Problem.NOT_JSON),
    "undecodable bytes": (b'"\xff"', Problem.NOT_JSON),
    "a number of too many digits": ("1" * 5_000, Problem.NOT_JSON),
    "a pickle": (b"\x80\x04K\x01.", Problem.NOT_JSON),
    "a type of another driver": (object(), Problem.NOT_JSON),
    "a bomb": ("[" * 200_000, Problem.TOO_DEEP),
    "a bomb of objects": ('{"a":' * 200_000, Problem.TOO_DEEP),
    "100 MB": ('"' + "x" * 100_000_000 + '"', Problem.TOO_LARGE),
}


@pytest.mark.parametrize("what", COLUMNS)
def test_what_cannot_be_looked_at_is_a_problem(what: str) -> None:
    column, problem = COLUMNS[what]
    assert row_of("etl", "make", "out", column) is problem


def test_a_row_shows_no_value() -> None:
    assert CANARY not in repr(row_of("etl", "make", "out", json.dumps(CANARY)))


def test_an_export_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.write_text(f"{line({'a': 1})}\n\n  \n{line(None, key='other')}")
    assert [(row.dag_id, row.key, row.value) for row in Export(path) if isinstance(row, Row)] == [
        ("etl", "out", {"a": 1}),
        ("etl", "other", None),
    ]


LINES = {
    "no JSON": (CANARY, Problem.NOT_JSON),
    "a list": ("[1]", Problem.NOT_A_ROW),
    "no value": ('{"dag_id": "a", "task_id": "b", "key": "c"}', Problem.NOT_A_ROW),
    "a key that is a number": (line(key=7), Problem.NOT_A_ROW),
    "a key that is nothing": (line(key=None), Problem.NOT_A_ROW),
    "a bomb": ('{"value": ' + "[" * 100_000, Problem.TOO_DEEP),
    "too large": (line("x" * (2 * MOST_CHARACTERS + 5)), Problem.TOO_LARGE),
    "a lone surrogate": (line("\ud800"), None),
}


@pytest.mark.parametrize("what", LINES)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_wrong_line_is_a_problem_and_the_next_one_is_read(tmp_path: Path, what: str, end: str) -> None:
    text, problem = LINES[what]
    path = tmp_path / "xcoms.jsonl"
    path.write_text(f"{line()}\n{text}\n{line()}{end}")
    first, second, third = Export(path)
    assert isinstance(first, Row)
    assert isinstance(third, Row)
    assert second is problem or (problem is None and isinstance(second, Row))


def test_undecodable_bytes_are_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.write_bytes(line("x").encode().replace(b'"x"', b'"\xff\xfe"'))
    assert list(Export(path)) == [Problem.NOT_JSON]


def test_a_sample_takes_one_line_in_so_many_and_a_limit_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.write_text("\n".join(line(number) for number in range(20)))
    taken = [row.value for row in Export(path, limit=3, every=5) if isinstance(row, Row)]
    assert taken == [0, 5, 10]


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"--export {tmp_path / name}: cannot be read: "):
        list(Export(tmp_path / name))


def test_other_dags_are_left_out() -> None:
    rows = [row_of(dag, "t", "k", "1") for dag in ("a", "b", "c")]
    assert [row.dag_id for row in only_of(rows, ["b"]) if isinstance(row, Row)] == ["b"]
    assert len(list(only_of(rows, []))) == 3
