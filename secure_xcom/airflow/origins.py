"""``origin_of``: what the operator of the running task knows of the value that it returns.

Its attributes are looked up where they are stored: no property of a user's class is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from secure_xcom.model.origin import Origin

_MOST_STATEMENTS: Final = 64
_MOST_COLUMNS: Final = 10_000

_COMMANDS: Final = ("bash_command", "command", "cmds")
"""Attributes of operators that return what a command prints, as those of Bash, SSH, Docker and Kubernetes do."""


def origin_of(operator: object, task_id: str) -> Origin:
    """Return what is known of how an operator made what it returns. Raises nothing."""
    known = _stored(operator)
    return Origin(
        task_id=task_id,
        command=next((text for name in _COMMANDS if (text := _command(known, name))), ""),
        endpoint=_text(known.get("endpoint")),
        tables=_tables(known),
    )


def _stored(owner: object) -> Mapping[str, Any]:
    try:
        return vars(owner)
    except TypeError:
        return {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _command(known: Mapping[str, Any], name: str) -> str:
    """Return a command as a shell's user writes it. Of a list that hands a script to a shell it is the script.

    A pod has its program and its arguments in two lists.
    """
    value, arguments = known.get(name), known.get("arguments")
    if not isinstance(value, list):
        return _text(value)
    words = [*map(_text, value), *(map(_text, arguments) if isinstance(arguments, list) else ())]
    return words[words.index("-c") + 1] if "-c" in words[:-1] else " ".join(words)


def _tables(known: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the columns of each statement that ``SQLExecuteQueryOperator`` ran, as the database's driver told them.

    Its hook keeps the descriptions of the cursors (PEP 249, ``Cursor.description``).
    """
    descriptions = _stored(known.get("_hook")).get("descriptions")
    if isinstance(descriptions, list):
        tables = [_columns(each) for each in descriptions[:_MOST_STATEMENTS]]
        return tuple(columns for columns in tables if columns)
    return ()


def _columns(description: object) -> tuple[str, ...]:
    """Return the names of the columns that a cursor described."""
    if not isinstance(description, Iterable):
        return ()
    names: list[str] = []
    for column in description:
        try:
            names.append(column[0])
        except (TypeError, LookupError):
            return ()
    is_told = 0 < len(names) <= _MOST_COLUMNS and all(isinstance(name, str) for name in names)
    return tuple(names) if is_told else ()
