"""``Checkpoint``: how far an interrupted migration had come. It holds primary keys, and no value."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import read_private_file

if TYPE_CHECKING:
    from pathlib import Path


class Checkpoint(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """``asked`` stands for what was asked for, of which database: another question is refused.

    ``reached`` is the last key of each table that is through up to there, and ``through`` are whole tables.
    """

    asked: str
    reached: dict[str, list[str | int]] = {}
    through: list[str] = []


def read_checkpoint(path: Path, asked: str) -> Checkpoint:
    """Return how far an earlier run had come, or that it has to begin.

    Raises ``ConfigurationError`` for a damaged file, for one that others can read, and for that of another question.
    """

    def unusable(error: Exception) -> ConfigurationError:
        problem = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is damaged: remove it"
        return ConfigurationError(f"--checkpoint {path}: cannot be used: {problem}")

    with translated((OSError, ValueError, msgspec.MsgspecError), into=unusable), suppress(FileNotFoundError):
        found = msgspec.json.decode(read_private_file(path, f"--checkpoint {path}"), type=Checkpoint)
        if found.asked != asked:
            raise ConfigurationError(
                f"--checkpoint {path}: is of a migration with other options, or of another database: give the same "
                "ones, or remove it"
            )
        return found
    return Checkpoint(asked=asked)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, readable by its owner alone. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        write_private_file(path, msgspec.json.encode(checkpoint), f"--checkpoint {path}")


def drop_checkpoint(path: Path) -> None:
    """Remove the file of a migration that is through. Raises as ``write_checkpoint`` does."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        path.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"--checkpoint {path}: cannot be written: {os.strerror(error.errno or 0)}")
