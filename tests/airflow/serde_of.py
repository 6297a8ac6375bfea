"""Print what the installed Airflow's serialiser makes of some values; run it with each version.

``tests/airflow/serde/VERSION.json`` holds what it printed, and never changes.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

MOMENT = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
VALUES: dict[str, dict[str, object]] = {
    "text": {"password": "correct horse battery"},
    "nested": {"password": [1, 2.5, None, True, {"a": "b"}]},
    "tuple": {"password": (1, ("a", "b"))},
    "set": {"password": {7}},
    "frozenset": {"password": frozenset({7})},
    "moment": {"password": MOMENT},
    "moment of a zone": {"password": MOMENT.astimezone(ZoneInfo("Europe/Berlin"))},
    "date": {"password": dt.date(2026, 3, 29)},
    "duration": {"password": dt.timedelta(days=1, seconds=5)},
    "decimal": {"password": Decimal("12.50")},
}
"""What tasks push; each is sealed."""


def main() -> None:
    """Print the encodings as JSON."""
    try:
        from airflow.sdk.serde import serialize
    except ImportError:  # Airflow 3.1
        from airflow.serialization.serde import serialize
    print(json.dumps({name: serialize(value) for name, value in VALUES.items()}, indent=1))


if __name__ == "__main__":
    main()
