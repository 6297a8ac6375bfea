"""``require_apart``: no file that a command writes takes the place of another one that the operator named."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from itertools import combinations
from pathlib import Path

from secure_xcom.errors import ConfigurationError


def require_apart(
    written: Mapping[str, Path | None], read: Mapping[str, Path | None], *, may_be_one: Collection[str] = ()
) -> None:
    """Raise ``ConfigurationError`` if an option names the file of another one, and the command writes it.

    Both are given by their options. The options of ``may_be_one`` are meant to name one file.
    """
    named = [(option, path) for option, path in {**written, **read}.items() if path is not None]
    for (option, path), (other, its) in combinations(named, 2):
        if option in written and not {option, other} <= set(may_be_one) and _is_same(path, its):
            raise ConfigurationError(f"{option} {path}: is the file of {other} too: name another one")


def _is_same(path: Path, other: Path) -> bool:
    if os.path.realpath(path) == os.path.realpath(other):
        return True
    try:
        # Two names of one file.
        return path.samefile(other)
    except OSError:
        return False
