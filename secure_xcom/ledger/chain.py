"""The chain: each entry's MAC covers the one before it in its run, and the run's end is signed with its length.

HMAC-SHA256 (RFC 2104) under the domain's chain key: neither the owner of the database nor another Dag can write,
change, drop or reorder an entry unnoticed. It cannot show that a database was set back whole to an earlier state. For
that, ``audit verify --anchor`` compares the ends with those of the last verification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from secure_xcom.seal import cipher

Row = Mapping[str, object]
"""An entry's columns."""

SIGNED: Final = (
    "at",
    "event",
    "outcome",
    "step",
    "error",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "key",
    "actor_dag_id",
    "actor_run_id",
    "actor_task_id",
    "actor_map_index",
    "actor_try_number",
    "host",
    "object_id",
    "detail",
    "proved",
)
"""The columns that the MAC covers, in their order. ``dag`` is not among them: it follows from ``dag_id``."""

START: Final = ""
"""Stands for the MAC before the first entry."""

_ENTRY: Final = "secure-xcom ledger entry v1"
_END: Final = "secure-xcom ledger end v1"
_START: Final = "secure-xcom ledger start v1"
_KEPT: Final = "secure-xcom ledger kept v1"


def entry_mac(key: bytes, before: str, chain: str, number: int, row: Row) -> str:
    """Return the MAC of entry ``number``, counted from 1, after the one whose MAC is ``before``."""
    return _mac(key, [_ENTRY, before, chain, number, *(row[name] for name in SIGNED)])


def is_entry(row: Row) -> bool:
    """Whether the columns are texts, numbers or nothing. Bytes are not: in JSON they would pass for their base64."""
    return all(value is None or type(value) in (int, str) for value in (row[name] for name in SIGNED))


def end_mac(key: bytes, chain: str, length: int, last_mac: str) -> str:
    """Return the MAC of a chain's end, which shows that nothing was cut off."""
    return _mac(key, [_END, chain, length, last_mac])


def start_mac(key: bytes, chain: str, facts: Sequence[int | str]) -> str:
    """Return the MAC of where a chain begins after pruning, which is what ``facts`` say (``ledger.beginnings``)."""
    return _mac(key, [_START, chain, *facts])


def kept_mac(key: bytes, row: Row) -> str:
    """Return the proof of an entry that waits outside of the ledger, and is in no chain yet."""
    return _mac(key, [_KEPT, *(row[name] for name in SIGNED)])


def same(found: object, expected: str) -> bool:
    """Compare in constant time."""
    return (
        isinstance(found, str)
        and expected != ""
        and cipher.same(found.encode("utf-8", "surrogatepass"), expected.encode())
    )


def _mac(key: bytes, fields: Sequence[object]) -> str:
    try:
        message = msgspec.json.encode(fields)
    except (TypeError, ValueError, OverflowError):
        # A text that no writer writes, such as a lone surrogate: it has no MAC.
        return ""
    return cipher.mac(key, message).hex()
