"""What a store tells of the objects that it has, and how folders are walked where a store lists one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

UNKNOWN_SIZE: Final = -1
"""The size of an object whose store does not tell it without handing out the object."""

UNKNOWN_TIME: Final = 0.0
"""The time of an object whose store does not tell it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a store lists it. Anybody who may write to the store can have made it.

    ``size`` is in bytes, or ``UNKNOWN_SIZE``. ``written`` is in Unix seconds by the store's clock, or ``UNKNOWN_TIME``.
    ``unfinished`` says that it is what the store itself writes before an object has its name: nobody can refer to it.
    """

    name: str
    size: int = UNKNOWN_SIZE
    written: float = UNKNOWN_TIME
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """What lies directly in one folder: objects by their whole names, and folders by their last segments."""

    objects: Sequence[Listed] = ()
    folders: Sequence[str] = ()


def seconds_of_moment(moment: object) -> float:
    """Return Unix seconds of what a client says of a time, ``UNKNOWN_TIME`` if it cannot be read."""
    match moment:
        case datetime():
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        case int() | float():
            return float(moment)
        case str():
            with suppress(ValueError):
                return datetime.fromisoformat(moment).timestamp()
    return UNKNOWN_TIME


def walk(level_of: Callable[[str], Level], folder: str, after: str) -> Iterator[Listed]:
    """Yield the objects below ``folder``, depth first; of a level its objects come first, then its folders, by name.

    Nothing up to the object ``after`` is asked for again. What is remembered is one level for each that lies above.
    """
    level = level_of(folder)
    rest = after[len(folder) :].removeprefix("/") if after.startswith(folder) else ""
    first, is_deeper, _ = rest.partition("/")
    if not is_deeper:
        yield from sorted((one for one in level.objects if one.name > after or not first), key=lambda one: one.name)
    for name in sorted(level.folders):
        if not is_deeper or name >= first:
            below = f"{folder}/{name}" if folder else name
            yield from walk(level_of, below, after if is_deeper and name == first else "")
