"""``json_of``: the JSON that an argument names or is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from secure_xcom.cli.deployment import MISCONFIGURED
from secure_xcom.cli.shown import shown


def json_of(subject: str) -> object:
    """Return the JSON that ``subject`` names or is, ``...`` if it is a key. Exits with 2 for any other text."""
    if subject == "-":
        return _parsed(sys.stdin.buffer.read(), "standard input")
    if subject.startswith("@"):
        try:
            return _parsed(Path(subject[1:]).read_bytes(), shown(subject[1:]))
        except OSError as error:
            problem = f"{shown(subject[1:])}: cannot be read ({type(error).__name__})"
        typer.echo(problem, err=True)
        raise typer.Exit(MISCONFIGURED)
    if subject.lstrip()[:1] in ("{", "[", '"'):
        return _parsed(subject, "the argument, which begins like JSON,")
    # No key has two lines: it is a text that somebody pushes.
    return subject if "\n" in subject else ...


def _parsed(data: str | bytes, where: str) -> object:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        problem = _why_not_json(error)
    else:
        return value
    typer.echo(f"{where} is no JSON: {problem}", err=True)
    raise typer.Exit(MISCONFIGURED)


def _why_not_json(error: ValueError | RecursionError) -> str:
    """Say what is wrong, and where, without the parser's own words: they may quote the value."""
    match error:
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"it does not parse at line {line}, column {column}; in JSON a text stands in quotes"
        case UnicodeDecodeError(start=start):
            return f"it is not UTF-8 at byte {start + 1}"
        case RecursionError():
            return "it is nested too deeply"
    return "a number in it has too many digits"
