"""What each format makes of an entry, and of names that somebody could wish were more than names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.ledger.counting import Counts
from secure_xcom.ledger.reading import Recorded
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.events import csv_rows, jsonl, ocsf, otel, prometheus, syslog, table
from secure_xcom.ops.audit.events.fields import NAMES, exact, fields, time
from secure_xcom.ops.lineage.text import visible
from tests.root import ROOT
from tests.unit.ops.lineage.traffic import HOSTILE

NAMES_TO_FEAR = [
    *HOSTILE,
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "'=1",
    "\uff1d1",
    "=cmd|' /C calc'!A0",
    'a,b;"c"',
    '"] [fake@1 x="y"]',
    "a\\]b",
    "\n<0>1 - - - - - - forged",
    "\x85next\x0bline\x1c",
    "\udcffbytes",
    "\ufeffmark",
    "n" * 512,
    "\u202e" * 512,
]


def recorded(name: str = "name", **given: Any) -> Recorded:
    """An entry that has ``name`` wherever it has a text of somebody's choice."""
    actor = TaskInstance(dag_id=name, run_id=name, task_id=name, map_index=3, try_number=2)
    where = Coordinates(dag_id=name, run_id=name, task_id=name, key=name)
    texts = {"host": name, "step": name, "error": name, "object_id": name, "detail": name}
    plain: dict[str, Any] = {"at": 1_767_225_600_123, "event": Event.READ, "outcome": Outcome.REFUSED}
    return Recorded("0a" * 32, 7, Entry(**{"where": where, "actor": actor, **plain, **texts, **given}))


def short(name: str) -> str:
    """A test's id."""
    return ascii(name)[:40]


LINES: dict[str, Callable[..., str]] = {
    "jsonl": jsonl.encode,
    "csv": csv_rows.encode,
    "ocsf": partial(ocsf.encode, product_version="1"),
    "syslog": syslog.encode,
    "otel": partial(otel.encode, product_version="1"),
}


@pytest.mark.parametrize("form", LINES)
@pytest.mark.parametrize("name", NAMES_TO_FEAR, ids=short)
def test_an_entry_is_a_line_that_a_terminal_takes_for_text(form: str, name: str) -> None:
    written = LINES[form]([recorded(name)])
    assert written.encode()
    assert written.endswith("\n")
    assert written[:-1].replace("\ufeff", "").isprintable()


@pytest.mark.parametrize("name", NAMES_TO_FEAR, ids=short)
def test_a_row_of_the_table_is_text(name: str) -> None:
    cells = table.row(recorded(name))
    assert len(cells) == len(table.HEAD)
    assert all(cell.isprintable() for cell in cells)


@pytest.mark.parametrize("form", [*LINES, "table"])
def test_each_format_says_whether_an_entry_is_proved(form: str) -> None:
    encode = LINES.get(form, lambda found: str(table.row(found[0])))
    assert encode([recorded()]) != encode([recorded(proved=False)])


def test_the_fields_have_the_names_that_the_header_has() -> None:
    assert tuple(fields(recorded())) == NAMES


@given(st.text(), st.text())
def test_json_has_each_text_exactly(name: str, host: str) -> None:
    found = json.loads(jsonl.encode([recorded(name, host=host)]))
    assert found["key"] == found["actor_dag_id"] == found["detail"] == exact(name)
    assert found["host"] == exact(host)


def test_a_lone_surrogate_is_a_text_in_json_which_strict_parsers_would_refuse() -> None:
    assert json.loads(jsonl.encode([recorded("\ud800x")]))["key"] == "\\ud800x"


@given(st.one_of(st.text(), st.sampled_from(NAMES_TO_FEAR)))
def test_no_cell_begins_a_formula_and_different_names_stay_different(name: str) -> None:
    (cells,) = csv.reader(io.StringIO(csv_rows.encode([recorded(name)])))
    assert len(cells) == len(NAMES)
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20") and cell]
    key = cells[NAMES.index("key")]
    assert key in (visible(name), f"'{visible(name)}", "")
    assert (key == "") is (name == "")


def test_what_is_no_mapped_task_and_no_actor_is_an_empty_cell() -> None:
    (cells,) = csv.reader(io.StringIO(csv_rows.encode([recorded(actor=None)])))
    found = dict(zip(NAMES, cells, strict=True))
    assert [found[name] for name in ("map_index", "actor_dag_id", "actor_map_index")] == ["", "", ""]
    assert (found["proved"], found["number"]) == ("true", "7")


MESSAGE = re.compile(
    r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) ([!-~]{1,48}) - ([!-~]{1,32}) "
    r"\[xcom@32473((?: [!-~]{1,32}=\"(?:[^\"\\\]]|\\[\"\\\]])*\")*)\] \ufeff(.*)\n"
)
PARAMETER = re.compile(r" ([a-z_]+)=\"((?:[^\"\\\]]|\\[\"\\\]])*)\"")


@given(st.one_of(st.text(), st.sampled_from(NAMES_TO_FEAR)), st.text())
def test_a_message_is_one_of_rfc_5424_and_its_data_are_the_fields(name: str, host: str) -> None:
    found = MESSAGE.fullmatch(syslog.encode([recorded(name, host=host)]))
    assert found
    data = {one[1]: re.sub(r"\\([\"\\\]])", r"\1", one[2]) for one in PARAMETER.finditer(found[6])}
    assert data.get("key", "") == (visible(name) if name else "")
    assert data.get("host", "") == (visible(host) if host else "")
    assert (data["map_index"], data["proved"], data["number"]) == ("-1", "true", "7")


@pytest.mark.parametrize(
    ("outcome", "priority"),
    [(Outcome.DONE, 110), (Outcome.EXPIRED, 109), (Outcome.REFUSED, 108), (Outcome.FAILED, 107)],
)
def test_the_priority_says_audit_and_how_it_ended(outcome: Outcome, priority: int) -> None:
    assert syslog.encode([recorded(outcome=outcome)]).startswith(f"<{priority}>1 2026-01-01T00:00:00.123Z name ")


@pytest.mark.parametrize("host", ["", "two words", "h" * 256, "ü", "a\nb"])
def test_a_host_that_the_header_cannot_hold_stands_in_the_data_alone(host: str) -> None:
    assert syslog.encode([recorded(host=host)]).split(" ")[2] == "-"


OCSF = json.loads((ROOT / "tests" / "data" / "ocsf" / "api_activity-1.6.0.json").read_text())
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string_t": str, "integer_t": int, "long_t": int, "boolean_t": bool, "object": dict
}  # fmt: skip


def problems(found: Mapping[str, Any], kind: str, path: str = "") -> list[str]:
    """What an object has that the schema does not allow, or lacks."""
    known, constraints = OCSF["objects"][kind]["attributes"], OCSF["objects"][kind]["constraints"]
    wrong = [f"{path}{name}: unknown" for name in found if name not in known]
    wrong += [
        f"{path}{name}: missing"
        for name, one in known.items()
        if one["requirement"] == "required" and name not in found
    ]
    if constraints and not set(constraints["at_least_one"]) & set(found):
        wrong.append(f"{path}: has none of {constraints['at_least_one']}")
    for name, value in found.items():
        one = known.get(name, {"type": "object"})
        for item in value if one.get("is_array") else [value]:
            if one["type"] in OCSF["objects"]:
                wrong += problems(item, one["type"], f"{path}{name}.")
            elif not isinstance(item, TYPES[one["type"]]):
                wrong.append(f"{path}{name}: of another type")
            if "enum" in one and str(item) not in one["enum"]:
                wrong.append(f"{path}{name}: {item} is no value")
    return wrong


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("event", Event)
def test_an_event_is_what_the_schema_of_ocsf_says(event: Event, outcome: Outcome) -> None:
    for one in (recorded(event=event, outcome=outcome), recorded("", actor=None, event=event, outcome=outcome)):
        found = json.loads(LINES["ocsf"]([one]))
        assert problems(found, "api_activity") == []
        assert found["type_uid"] == OCSF["class"]["uid"] * 100 + found["activity_id"]
        assert (found["class_uid"], found["category_uid"]) == (OCSF["class"]["uid"], OCSF["class"]["category_uid"])
        assert (found["class_name"], found["category_name"]) == (
            OCSF["class"]["caption"],
            OCSF["class"]["category_name"],
        )
        assert found["type_name"] == f"{found['class_name']}: {found['activity_name']}"
        assert found["metadata"]["version"] == OCSF["version"]
        known = OCSF["objects"]["api_activity"]["attributes"]
        for name in ("severity", "status"):
            assert found[name] == known[f"{name}_id"]["enum"][str(found[f"{name}_id"])]
        caption = known["activity_id"]["enum"][str(found["activity_id"])]
        assert found["activity_name"] == (event.value.capitalize() if caption == "Other" else caption)


@pytest.mark.parametrize("name", NAMES_TO_FEAR, ids=short)
def test_a_hostile_name_leaves_an_event_valid_and_is_in_it_exactly(name: str) -> None:
    found = json.loads(LINES["ocsf"]([recorded(name)]))
    assert problems(found, "api_activity") == []
    assert found["unmapped"]["key"] == exact(name)
    (resource,) = found["resources"]
    assert resource["uid"].count("/") == 4


def test_the_check_of_ocsf_finds_what_is_wrong() -> None:
    found = json.loads(LINES["ocsf"]([recorded()]))
    for change in ({"severity_id": 12}, {"time": "now"}, {"color": "red"}, {"actor": {}}, {"api": {"operation": 1}}):
        assert problems({**found, **change}, "api_activity"), change
    del found["src_endpoint"]
    assert problems(found, "api_activity") == ["src_endpoint: missing"]


@given(st.one_of(st.text(min_size=1), st.sampled_from([name for name in NAMES_TO_FEAR if name])))
def test_a_batch_is_a_line_of_otlp_with_a_resource_for_each_host(name: str) -> None:
    batch = [recorded(name, host="b"), recorded(name, host="a", proved=False), recorded(name, host="b")]
    (line,) = LINES["otel"](batch).splitlines()
    found = json.loads(line)["resourceLogs"]
    hosts = [one["resource"]["attributes"][-1] for one in found]
    assert hosts == [{"key": "host.name", "value": {"stringValue": host}} for host in ("b", "a")]
    records = [record for one in found for logs in one["scopeLogs"] for record in logs["logRecords"]]
    assert len(records) == 3
    for record in records:
        assert record["timeUnixNano"] == "1767225600123000000"
        assert (record["severityNumber"], record["severityText"]) == (13, "WARN")
        attributes = {one["key"]: one["value"] for one in record["attributes"]}
        assert len(attributes) == len(record["attributes"])
        assert attributes["error.type"] == attributes["xcom.actor.dag_id"] == {"stringValue": exact(name)}
        assert attributes["xcom.map_index"] == {"intValue": "-1"}
    assert {"key": "xcom.proved", "value": {"boolValue": False}} in records[-1]["attributes"]


def test_no_entries_are_no_line_of_otlp() -> None:
    assert LINES["otel"]([]) == ""


SAMPLE = re.compile(r'[a-z_]+(\{event="[a-z]+",outcome="[a-z]+"\})? [0-9]+(\.[0-9]+)?')


def test_metrics_are_counts_with_a_closed_set_of_labels() -> None:
    verified = prometheus.Verified(at=5.5, breaks=1, cuts=2, unproved=3)
    written = prometheus.encode(Counts(entries={("read", "done"): 4, ("unknown", "failed"): 1}, last=1_500), verified)
    lines = written.splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    assert len(samples) == len(Event) * len(Outcome) + 1 + 5
    for sample in (
        'secure_xcom_ledger_entries_total{event="read",outcome="done"} 4',
        'secure_xcom_ledger_entries_total{event="purge",outcome="done"} 0',
        "secure_xcom_ledger_last_entry_timestamp_seconds 1.5",
        "secure_xcom_ledger_breaks 1",
        "secure_xcom_ledger_cuts 2",
        "secure_xcom_ledger_unproved_entries 3",
        "secure_xcom_ledger_verified_timestamp_seconds 5.5",
    ):
        assert sample in lines
    described = [line.split()[2] for line in lines if line.startswith("# HELP ")]
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert described == typed
    assert set(typed) == {re.split("[{ ]", sample)[0] for sample in samples}


def test_without_a_verification_no_metric_speaks_of_one() -> None:
    assert "break" not in prometheus.encode(Counts())


def test_a_time_is_exact_to_the_millisecond_up_to_the_year_9999() -> None:
    assert time(0) == "1970-01-01T00:00:00.000Z"
    assert time(253_402_300_799_999) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("event", [Event.REVEAL, Event.OVERRIDE], ids=lambda event: event.value)
@pytest.mark.parametrize("form", ["table", *LINES])
def test_a_reveal_says_who_had_a_value_shown_and_why(form: str, event: Event) -> None:
    one = recorded(actor=None, event=event, detail="by ann as airflow: ticket 4711: the partner rejects it")
    encode = LINES.get(form, lambda found: str(table.row(found[0])))
    assert "ann as airflow: ticket 4711: the partner rejects it" in encode([one])


def test_a_reveals_operator_is_the_user_of_ocsf() -> None:
    one = recorded(actor=None, event=Event.REVEAL, detail="by ann as airflow: ticket 4711")
    assert json.loads(ocsf.encode([one], "1"))["actor"]["user"] == {"name": "ann as airflow"}


@pytest.mark.parametrize(
    ("event", "detail"), [(Event.READ, "by ann: x"), (Event.REVEAL, "reversed"), (Event.REVEAL, "nearby ann: x")]
)
def test_nothing_else_names_an_operator(event: Event, detail: str) -> None:
    assert table.row(recorded(actor=None, event=event, detail=detail))[4] == ""
