"""``Checkpoint``: how far an interrupted run came. It holds counts, and no value.

For each folder of a store it holds the name of one object, with a Dag, a run, a task and a key in it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import make_private_directory, read_private_file

_WHAT = "reap: the checkpoint"


class Reached(msgspec.Struct, kw_only=True):
    """How far a folder of a store was looked through: ``after`` is the last name of a batch that was dealt with."""

    after: str = ""
    done: bool = False
    summary: Summary = msgspec.field(default_factory=Summary)


class Checkpoint(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The state of a run. ``asked`` stands for what was asked for: the answer to another question is not taken."""

    asked: str
    reached: dict[str, Reached] = {}

    def of(self, phase: str, place: str, folder: str) -> Reached:
        """Return how far a phase came in one folder of a store."""
        return self.reached.setdefault(f"{phase} {place} {folder}", Reached())


def read_checkpoint(path: Path, asked: str) -> Checkpoint:
    """Return what an earlier run had done, or a new one. Raises ``ConfigurationError`` for a damaged file."""

    def unusable(error: Exception) -> ConfigurationError:
        said = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is damaged"
        return ConfigurationError(f"{_WHAT} {path} cannot be used: {said}. Remove it")

    with translated((OSError, ValueError, msgspec.MsgspecError), into=unusable), suppress(FileNotFoundError):
        found = msgspec.json.decode(read_private_file(path, _WHAT), type=Checkpoint)
        if found.asked == asked:
            return found
    return Checkpoint(asked=asked)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, readable by its owner alone. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        make_private_directory(path.parent, _WHAT)
        write_private_file(path, msgspec.json.encode(checkpoint), _WHAT)


def drop_checkpoint(path: Path) -> None:
    """Remove the file of a run that ended. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        path.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{_WHAT} {path} cannot be written: {os.strerror(error.errno or 0)}")
