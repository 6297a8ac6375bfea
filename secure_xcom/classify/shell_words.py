"""``last_pipeline``: the programs of a shell command whose output is what is left at its end, with their arguments.

It reads as much of a shell's grammar as people write in one line, and nothing of it is run.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from secure_xcom.classify.name_words import words

LONGEST: Final = 4096
"""Characters of a command that is read. A longer one is a script, which prints more than one thing."""

_SEPARATORS: Final = frozenset("&;(){}")
_REDIRECTIONS: Final = (">", ">>", "<", ">&", "&>", "<<<")
_ENDS: Final = words("fi done esac then else do")

_DEEPEST: Final = 3
"""Commands within another: ``bash -c`` and ``$(...)``."""

_RUNS: Final = {
    "sudo": ("-u", "-g", "--user", "--group"),
    "timeout": ("-s", "-k", "--signal"),
    "env": ("-u",),
    **dict.fromkeys(("time", "exec", "command", "nohup", "eval", "nice"), ()),
}
"""Programs that run another one, and their options that have a value."""

_SHELLS: Final = words("sh bash zsh dash ash")

Pipeline = list[list[str]]


def last_pipeline(command: str, depth: int = _DEEPEST) -> Pipeline:
    """Return the words of each program; nothing for what a shell would refuse, and for what is too long."""
    if not 0 < len(command) <= LONGEST or not depth:
        return []
    pipeline = [_without_runner(said) for said in _read(command) if said]
    if len(pipeline) == 1 and pipeline[0]:
        program, *arguments = pipeline[0]
        if (inner := _command_in(program.rpartition("/")[2], arguments)) is not None:
            return last_pipeline(inner, depth - 1)
    return pipeline if pipeline and all(pipeline) else []


def _command_in(program: str, arguments: list[str]) -> str | None:
    """Return the command that a shell is given, or whose output is printed; ``None`` for any other program."""
    if program in _SHELLS:
        at = next((at for at, word in enumerate(arguments[:-1]) if _given().fullmatch(word)), None)
        return None if at is None else arguments[at + 1]
    if program not in ("echo", "printf") or not arguments:
        return None
    found = _substitution().fullmatch(arguments[-1])
    return found["command"] if found else None


def _read(command: str) -> Pipeline:
    """Return the last pipeline; nothing for what a shell would refuse."""
    text = _comment().sub("", command.replace("\\\n", " "))
    lexer = shlex.shlex(text.replace("\n", " ; "), posix=True, punctuation_chars="|&;<>()")
    lexer.commenters, lexer.whitespace_split = "", True
    try:
        return _last_of(_without_otherwise(lexer))
    except ValueError:
        return []


def _without_otherwise(words_read: Iterable[str]) -> Iterator[str]:
    """Leave away what is run where the commands before it fail: ``|| true``."""
    is_otherwise = False
    for word in words_read:
        is_otherwise = word == "||" or (is_otherwise and not _parts(word))
        if not is_otherwise:
            yield word


def _last_of(words_read: Iterator[str]) -> Pipeline:
    pipeline: Pipeline = [[]]
    is_over = False
    for word in words_read:
        if word in _REDIRECTIONS:
            # What follows is a file, and a number before it tells which output is meant.
            file = next(words_read, "")
            if word == "<" and pipeline[-1]:
                pipeline[-1].append(file)
            elif pipeline[-1][-1:] and pipeline[-1][-1].isdigit():
                pipeline[-1].pop()
        elif _parts(word) or word in _ENDS:
            is_over = True
        elif word in ("|", "|&"):
            pipeline.append([])
        else:
            if is_over:
                pipeline, is_over = [[]], False
            pipeline[-1].append(word)
    return pipeline


def _parts(word: str) -> bool:
    return bool(word) and _SEPARATORS.issuperset(word)


def _without_runner(said: list[str]) -> list[str]:
    """Leave away variables that are set for a program, and what runs it."""
    at = 0
    while at < len(said) and (_assignment().match(said[at]) or said[at] in _RUNS):
        options = _RUNS.get(said[at], ())
        at += 1
        while at < len(said) and (said[at].startswith("-") or _duration().fullmatch(said[at])):
            at += 2 if said[at] in options else 1
    return said[at:]


@cache
def _given() -> re.Pattern[str]:
    """Match the option of a shell that a command follows, with others or alone."""
    return re.compile("-[a-z]*c", re.ASCII)


@cache
def _assignment() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_]\w*=", re.ASCII)


@cache
def _duration() -> re.Pattern[str]:
    return re.compile("[0-9]+[smhd]?", re.ASCII)


@cache
def _comment() -> re.Pattern[str]:
    return re.compile(r"(?m)(?:^|(?<=\s))#.*$")


@cache
def _substitution() -> re.Pattern[str]:
    return re.compile(r"(?:\$\(|`)(?P<command>[^()`]+)[)`]")
