"""``Baseline``: findings that somebody accepted, with a reason, an owner and a day on which that ends.

A TOML file with one table for each finding. It holds fingerprints, rules and places, and no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import msgspec

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.audit.finding import Finding, Place, Scan, State
from secure_xcom.ops.audit.scan.gather import OTHERS
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import real_path, require_closed

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

DAYS: Final = 90
"""How long a finding is accepted, unless its owner says otherwise: a quarter."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding of a baseline. Without a reason and an owner it is open, and so it is after its day."""

    fingerprint: str
    rule: str = ""
    place: str = ""
    reason: str = ""
    owner: str = ""
    expires: date

    @property
    def source(self) -> str:
        """The source that its place begins with."""
        return self.place.partition(": ")[0]

    def is_valid(self, today: date) -> bool:
        """Whether it is accepted on that day."""
        return bool(self.reason.strip() and self.owner.strip()) and today <= self.expires


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    finding: list[Accepted] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a baseline says of a scan."""

    findings: tuple[Finding, ...]
    expired: tuple[Accepted, ...]
    """Entries of findings that are still there, and whose day is over."""
    unexplained: tuple[Accepted, ...]
    """Entries of findings that are still there, without a reason or an owner."""
    gone: tuple[Accepted, ...]
    """Entries whose finding this scan did not find."""


def read_baseline(path: Path) -> tuple[Accepted, ...]:
    """Return the entries; none if there is no file yet. Raises ``ConfigurationError`` for a mistaken file.

    So it does for a file that others can change: they could accept a finding in the name of its owner.
    """

    def unusable(error: Exception) -> ConfigurationError:
        # The library's words name the field, and quote nothing that stands there.
        said = str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
        return ConfigurationError(f"--baseline {path}: cannot be used: {said}")

    with translated((OSError, ValueError, msgspec.MsgspecError), into=unusable), suppress(FileNotFoundError):
        return tuple(msgspec.toml.decode(_content(path), type=_File).finding)
    return ()


def key_beside(path: Path) -> Path:
    """Return where the key of a baseline's fingerprints lies: beside the file itself, and never beside a link to it.

    Raises ``ConfigurationError`` if others can change where the link leads.
    """

    def unusable(error: OSError) -> ConfigurationError:
        return ConfigurationError(f"{path}: cannot be used: {os.strerror(error.errno or 0)}")

    with translated(OSError, into=unusable):
        real = real_path(path, str(path))
    return real.with_name(f"{real.name}.key")


def not_looked_at(scan: Scan, before: Sequence[Accepted], *, is_narrowed: bool) -> tuple[Accepted, ...]:
    """Return the entries whose finding a scan did not find, and did not look for.

    ``is_narrowed`` says that it looked at some rows only of what it calls scanned.
    """
    crowded = {one.place.source for one in scan.findings if one.excerpt == OTHERS}
    whole = {source.name for source in scan.sources if source.state is State.SCANNED} - crowded
    found = {one.fingerprint for one in scan.findings}
    return tuple(
        entry for entry in before if entry.fingerprint not in found and (is_narrowed or entry.source not in whole)
    )


def compared(findings: Iterable[Finding], baseline: Sequence[Accepted], today: date) -> Compared:
    """Return the findings, those that are accepted with why and by whom, and the entries that accept nothing."""
    entries = {entry.fingerprint: entry for entry in baseline}
    told = tuple(_told(finding, entries.get(finding.fingerprint), today) for finding in findings)
    found = {finding.fingerprint for finding in told}
    there = [entry for entry in baseline if entry.fingerprint in found]
    return Compared(
        findings=told,
        expired=tuple(entry for entry in there if today > entry.expires),
        unexplained=tuple(entry for entry in there if today <= entry.expires and not entry.is_valid(today)),
        gone=tuple(entry for entry in baseline if entry.fingerprint not in found),
    )


def write_baseline(
    path: Path, findings: Iterable[Finding], before: Sequence[Accepted], today: date, kept: Iterable[Accepted] = ()
) -> None:
    """Write the findings and what is ``kept``; what the file said of one of them stays. Raises ``ConfigurationError``.

    A new entry has neither reason nor owner: until somebody writes them, the finding is open. A link stays a link.
    """
    known = {entry.fingerprint: entry for entry in before}
    entries = [*(known.get(one.fingerprint) or _new(one, today) for one in findings), *kept]
    what = f"--write-baseline {path}"

    def unwritable(error: OSError) -> ConfigurationError:
        return ConfigurationError(f"--write-baseline: {path} cannot be written: {os.strerror(error.errno or 0)}")

    with translated(OSError, into=unwritable):
        write_private_file(real_path(path, what), "\n".join(map(_toml, entries)).encode(), what)


def shown(place: Place) -> str:
    """Return a place on one line."""
    owner = "/".join(filter(None, (place.dag_id, place.run_id, place.task_id)))
    index = f"[{place.map_index}]" if place.map_index >= 0 else ""
    part = place.part if place.part and place.part != place.column else ""
    name = "" if part == place.name or part.startswith((f"{place.name}.", f"{place.name}[")) else place.name
    line = f"line {place.line}" if place.line else ""
    return " ".join(filter(None, (owner + index, name, place.column, part, line)))


def _told(finding: Finding, entry: Accepted | None, today: date) -> Finding:
    # It stands for findings that nobody has seen.
    if entry is None or not entry.is_valid(today) or finding.excerpt == OTHERS:
        return finding
    return replace(finding, accepted=f"{entry.reason} ({entry.owner}, until {entry.expires.isoformat()})")


def _new(finding: Finding, today: date) -> Accepted:
    return Accepted(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        # Without its run, which another scan finds another one of.
        place=f"{finding.place.source}: {shown(replace(finding.place, run_id=''))}",
        expires=today + timedelta(days=DAYS),
    )


def _toml(entry: Accepted) -> str:
    lines = [
        f"{name} = {_quoted(getattr(entry, name))}" for name in ("fingerprint", "rule", "place", "reason", "owner")
    ]
    return "\n".join(("[[finding]]", *lines, f"expires = {entry.expires.isoformat()}", ""))


def _quoted(text: str) -> str:
    # A string of JSON is one of TOML, but for halves of characters.
    whole = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(map(_visible, json.dumps(whole, ensure_ascii=False)))


def _visible(character: str) -> str:
    # A reviewer reads the file, and one who fills it in must not be deceived by what turns or hides a name.
    if character.isprintable():
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def _content(path: Path) -> bytes:
    what = f"--baseline {path}"
    descriptor = os.open(real_path(path, what), _OPEN)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        require_closed(path, status, what)
        if status.st_uid not in (0, os.geteuid()):
            raise ConfigurationError(f"{what}: belongs to user {status.st_uid}, who can change it: chown it to yours")
        return file.read()
