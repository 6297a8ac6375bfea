"""``Checkpoint``: how far an interrupted run came: the place in its order, and the last name that was dealt with.

It holds that one object's name, with a Dag, a run, a task and a key in it, and no value.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import read_private_file


class Checkpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``asked`` stands for the stores, keys and options of the run: another question is refused.

    ``places`` stands for what was to be looked at, in its order. If that has changed, ``place`` is another one now, and
    the run begins anew.
    """

    asked: str
    places: str
    place: int = 0
    after: str = ""


def read_checkpoint(path: Path, asked: str, places: str) -> Checkpoint:
    """Return how far an earlier run came, the very beginning without one. Raises ``ConfigurationError``."""
    with (
        translated((OSError, ValueError, msgspec.MsgspecError), into=lambda error: _unusable(path, error)),
        suppress(FileNotFoundError),
    ):
        found = msgspec.json.decode(read_private_file(path, f"--checkpoint {path}"), type=Checkpoint)
        if found.asked != asked:
            raise ConfigurationError(
                f"--checkpoint {path}: is of a run with other stores, keys or options: give the same ones, or remove it"
            )
        return found if found.places == places else Checkpoint(asked, places)
    return Checkpoint(asked, places)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, readable by its owner alone. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unusable(path, error)):
        write_private_file(path, msgspec.json.encode(checkpoint), f"--checkpoint {path}")


def drop_checkpoint(path: Path) -> None:
    """Remove the file of a run that ended. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unusable(path, error)):
        path.unlink(missing_ok=True)


def _unusable(path: Path, error: Exception) -> ConfigurationError:
    problem = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is damaged: remove it"
    return ConfigurationError(f"--checkpoint {path}: cannot be used: {problem}")
