"""The pure parts of ``audit scan``: fingerprints, excerpts, severities, the baseline and what keeps memory flat."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.content import RULES
from secure_xcom.classify.content.invention import invent
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.placeholder import SEALED_CLASSNAME, Placeholder
from secure_xcom.ops.audit.finding import Finding, Place, Scan, Severity, Source, State, as_text
from secure_xcom.ops.audit.scan.baseline import compared, key_beside, not_looked_at, read_baseline, write_baseline
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint, drop_checkpoint, read_checkpoint, write_checkpoint
from secure_xcom.ops.audit.scan.excerpt import excerpts_of
from secure_xcom.ops.audit.scan.fingerprint import Fingerprints, place_key, read_key, read_or_make_key
from secure_xcom.ops.audit.scan.gather import OTHERS, Gathered
from secure_xcom.ops.audit.scan.hits import Hit
from secure_xcom.ops.audit.scan.logs import LogFiles
from secure_xcom.ops.audit.scan.parsing import SEALED_NODE, parsed
from secure_xcom.ops.audit.scan.rules import build_rules
from secure_xcom.ops.audit.scan.severity import severity_of
from secure_xcom.ops.audit.scan.sources import Batch, Column, Form
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

TODAY = date(2026, 1, 1)
CANARY = "kanarienvogel-4711-x9"
EXCERPT = excerpts_of(RULES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def gathered(count: int = 1, most: int = 100) -> Gathered:
    made = Gathered(Fingerprints(b"k" * 32), EXCERPT, most=most)
    for number in range(count):
        made.add(
            Hit(rule="name-password", secret=f"{CANARY}-{number}", part="a.password"),
            Place(source="xcom", dag_id="etl", run_id=f"r{number}", column="value", part="a.password"),
            "",
            is_named=True,
        )
    return made


def test_a_fingerprint_depends_on_each_of_its_parts_and_on_the_key() -> None:
    place = Place(source="xcom", dag_id="d", task_id="t", name="k", column="value", part="k[1].p")
    others = [
        Fingerprints(b"a" * 32).of("rule", place, "x", is_named=True),
        Fingerprints(b"b" * 32).of("rule", place, "x", is_named=True),
        Fingerprints(b"a" * 32).of("rule", place, "y", is_named=True),
        Fingerprints(b"a" * 32).of("other", place, "x", is_named=True),
        Fingerprints(b"a" * 32).of_texts("ab", "c"),
        Fingerprints(b"a" * 32).of_texts("a", "bc"),
    ]
    assert len(set(others)) == len(others)


def test_a_run_a_position_and_a_lone_surrogate_change_no_fingerprint_and_stop_none() -> None:
    made = Fingerprints(b"a" * 32)
    first = Place(source="xcom", run_id="a", part="k[1].p", line=3)
    second = Place(source="xcom", run_id="b", part="k[22].p", line=4)
    assert made.of("r", first, "\udcff", is_named=True) == made.of("r", second, "\udcff", is_named=True)


def test_the_key_is_made_once_for_its_owner_alone(folder: Path) -> None:
    path = folder / "audit.key"
    key = read_or_make_key(path)
    assert (len(key), read_or_make_key(path), stat.S_IMODE(path.stat().st_mode)) == (32, key, 0o600)
    assert read_or_make_key(None) != read_or_make_key(None)


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"\xff"])
def test_a_damaged_key_is_a_mistake(folder: Path, content: bytes) -> None:
    path = folder / "audit.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="restore it"):
        read_or_make_key(path)


@pytest.mark.parametrize(
    ("rule", "secret", "shown"),
    [
        ("content-github-token", invent("ghp_<30 base62><checksum>"), "***"),
        ("name-password", CANARY, "***"),
        ("name-password", {"user": CANARY}, "structure"),
    ],
)
def test_an_excerpt_holds_at_most_a_public_prefix(rule: str, secret: object, shown: str) -> None:
    excerpt = EXCERPT(rule, secret)  # type: ignore[arg-type]
    assert shown in excerpt
    assert str(secret)[5:15] not in excerpt


@given(st.text(min_size=9))
def test_no_excerpt_holds_a_text(secret: str) -> None:
    assert EXCERPT("name-password", secret).count(secret) == 0 or secret.isspace() or secret in "*** (text, random, "


@pytest.mark.parametrize(
    ("rule", "secret", "severity"),
    [
        ("content-private-key", "x", Severity.CRITICAL),
        ("content-url-credentials", "x", Severity.CRITICAL),
        ("content-jwt", "q7ZtX9bV4mKp2LsW8nRd", Severity.HIGH),
        ("name-password", CANARY, Severity.HIGH),
        ("name-password", "admin", Severity.MEDIUM),
        ("name-token", "abc", Severity.LOW),
        ("content-aws-presigned-url", "x", Severity.MEDIUM),
        ("content-a-rule-of-yours", CANARY, Severity.HIGH),
    ],
)
def test_a_severity_comes_of_the_rule_and_of_how_hard_a_secret_is_to_guess(
    rule: str, secret: str, severity: Severity
) -> None:
    assert severity_of(rule, secret) is severity


def test_findings_beyond_the_limit_are_counted_together() -> None:
    findings = gathered(10, most=3).findings
    assert sorted(finding.count for finding in findings) == [1, 1, 1, 7]
    assert CANARY not in repr(findings)


@pytest.mark.parametrize("later", [("admin", CANARY), (CANARY, "admin")], ids=["worse-last", "worse-first"])
def test_findings_beyond_the_limit_have_the_severity_of_the_worst_of_them(later: tuple[str, str]) -> None:
    made = gathered(1, most=1)
    for secret in later:
        made.add(Hit(rule="name-password", secret=secret), Place(source="xcom", column="value"), "", is_named=True)
    assert [one.severity for one in made.findings if one.count == 2] == [Severity.HIGH]


def _filled_in(path: Path, text: str) -> None:
    path.write_text(path.read_text().replace('reason = ""\nowner = ""', text))


@pytest.mark.parametrize(
    ("filled", "today", "state"),
    [
        ('reason = ""\nowner = ""', TODAY, "unexplained"),
        ('reason = "a"\nowner = ""', TODAY, "unexplained"),
        ('reason = "a"\nowner = "b"', TODAY, "accepted"),
        ('reason = "a"\nowner = "b"', date(2026, 4, 1), "accepted"),
        ('reason = "a"\nowner = "b"', date(2026, 4, 2), "expired"),
    ],
)
def test_a_finding_is_accepted_with_a_reason_and_an_owner_until_its_day(
    folder: Path, filled: str, today: date, state: str
) -> None:
    path = folder / "audit.toml"
    findings = gathered().findings
    write_baseline(path, findings, (), TODAY)
    _filled_in(path, filled)
    found = compared(findings, read_baseline(path), today)
    assert (bool(found.findings[0].accepted), len(found.expired), len(found.unexplained), found.gone) == (
        state == "accepted",
        int(state == "expired"),
        int(state == "unexplained"),
        (),
    )
    assert CANARY not in path.read_text()


def test_what_a_baseline_says_stays_and_what_is_gone_is_told(folder: Path) -> None:
    path = folder / "audit.toml"
    write_baseline(path, gathered(2).findings, (), TODAY)
    _filled_in(path, 'reason = "a \\"quoted\\" \\u007f one"\nowner = "b"')
    before = read_baseline(path)
    write_baseline(path, gathered(1).findings, before, date(2026, 2, 1))
    assert read_baseline(path) == tuple(entry for entry in before if entry.fingerprint in path.read_text())
    assert len(compared(gathered(1).findings, before, TODAY).gone) == 1


@pytest.mark.parametrize(
    "text", ["[[finding]]\n", "x = 1\n", "[[finding]]\nfingerprint = 1\nexpires = 2026-01-01\n", "[", "\x00"]
)
def test_a_mistaken_baseline_is_told(folder: Path, text: str) -> None:
    path = folder / "audit.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="--baseline"):
        read_baseline(path)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_place_can_be_written_and_read(name: str) -> None:
    from tempfile import TemporaryDirectory

    place = Place(source="xcom", name=name)
    finding = Finding(fingerprint="f", rule="r", severity=Severity.LOW, place=place, excerpt="")
    with TemporaryDirectory() as directory:
        path = Path(directory) / "b.toml"
        write_baseline(path, [finding], (), TODAY)
        assert [entry.fingerprint for entry in read_baseline(path)] == ["f"]


def test_a_checkpoint_is_read_by_the_same_question_and_by_its_owner_only(folder: Path) -> None:
    path = folder / "state.json"
    write_checkpoint(path, Checkpoint(asked="a", began="b", findings=list(gathered().findings)))
    found = read_checkpoint(path, "a")
    assert found is not None
    assert found.findings == list(gathered().findings)
    with pytest.raises(ConfigurationError, match=r"other\s+options"):
        read_checkpoint(path, "other")
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_checkpoint(path, "a")
    path.chmod(0o600)
    path.write_text("{")
    with pytest.raises(ConfigurationError, match="damaged"):
        read_checkpoint(path, "a")
    assert read_checkpoint(folder / "absent", "a") is None


def test_the_state_of_a_scan_that_ended_is_dropped(folder: Path) -> None:
    path = folder / "state.json"
    write_checkpoint(path, Checkpoint(asked="a", began="b"))
    drop_checkpoint(path)
    assert read_checkpoint(path, "a") is None
    drop_checkpoint(path)


def test_findings_beyond_the_limit_can_be_accepted_by_nobody(folder: Path) -> None:
    path = folder / "audit.toml"
    findings = gathered(5, most=1).findings
    write_baseline(path, findings, (), TODAY)
    _filled_in(path, 'reason = "a"\nowner = "b"')
    found = compared(findings, read_baseline(path), TODAY)
    assert [bool(one.accepted) for one in found.findings if one.count == 4] == [False]


SCANNED = Source(name="xcom", state=State.SCANNED, passed_over={})


@pytest.mark.parametrize(
    ("sources", "others", "is_narrowed", "is_kept"),
    [
        ((SCANNED,), "", False, False),
        ((SCANNED,), "", True, True),
        ((SCANNED,), OTHERS, False, True),
        ((replace(SCANNED, state=State.PARTLY),), "", False, True),
        ((replace(SCANNED, state=State.UNREADABLE),), "", False, True),
        ((replace(SCANNED, state=State.LEFT_OUT),), "", False, True),
        ((replace(SCANNED, name="variable"),), "", False, True),
        ((), "", False, True),
    ],
    ids=["whole", "narrowed", "crowded", "partly", "unreadable", "left-out", "another", "none"],
)
def test_what_a_scan_did_not_look_for_stays_in_the_baseline(
    folder: Path, sources: tuple[Source, ...], others: str, is_narrowed: bool, is_kept: bool
) -> None:
    path = folder / "audit.toml"
    write_baseline(path, gathered(2).findings, (), TODAY)
    path.write_text(path.read_text().replace('reason = ""\nowner = ""', 'reason = "a"\nowner = "b"'))
    before = read_baseline(path)
    findings = tuple(replace(one, excerpt=others or one.excerpt) for one in gathered(1).findings)
    scan = Scan(began="", ended="", airflow="", product="", database="", sources=sources, findings=findings)
    kept = not_looked_at(scan, before, is_narrowed=is_narrowed)
    write_baseline(path, findings, before, date(2027, 1, 1), kept)
    after = read_baseline(path)
    assert len(after) == 1 + is_kept
    assert set(after) <= set(before)


def test_a_baseline_that_others_can_change_is_refused(folder: Path) -> None:
    path = folder / "audit.toml"
    write_baseline(path, gathered().findings, (), TODAY)
    path.chmod(0o644)
    assert read_baseline(path)
    path.chmod(0o646)
    with pytest.raises(ConfigurationError, match=r"others\s+on\s+this\s+machine\s+can\s+change"):
        read_baseline(path)
    path.chmod(0o644)
    folder.chmod(0o757)
    with pytest.raises(ConfigurationError, match=r"others\s+on\s+this\s+machine\s+can\s+change"):
        read_baseline(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="opt-in: only root can give a file away")
def test_a_baseline_of_another_user_is_refused(folder: Path) -> None:
    path = folder / "audit.toml"
    path.write_text("")
    os.chown(path, 12345, -1)
    with pytest.raises(ConfigurationError, match="user 12345"):
        read_baseline(path)


def test_a_baseline_that_is_a_link_stays_one_and_has_its_key_beside_the_file(folder: Path) -> None:
    (folder / "real").mkdir(0o700)
    real, link = folder / "real" / "audit.toml", folder / "link.toml"
    link.symlink_to(real)
    write_baseline(link, gathered().findings, (), TODAY)
    assert link.is_symlink()
    assert [entry.rule for entry in read_baseline(real)] == ["name-password"]
    assert key_beside(link) == key_beside(real) == folder / "real" / "audit.toml.key"


@pytest.mark.parametrize("character", list("\u202e\u2028\u200b\x85\x9b\x7f\x1b\u2066\U000e0041\ufeff"))
def test_a_character_that_hides_or_turns_a_name_is_an_escape_in_the_baseline(folder: Path, character: str) -> None:
    path = folder / "audit.toml"
    place = Place(source="xcom", name=f"a{character}b\U0001f600")
    finding = Finding(fingerprint="f", rule="r", severity=Severity.LOW, place=place, excerpt="")
    write_baseline(path, [finding], (), TODAY)
    assert character not in path.read_text()
    assert read_baseline(path)[0].place == f"xcom: a{character}b\U0001f600"


def test_a_key_that_fingerprints_need_is_not_made_anew(folder: Path) -> None:
    path = folder / "audit.toml.key"
    with pytest.raises(ConfigurationError, match=re.escape(str(path))):
        read_key(path, "audit.toml")
    assert not path.exists()
    key = read_or_make_key(path)
    assert read_key(path, "audit.toml") == key


def test_a_key_is_placed_once_and_replaces_no_other(folder: Path) -> None:
    path = folder / "b.toml.key"
    place_key(path, b"k" * 32)
    place_key(path, b"k" * 32)
    assert read_key(path, "b.toml") == b"k" * 32
    with pytest.raises(ConfigurationError, match=r"not\s+the\s+key"):
        place_key(path, b"l" * 32)
    assert read_key(path, "b.toml") == b"k" * 32


def test_a_baseline_is_written_through_no_link_that_another_process_put_there(folder: Path) -> None:
    outside = folder / "outside"
    outside.write_text("kept")
    (folder / f".audit.toml.{os.getpid()}").symlink_to(outside)
    write_baseline(folder / "audit.toml", gathered().findings, (), TODAY)
    assert outside.read_text() == "kept"


@pytest.mark.parametrize("name", ["\udcff.log", "\x9b31m", "\x7f", "\u202e"])
def test_a_hostile_name_is_ascii_in_a_scans_json_and_in_its_state(folder: Path, name: str) -> None:
    path = folder / "state.json"
    finding = Finding(fingerprint="f", rule="r", severity=Severity.LOW, place=Place(source="s", name=name), excerpt="")
    write_checkpoint(path, Checkpoint(asked="a", began="b", findings=[finding]))
    assert read_checkpoint(path, "a") is not None
    assert as_text(finding).isascii()


@pytest.mark.parametrize(
    ("rule", "store", "ref", "is_sealed"),
    [
        ("name-password", "file", f"run__2026/-1/{'0' * 32}", True),
        ("content-github-token", "vault", f"a~{'0' * 64}/3/{'f' * 32}", True),
        (CANARY.upper(), "file", f"run/-1/{'0' * 32}", False),
        ("name-password", f"{CANARY} {CANARY}", f"run/-1/{'0' * 32}", False),
        ("name-password", "file", CANARY, False),
        ("name-password", "file", f"run/-1/{CANARY}", False),
    ],
)
def test_a_placeholder_hides_nothing_in_its_fields(rule: str, store: str, ref: str, *, is_sealed: bool) -> None:
    tree = parsed(json.dumps([Placeholder(rule=rule, store=store, ref=ref).to_json()]))
    assert isinstance(tree, list)
    assert (tree[0] is SEALED_NODE) == is_sealed


@pytest.mark.parametrize("form", [Form.JSON, Form.TEXT])
@pytest.mark.parametrize(
    "text",
    [
        '{"password": "SECRET", "password": null}',
        '{"password": null, "password": "SECRET"}',
        '{"password": "SECRET", "password": "", "password": 1}',
        '{"a": {"password": "SECRET", "password": null}, "a": null}',
        '[{"name": "DB_PASSWORD", "value": "SECRET", "value": null}]',
        '[{"name": "rows", "name": "DB_PASSWORD", "value": "SECRET"}]',
        '[{"name": "DB_PASSWORD", "name": "rows", "value": "SECRET"}]',
        '{"__classname__": "CLASS", "__version__": 1, "__data__": {"password": "SECRET"}, "__data__": DATA}',
        '{"pass\\u0077ord": "SECRET", "password": null}',
    ],
)
def test_a_name_that_stands_twice_hides_no_secret(text: str, form: Form) -> None:
    data = Placeholder(rule="name-password", store="file", ref=f"run/-1/{'0' * 32}").to_json()["__data__"]
    searcher = build_rules(Settings.parse({}, Path("/nowhere")), FakeHost(listed=())).searcher
    written = text.replace("SECRET", CANARY).replace("DATA", json.dumps(data)).replace("CLASS", SEALED_CLASSNAME)
    assert CANARY in [hit.secret for hit in searcher.in_value(written, Column(name="value", form=form), "value")]


def test_names_that_stand_twice_within_each_other_are_walked_once() -> None:
    text = '"x"'
    for _ in range(200):
        text = f'{{"a": 1, "a": 2, "b": {text}}}'

    def count(node: object) -> int:
        if isinstance(node, dict):
            return 1 + sum(map(count, node.values()))
        return 1 + sum(map(count, node)) if isinstance(node, list) else 1

    assert count(parsed(text)) < 200 * 10
    assert count(parsed("{" + ", ".join(f'"a": [{number}]' for number in range(5000)) + "}")) < 5000 * 5


def test_a_key_of_many_lines_is_searched_as_one_wherever_a_piece_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.ops.audit.scan.logs._PIECE", 4096)
    key = "-----BEGIN PRIVATE KEY-----\n" + f"{'A' * 64}\n" * 20 + "-----END PRIVATE KEY-----\n"
    (folder / "task.log").write_text(f"{'x' * 63}\n" * 55 + key + f"{'y' * 63}\n" * 200)
    texts = [str(batch.rows[0][-1]) for batch in LogFiles(folder).batches(None)]
    assert "".join(texts).count("BEGIN") == 1
    assert any(key in text for text in texts)


def test_a_long_name_fills_no_memory_and_tells_its_finding_from_others() -> None:
    made = Gathered(Fingerprints(b"k" * 32), EXCERPT)
    for end in ("a", "b"):
        place = Place(source="xcom", name="n" * 9000, run_id="r" * 9000, part="p" * 9000 + end)
        made.add(Hit(rule="name-password", secret=CANARY), place, "", is_named=True)
    assert [len(text) for one in made.findings for text in (one.place.name, one.place.part)] == [512] * 4


def test_an_id_of_bytes_is_masked_as_one_of_text(folder: Path) -> None:
    token = invent("ghp_<30 base62><checksum>")
    judge = build_rules(Settings.parse({}, folder), FakeHost(listed=())).judge()
    source = LogFiles(folder)
    row = (token.encode(), None, None, None, None, None, f"password={CANARY}")
    places = [place for _, place, _ in judge.hits(source, Batch(rows=[row]))]
    assert [place.dag_id for place in places] == ["***"]
