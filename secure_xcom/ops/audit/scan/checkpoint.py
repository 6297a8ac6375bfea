"""``Checkpoint``: what an interrupted scan had done. It holds findings, counts and primary keys, and no value."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.audit.finding import Finding, Source, as_text
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import read_private_file


class Reached(msgspec.Struct, kw_only=True):
    """How far a source was looked at."""

    cursor: list[str | int]
    looked_at: int
    protected: int
    passed_over: dict[str, int]


class Checkpoint(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The state of a scan. ``asked`` stands for what was asked for, of which database: another question is refused."""

    asked: str
    began: str
    done: dict[str, Source] = {}
    reached: dict[str, Reached] = {}
    findings: list[Finding] = []


def read_checkpoint(path: Path, asked: str) -> Checkpoint | None:
    """Return what an earlier scan had done, ``None`` without an earlier one.

    Raises ``ConfigurationError`` for a damaged file, for one that others can read, and for that of another question.
    """

    def unusable(error: Exception) -> ConfigurationError:
        problem = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is damaged: remove it"
        return ConfigurationError(f"--checkpoint {path}: cannot be used: {problem}")

    with (
        translated((OSError, ValueError, msgspec.MsgspecError), into=unusable),
        suppress(FileNotFoundError),
    ):
        found = msgspec.json.decode(read_private_file(path, f"--checkpoint {path}"), type=Checkpoint)
        if found.asked != asked:
            raise ConfigurationError(
                f"--checkpoint {path}: is of a scan with other options, or of another database: give the same ones, "
                "or remove it"
            )
        return found
    return None


def drop_checkpoint(path: Path) -> None:
    """Remove the file of a scan that ended: the next one would report what this one saw. Raises as ``write`` does."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        path.unlink(missing_ok=True)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, readable by its owner alone. Raises ``ConfigurationError``."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        write_private_file(path, as_text(checkpoint).encode(), f"--checkpoint {path}")


def _unwritable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"--checkpoint {path}: cannot be written: {os.strerror(error.errno or 0)}")
