"""``ACCOUNT_KEYS``: answers in which a key of an account is called ``value``, ``key`` or ``primary``."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.kind import Kind, are_keys, looks_drawn, looks_hexadecimal

STORAGE_KEY: Final = "shape-storage-key"

ACCOUNT_KEYS: Final = (
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"keyname", "value", "permissions"}),
        secret=("value",),
        source="Azure Storage REST API: Storage Accounts, List Keys",
    ),
    *(
        Kind(
            id=STORAGE_KEY,
            needs=frozenset({first, second}),
            secret=(first, second),
            source="Azure REST API, List Keys of Batch, Cognitive Services, Search and Maps accounts",
            holds=are_keys(first, second),
        )
        for first, second in (("primary", "secondary"), ("key1", "key2"), ("primarykey", "secondarykey"))
    ),
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"key", "actions", "indexes"}),
        secret=("key",),
        source="Meilisearch, API reference: Keys",
        holds=lambda node: isinstance(node["key"], str) and isinstance(node["actions"], list),
    ),
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"value", "stagekeys"}),
        secret=("value",),
        source="Amazon API Gateway API reference: CreateApiKey",
        holds=lambda node: looks_drawn(node["value"]),
    ),
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"value", "signedservice", "signedexpiry"}),
        secret=("value",),
        source="Azure Blob Storage REST API: Get User Delegation Key",
    ),
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"key", "last4"}),
        secret=("key",),
        source="Datadog API: Key Management",
        holds=looks_hexadecimal("key"),
    ),
    *(
        Kind(
            id=STORAGE_KEY,
            needs=frozenset({"appid", beside}),
            secret=("appid",),
            source="OpenWeather API: the key of an account, beside the place or the units that are asked for",
            holds=looks_hexadecimal("appid"),
        )
        for beside in ("lat", "units", "q", "zip")
    ),
    Kind(
        id=STORAGE_KEY,
        needs=frozenset({"primarykey", "primaryconnectionstring"}),
        secret=("primarykey", "secondarykey"),
        source="Azure Event Hubs, Service Bus and Relay REST API: List Keys",
        holds=lambda node: isinstance(node["primarykey"], str),
    ),
)
