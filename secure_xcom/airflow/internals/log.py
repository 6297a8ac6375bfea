"""The fields of a log line that are its structure: Airflow's log reader needs them as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from airflow.sdk import log

from secure_xcom.airflow.internals.secrets_masker import holds_registered

_redact: Final = log.redact

_STRUCTURE: Final[Mapping[str, re.Pattern[str]]] = {
    "timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{5,18}(?:Z|[+-][0-9:]{5,6})?", re.ASCII),
    "level": re.compile(r"[a-z]{3,16}", re.ASCII),
    "logger": re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*", re.ASCII),
}
"""How the structural fields look. In any other look one is text of the task's, and is masked like the rest."""


def keep_structure() -> None:
    """Have each log line of this process, and of its future children, keep its structure where the rest is masked."""
    log.redact = _redact_line


def _redact_line(line: Any) -> Any:
    masked = _redact(line)
    if isinstance(line, dict) and isinstance(masked, dict):
        for name, look in _STRUCTURE.items():
            value = line.get(name)
            if isinstance(value, str) and masked[name] != value and look.fullmatch(value) and not _tells(name, value):
                masked[name] = value
    return masked


def _tells(name: str, value: str) -> bool:
    """Whether a structural field tells a secret: a task chooses the names of its loggers, and they may be any text."""
    return name == "logger" and holds_registered(value)
