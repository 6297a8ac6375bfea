"""The lines that tuning proposes, as ``airflow.cfg`` takes them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.tune.effect import Entry, Option
from secure_xcom.ops.tune.proposals import Proposal


class Decision(Enum):
    """What the operator said of a proposal."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"


_SECTIONS: Final = ("core", "secure_xcom")


def lines_of(decided: Sequence[tuple[Proposal, Decision]], now: Mapping[Option, Sequence[str]]) -> str:
    """Return the settings with the accepted entries behind those that stand there now; the others are comments."""
    accepted = [proposal.entry for proposal, decision in decided if decision is Decision.ACCEPTED]
    text = []
    for section in _SECTIONS:
        options = [option for option in Option if option.section == section]
        of_section = [(one, decision) for one, decision in decided if one.entry.option.section == section]
        if of_section:
            text.append(f"[{section}]")
            text += [_line(option, now, accepted) for option in options if _has(option, accepted)]
            text += [f"# {decision.value}: {_told(one)}" for one, decision in of_section]
            text.append("")
    return "\n".join(text)


def write_lines(path: Path, text: str) -> None:
    """Write them to a file. Raises ``ConfigurationError`` if that cannot be done."""

    def unwritable(error: OSError) -> ConfigurationError:
        return ConfigurationError(f"--output {path}: cannot be written: {os.strerror(error.errno or 0)}")

    with translated(OSError, into=unwritable):
        path.write_text(text, encoding="utf-8")


def _has(option: Option, entries: Iterable[Entry]) -> bool:
    return any(entry.option is option for entry in entries)


def _line(option: Option, now: Mapping[Option, Sequence[str]], accepted: Iterable[Entry]) -> str:
    added = [entry.pattern for entry in accepted if entry.option is option]
    # Airflow's own parser takes no line breaks in this option, and a percent sign for the beginning of a name.
    listed = dict.fromkeys([*now.get(option, ()), *added])
    return f"{option.key} = {', '.join(listed)}".replace("%", "%%")


def _told(proposal: Proposal) -> str:
    effect = proposal.effect
    return f"{proposal.entry.option.key} {proposal.entry.pattern} ({effect.before} to {effect.after} values sealed)"
