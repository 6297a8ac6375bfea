"""The notations: they say what was counted, and no name gets out of its label."""

import html
import json
import re

import pytest

from secure_xcom.model.event import Event
from secure_xcom.ops.lineage import render, text
from secure_xcom.ops.lineage.graph import Lineage, lineage
from tests.unit.ops.lineage.traffic import HOSTILE, access, read, task, write

MERMAID_LINE = re.compile(
    r"flowchart LR"
    r'|  t\d+\["(?P<task>[^"]*)"\]'
    r'|  k\d+\(\["(?P<key>[^"]*)"\]\)'
    r'|  [tk]\d+ (?:-->|-\.->)\|"(?P<edge>[^"]*)"\| [tk]\d+'
)
DOT_LINE = re.compile(
    r"digraph lineage \{|  rankdir=LR;|\}"
    r'|  t\d+ \[shape=box, label="(?P<task>(?:[^"\\]|\\.)*)"\];'
    r'|  k\d+ \[shape=ellipse, label="(?P<key>(?:[^"\\]|\\.)*)"\];'
    r'|  [tk]\d+ -> [tk]\d+ \[style=(?:solid|dotted), label="(?P<edge>(?:[^"\\]|\\.)*)"\];'
)


def example() -> Lineage:
    fetch = task("fetch")
    return lineage(
        "dag",
        None,
        [
            write(fetch, "raw"),
            access(Event.CLAIM, task("validate"), source=fetch, key="raw"),
            read(task("validate"), fetch, "raw"),
            access(Event.CONSUME, task("validate"), source=fetch, key="raw"),
            access(Event.READ, task("thief", dag="other"), source=fetch, key="raw", error="ContractViolation"),
        ],
    )


def hostile(name: str) -> Lineage:
    source = task(name)
    return lineage(
        "dag",
        None,
        [write(source, name), access(Event.READ, task(name, dag=name), source=source, key=name, error=name or "x")],
    )


def test_json_says_who_did_what_and_how_often() -> None:
    found = json.loads(render.to_json(example()))
    assert (found["dag_id"], found["run_id"], found["runs"]) == ("dag", None, 1)
    (key,) = found["keys"]
    validate = {"dag_id": "dag", "task_id": "validate", "map_indexes": [-1], "times": 1, "runs": 1}
    assert key["read"] == key["claimed"] == key["consumed"] == [validate]
    assert key["written"] == [validate | {"task_id": "fetch"}]
    (refused,) = key["refused"]
    assert refused["dag_id"] == "other"
    assert (refused["event"], refused["error"]) == ("read", "ContractViolation")
    assert key["released"] == key["purged"] == key["revealed"] == key["expired"] == key["failed"] == []
    assert key["read_once"]


def test_mermaid_draws_tasks_keys_and_refusals() -> None:
    assert render.to_mermaid(example()).splitlines() == [
        "flowchart LR",
        '  t0["fetch"]',
        '  t1["validate"]',
        '  t2["thief of Dag other"]',
        '  k0(["raw#44; of fetch#44; 1 run#44; claimed 1#44; consumed 1"])',
        '  t0 -->|"written 1 time"| k0',
        '  k0 -->|"read 1 time"| t1',
        '  k0 -.->|"read refused #40;ContractViolation#41;#44; 1 time"| t2',
    ]


def test_dot_draws_the_same() -> None:
    assert render.to_dot(example()).splitlines() == [
        "digraph lineage {",
        "  rankdir=LR;",
        '  t0 [shape=box, label="fetch"];',
        '  t1 [shape=box, label="validate"];',
        '  t2 [shape=box, label="thief of Dag other"];',
        '  k0 [shape=ellipse, label="raw\\nof fetch, 1 run, claimed 1, consumed 1"];',
        '  t0 -> k0 [style=solid, label="written 1 time"];',
        '  k0 -> t1 [style=solid, label="read 1 time"];',
        '  k0 -> t2 [style=dotted, label="read refused (ContractViolation), 1 time"];',
        "}",
    ]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_within_its_mermaid_label_and_reads_as_itself(name: str) -> None:
    lines = [MERMAID_LINE.fullmatch(line) for line in render.to_mermaid(hostile(name)).split("\n")]
    assert all(lines)
    labels = [found["task"] or found["key"] or found["edge"] or "" for found in lines if found]
    for label in labels:
        assert re.fullmatch(r"(?:[\w .-]|#\d+;)*", label)
    (key,) = (found["key"] for found in lines if found and found["key"] is not None)
    said = html.unescape(key.replace("#", "&#")).replace("\\ufb02", "\ufb02").replace("\\xb6", "\xb6")
    assert said.startswith(f"{text.visible(name)}, of ")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_within_its_dot_label_and_reads_as_itself(name: str) -> None:
    lines = [DOT_LINE.fullmatch(line) for line in render.to_dot(hostile(name)).split("\n")]
    assert all(lines)
    (key,) = (found["key"] for found in lines if found and found["key"] is not None)
    said = re.match(r"(?:[^\\]|\\[^n])*", key)[0]
    assert html.unescape(re.sub(r"\\(.)", r"\1", said)) == text.visible(name)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_json_is_ascii_and_holds_the_name_as_it_is(name: str) -> None:
    printed = render.to_json(hostile(name))
    assert printed.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", printed)
    assert json.loads(printed)["keys"][0]["key"] == name


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_visible_name_is_printable_and_no_other_name_looks_the_same(name: str) -> None:
    seen = text.visible(name)
    assert seen.isprintable()
    assert seen.replace("\\\\", "").count("\\") == sum(not character.isprintable() for character in name)
    assert len({text.visible(other) for other in HOSTILE}) == len(HOSTILE)
    assert text.visible("\n") != text.visible("\\n")
