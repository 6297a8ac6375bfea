"""``origin_of``: what the operator of the running task knows of the value that it returns.

Its attributes are looked up where they are stored, and only built-in types count: no code of a user's class is run but
that of a driver's column, which is asked for its first item.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from secure_xcom.model.origin import Origin
from secure_xcom.payload.foreign import hint

_MOST_STATEMENTS: Final = 64
_MOST_COLUMNS: Final = 10_000

_LONGEST_NAME: Final = 1024

_COMMANDS: Final = ("bash_command", "command", "cmds")
"""Attributes of operators that return what a command prints, as those of Bash, SSH, Docker and Kubernetes do."""


def origin_of(operator: object, task_id: str) -> Origin:
    """Return what is known of how an operator made what it returns. Raises nothing."""
    return hint(lambda: _known_of(operator, task_id), Origin(task_id=task_id))


def _known_of(operator: object, task_id: str) -> Origin:
    known = _stored(operator)
    return Origin(
        task_id=task_id,
        command=next((text for name in _COMMANDS if (text := _command(known, name))), ""),
        endpoint=_text(known.get("endpoint")),
        tables=_tables(known),
    )


def _stored(owner: object) -> Mapping[str, Any]:
    stored = getattr(owner, "__dict__", None)
    return stored if type(stored) is dict else {}


def _text(value: object) -> str:
    return value if type(value) is str else ""


def _command(known: Mapping[str, Any], name: str) -> str:
    """Return a command as a shell's user writes it. Of a list that hands a script to a shell it is the script.

    A pod has its program and its arguments in two lists.
    """
    value, arguments = known.get(name), known.get("arguments")
    if type(value) is not list:
        return _text(value)
    words = [*map(_text, value), *(map(_text, arguments) if type(arguments) is list else ())]
    return words[words.index("-c") + 1] if "-c" in words[:-1] else " ".join(words)


def _tables(known: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the columns of each statement that ``SQLExecuteQueryOperator`` ran, as the database's driver told them.

    Its hook keeps the descriptions of the cursors (PEP 249, ``Cursor.description``): none of a statement without rows.
    """
    descriptions = _stored(known.get("_hook")).get("descriptions")
    if type(descriptions) is not list or len(descriptions) > _MOST_STATEMENTS:
        return ()
    tables = tuple(map(_columns, descriptions))
    return tables if any(tables) else ()


def _columns(description: object) -> tuple[str, ...]:
    """Return the names of the columns that a cursor described."""
    if not isinstance(description, (list, tuple)):
        return ()
    names = [*map(_first, islice(description, _MOST_COLUMNS))]
    is_told = all(type(name) is str and len(name) <= _LONGEST_NAME for name in names)
    return tuple(map(str, names)) if names and is_told else ()


def _first(column: Any) -> object:
    return hint(lambda: column[0], None)
