"""The ``key`` and the ``url`` of a dict, by what the dict is called, and names that are written with dots."""

from __future__ import annotations

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.model.value import JSON, findings_of

RANDOM = invent("<32 base62>")
SMALL = "on22z66ysn71ft51un2w943u862q9ex38"
DIGEST = "c8c0ea1c4a6b199b3429722512fbd17f"

SEALED: dict[str, JSON] = {
    "below a service": {"lastfm": {"key": RANDOM, "page": 1}},
    "with a capital": {"Paygate": {"Key": RANDOM}},
    "of letters of one case": {"shop": {"key": SMALL}},
    "of an interface": {"api": {"key": "4f1a2b3c4d5e6f708192a3b4c5d6e7f8"}},
    "below a name that opens": {"security": {"encryption": {"key": "CFBWCDO6PVZ96P42"}}},
    "in a list of services": [{"acme": {"key": RANDOM}}],
    "beside another secret": {"acme": {"key": RANDOM, "password": "dragon"}},
    "beside an address": {"webhook": {"key": "customers", "url": "https://chat.example/hooks/9fK2xQ7L"}},
    "an address to post to": {"webhook": {"url": "https://chat.example/hooks/9fK2xQ7L"}},
    "with dots": {"tpv.shop.key": RANDOM, "tpv.shop.id": 7},
    "in one name": {"lastfm_key": RANDOM, "acmeKey": RANDOM, "hub-key": SMALL},
    "a community": {"snmp": {"community": "s3cr3t", "host": "10.0.0.1"}},
    "with dots and a secret's word": {"store.sec.key": RANDOM},
}

READABLE: dict[str, JSON] = {
    "an object in a store": {"object": {"key": RANDOM}},
    "a bucket's object": {"s3": {"key": RANDOM}},
    "a tag": {"tags": [{"key": RANDOM, "owner": "ann"}]},
    "a cache": {"cache": {"key": RANDOM}},
    "a digest": {"acme": {"key": DIGEST}},
    "a word": {"acme": {"key": "customers"}},
    "a path": {"acme": {"key": "exports/2026/11/customers.csv"}},
    "a number": {"acme": {"key": 4711}},
    "the key of a part": {"destination.key": RANDOM},
    "a partition": {"topic.partition.key": RANDOM},
    "nothing": {"acme": {"key": None}},
    "a ULID": {"report": {"key": "01J9ZK3V5Q8M2N7X4B6T0R1Y2W"}},
    "a digest in base64": {"report": {"key": "1B2M2Y8AsgTpgAmY7PhCfg=="}},
    "an address of words": {"webhook": {"url": "https://api.git.example/repos/acme/etl/hooks/12"}},
    "the key of a part in one name": {
        "user_key": RANDOM,
        "issueKey": SMALL,
        "checkpoint-key": RANDOM,
        "hasKey": RANDOM,
    },
    "a digest in one name": {"acme_key": DIGEST},
    "a community of people": {"forum": {"community": "gardening"}, "community": "gardening"},
    "a row": {"payload": {"after.key": RANDOM}},
    "a name of a Secret": {"secret": {"name": "db-creds", "key": "secret-access-key"}},
    "a licence": {"license": {"key": "mit", "name": "MIT License"}},
    "an account": {"account": {"key": "ACME"}},
    "an issue": {"jira": {"key": "DATA-123"}},
    "an object of a store": {"gcs": {"bucket": "b", "key": "exports/2026/a.csv"}},
    "an address": {"repository": {"url": "https://git.example/acme/shop"}},
    "the address of a hook's host": {"webhook": {"url": "https://chat.example"}},
    "a dict": {"tls": {"key": {"path": "/etc/tls/key.pem", "size": 2048}}},
    "a name in Redis": {"redis": {"key": "ums:admin"}},
}


@pytest.mark.parametrize("value", SEALED.values(), ids=SEALED.keys())
def test_the_key_of_a_service_is_sealed(value: JSON) -> None:
    assert any(
        str(finding.path[-1]).lower().endswith(("key", "url", "community"))
        for finding in findings_of(scan(value, "out", policy()))
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE.keys())
def test_a_key_that_finds_something_is_readable(value: JSON) -> None:
    assert scan(value, "out", policy()) is None  # type: ignore[arg-type]


def test_a_dict_that_is_called_the_key_of_a_service_is_sealed_in_parts() -> None:
    value: JSON = {"lastfm_key": {"password": "hunter2go", "page": 1}, "license": {"token": RANDOM, "page": 1}}
    paths = [finding.path for finding in findings_of(scan(value, "out", policy()))]  # type: ignore[arg-type]
    assert paths == [("lastfm_key", "password"), ("license", "token")]


def test_the_key_that_is_pushed_under_the_name_of_a_service_is_sealed() -> None:
    assert scan({"key": RANDOM}, "lastfm", policy()) == {"key": "name-variable"}


def test_the_key_of_an_answer_is_sealed_if_it_looks_drawn() -> None:
    assert scan({"key": RANDOM}, "return_value", policy()) == {"key": "name-unlisted-key"}
    assert scan({"key": RANDOM, "many": [1]}, "return_value", policy()) == {"key": "name-unlisted-key"}
    assert scan({"data": {"key": RANDOM, "id": 3}}, "out", policy()) == {"data": {"key": "name-unlisted-key"}}
    assert scan({"key": "orders/2026/08.csv"}, "return_value", policy()) is None
    assert scan({"key": RANDOM.lower()[:16]}, "return_value", policy()) is None


def test_the_public_key_for_secrets_of_github_is_readable() -> None:
    public = invent("<43 base62>") + "="
    assert scan({"key_id": "568250167242549743", "key": public}, "return_value", policy()) is None
    assert scan({"key_id": "etl", "key": public}, "return_value", policy()) == {"key": "name-unlisted-key"}
