"""Texts that a task returns without a name, judged by what they look like."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import json
import random
import string
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.unnamed import SHAPE_RANDOM, looks_like_a_key
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import Node
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.root import ROOT

FERNET = "OoZkxIWfotmvIag_ym-bXaOTt2SOjvsg3ZL-T08SAKH="
TOKEN = "BQ00J85tDUkgr4kwm2TsE0ag_E_vlyYbs-GjCFSWMDUk1sV50Ow85XLByK82Ia3O5Su-sRj7LX1ltXLX"
URL_SAFE = string.ascii_letters + string.digits + "-_"


def _selected(value: Node, key: str = "return_value", task_id: str = "extract", **options: str) -> object:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return scan(value, key, policy, origin=Origin(task_id=task_id))


def _tuple(*items: Node) -> Node:
    return {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [*items]}


KEYS: dict[str, tuple[Node, object]] = {
    "a key of Fernet": (FERNET, SHAPE_RANDOM),
    "a token": (TOKEN, SHAPE_RANDOM),
    "a token as JSON": (f'"{TOKEN}"\n', SHAPE_RANDOM),
    "a token and until when": ([TOKEN, 3600], {0: SHAPE_RANDOM}),
    "a tuple": (_tuple("2026-11-30", TOKEN), {"__data__": {1: SHAPE_RANDOM}}),
    "an address and a login": (
        _tuple("neo4j://db.acme.io", _tuple("neo4j", TOKEN)),
        {"__data__": {1: {"__data__": {1: SHAPE_RANDOM}}}},
    ),
}


@pytest.mark.parametrize(("value", "selected"), KEYS.values(), ids=KEYS)
def test_what_looks_like_a_key_is_sealed(value: Node, selected: object) -> None:
    assert _selected(value) == selected


def test_nearly_each_random_token_looks_like_one() -> None:
    draw = random.Random(7)
    tokens = ["".join(draw.choices(URL_SAFE, k=draw.randint(43, 100))) for _ in range(1000)]
    assert sum(map(looks_like_a_key, tokens)) > 940


HARMLESS = {
    "a digest": hashlib.sha256(b"x").hexdigest(),
    "a longer digest": hashlib.sha512(b"x").hexdigest(),
    "a digest of an image": f"sha256:{hashlib.sha256(b'x').hexdigest()}",
    "a file of Google Drive": "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
    "a token of a page": base64.urlsafe_b64encode(b"\x08\x01\x12\x1ecursor-2026-11-30-000000000042").decode(),
    "a text in base64": base64.b64encode(b"total 12 drwxr-xr-x 2 root root 4096").decode(),
    "JSON in base64": base64.b64encode(json.dumps({"page": 2, "after": "2026-11-30"}).encode()).decode(),
    "compressed data": base64.b64encode(gzip.compress(b"orders" * 30)).decode(),
    "what a key service encrypted": "CiQAfrgQD596ftDeXU6fMPNjiV8mkotGBjc1tFZq4xEW9OkLY1aWmkJuny6jLiZle9R57B",
    "a content id": "QmXBavBraArcbFgdHZ4HVBtUr4zuMR7nIA2aAH1GTlqBKm",
    "an id of a service": "chatcmpl-Va2ACdSr74ES93E2Y3Wp69xyRd7EY",
    "an id behind its kind": "msg_gPd99oILZw3iexGyPIvtT05N0gPd99oILZw3iexGyP",
    "a version of an object": "3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
    "a name of a table": "Sales_Dashboard_2026_Q1_by_Region_and_Customer_Segment",
    "a name of a run": "airflow_sales_load_keys_2026_03_04T02_00_00_00_00_d27dac51fbf7a6cdcef9140edc23c10c",
    "small letters and digits": "cs5kiux9wvdfzg7a9hfbxmm6f0vryal9cs5kiux9wvdf",
    "words": "TheQuickBrownFoxJumpsOverTheLazyDogNearTheHarbour2026",
    "one letter": "A" * 44,
    "too long": FERNET * 20,
    "a digest in base64": "Oo+kxIWfotmvIag/ym1bXaOTt2SOjvsg3ZLxT08SAKH=",
    "other compressed data": "QlpoOTFBWSZTWUT3xK8AAAfbgAAQYAUBAoCMIAoAIAAhoYhqaGGQwiTQqLuSKcKEhUe",
    "a text with umlauts in base64": "R3LDvMOfZSBhdXMgS8O2bG4sIGxpZWJlIEdyw7zDn2Ugw7w",
    "an address of a wallet": "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
    "empty": "",
}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_is_random_and_opens_nothing_stays_readable(text: str) -> None:
    assert _selected(text) is None


def test_no_text_that_only_looks_like_a_secret_is_taken_for_one() -> None:
    with (ROOT / "tests/data/content/negatives.csv").open(encoding="utf-8", newline="") as file:
        texts = [invent(row["notation"]) for row in csv.DictReader(file) if row["half"] == "dev"]
    assert [text for text in texts if looks_like_a_key(text)] == []


def test_several_of_one_kind_are_ids() -> None:
    assert _selected([TOKEN, TOKEN[::-1]]) == {0: SHAPE_RANDOM, 1: SHAPE_RANDOM}
    assert _selected([TOKEN, TOKEN[::-1], FERNET]) is None
    assert _selected([TOKEN, "x" * 40, "/data/orders/2026-11-30/part-00000.snappy.parquet"]) is None


JENKINS = [
    "Please use the following password to proceed to installation:",
    "",
    "0f99a7336e0ea4b28d3fa899c270208c",
    "",
    "This may also be found at: /var/jenkins_home/secrets/initialAdminPassword",
]


def test_a_secret_in_lines_of_a_log_is_sealed_in_its_line() -> None:
    assert _selected(JENKINS) == {2: "content-jenkins-initial-password"}
    assert _selected(JENKINS, ignored_keys="return_value[2]") is None
    assert _selected(JENKINS * 401) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["the password of etl is kept in Vault", "", "see the runbook"],
        ["id", "password", "created_at"],
        ["{", '  "type": "string",', '  "api_key": "test_api_key"', "}"],
        ["image: postgres 16 alpine", "POSTGRES_PASSWORD = postgres", "image: postgres 17 alpine"],
    ],
    ids=["prose", "columns", "a document", "a word that stands elsewhere"],
)
def test_other_lines_stay_readable(lines: list[Node]) -> None:
    selected = _selected(lines) or {}
    assert isinstance(selected, dict)
    assert set(selected) <= {1}


@pytest.mark.parametrize(
    "task_id",
    ["upload_file", "get_next_page", "compute_checksum", "etl.get_version_id", "hash", "submit_job", "get_next_token"],
)
def test_a_task_that_is_called_after_an_id_returns_one(task_id: str) -> None:
    assert _selected(TOKEN, task_id=task_id) is None


@pytest.mark.parametrize("key", ["cursor", "etag", "drive_id", "result"])
def test_another_key_says_what_stands_there_itself(key: str) -> None:
    assert _selected(TOKEN, key=key) is None


@pytest.mark.parametrize("value", [{"value": TOKEN}, [TOKEN] * 9, [[[TOKEN]]]], ids=["dict", "long", "deep"])
def test_what_has_names_or_many_neighbours_stays_readable(value: Node) -> None:
    assert _selected(value) is None


@pytest.mark.parametrize(
    "options", [{"ignored_keys": "return_value"}, {"names": "airflow"}], ids=["ignored", "as Airflow"]
)
def test_the_operator_has_the_last_word(options: dict[str, str]) -> None:
    assert _selected(TOKEN, **options) is None
