"""Moments as people give them: an ISO 8601 time, or how long ago it was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import typer

from secure_xcom.settings.duration import seconds_of

HOW_TO_WRITE: Final = "an ISO 8601 time such as 2026-01-31T12:00:00Z, or how long ago it was, such as 7d or 12h"


def moment_of(option: str, text: str, now: float) -> int:
    """Return a moment in Unix milliseconds. Raises ``typer.BadParameter`` if ``text`` names none."""
    found = milliseconds(text, now)
    if found is None:
        raise typer.BadParameter(f"must be {HOW_TO_WRITE}", param_hint=option)
    return found


def milliseconds(text: str, now: float) -> int | None:
    """Return a moment in Unix milliseconds, ``None`` if ``text`` names none. A time without a zone is in UTC."""
    ago = seconds_of(text)
    if ago is not None:
        return int((now - ago) * 1000)
    try:
        moment = datetime.fromisoformat(text)
        in_zone = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(in_zone.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
