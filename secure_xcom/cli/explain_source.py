"""``secure-xcom explain --dag-file``: what looks secret in the source of Dags, for pre-commit and CI."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.classify.rule_text import RuleText
    from secure_xcom.ops.tune.source import SourceFinding


def explain_source(paths: Sequence[str], policy: Policy, texts: Mapping[str, RuleText], *, as_json: bool) -> None:
    """Print each finding with its file and line; exit with 1 if there is one.

    Raises ``ConfigurationError`` for a file that cannot be read or parsed, after all others were looked at.
    """
    found: list[tuple[str, SourceFinding]] = []
    problems: list[str] = []
    for path in paths:
        try:
            found += [(path, finding) for finding in _findings(path, policy)]
        except ConfigurationError as error:
            problems += [f"{visible(path)}: {problem}" for problem in error.problems]
    if as_json:
        typer.echo(json.dumps([_as_json(path, finding) for path, finding in found], indent=2))
    else:
        for path, finding in found:
            typer.echo(_line(path, finding, texts))
    if problems:
        raise ConfigurationError(*problems)
    if found:
        raise typer.Exit(FINDINGS)


def _findings(path: str, policy: Policy) -> list[SourceFinding]:
    from secure_xcom.ops.tune.source import findings_in_source

    with translated((OSError, UnicodeDecodeError), into=_unreadable):
        text = Path(path).read_text(encoding="utf-8")
    return findings_in_source(text, policy)


def _unreadable(error: Exception) -> ConfigurationError:
    if isinstance(error, IsADirectoryError):
        return ConfigurationError("is a folder: name the files in it, as in dags/*.py")
    return ConfigurationError(f"cannot be read ({type(error).__name__})")


def _line(path: str, finding: SourceFinding, texts: Mapping[str, RuleText]) -> str:
    what = f"{finding.kind.value} {visible(finding.name)}" if finding.name else finding.kind.value
    reason = f": {texts[finding.rule].reason}" if finding.rule in texts else ""
    return f"{visible(path)}:{finding.line}: {what}, rule {finding.rule}{reason}"


def _as_json(path: str, finding: SourceFinding) -> dict[str, object]:
    return {
        "file": path,
        "line": finding.line,
        "kind": finding.kind.value,
        "name": finding.name,
        "rule": finding.rule,
    }
