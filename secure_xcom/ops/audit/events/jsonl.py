"""JSON lines: one object an entry, in ASCII, so that no terminal and no parser takes a name for more than text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from secure_xcom.ops.audit.events.fields import exact, fields

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded


def encode(batch: Sequence[Recorded]) -> str:
    """Return a line for each entry, each with all fields."""
    return "".join(line(fields(one)) for one in batch)


def line(value: Mapping[str, Any]) -> str:
    """Return a JSON value on a line of its own. A lone surrogate is written as text: strict parsers refuse it."""
    return json.dumps(_encodable(value), separators=(",", ":")) + "\n"


def _encodable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return exact(value)
    if isinstance(value, Mapping):
        return {name: _encodable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value
