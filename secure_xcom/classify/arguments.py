"""``arguments_of``: the names of the values in a list of a command's arguments, and where its program stands.

The program may stand at the beginning of the list, or beside it: ``{"command": ["mysql"], "args": ["-p..."]}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from secure_xcom.classify.programs import BEFORE_PROGRAM, PROGRAMS
from secure_xcom.model.placeholder import STAND_IN
from secure_xcom.model.value import CLASSNAME, Node

COMMANDS: Final = ("entrypoint", "command", "cmd", "program", "executable")
ARGUMENTS: Final = ("args", "arguments", "command")
"""Keys of a program, and of its arguments. In Compose a command is what an entrypoint gets."""

Positions = dict[tuple[str, ...], Sequence[int]]
"""Where the secrets of a program stand, by its arguments: a table may have the same ones in thousands of rows."""

_MOST_ARGUMENTS: Final = 256
"""Arguments of a command: a longer list is data."""

_MOST_KNOWN: Final = 1024
"""Commands whose secrets are remembered during a walk."""

_OF_ARGUMENT: Final = "password"
"""The name of an argument that holds a secret."""


def arguments_of(items: Sequence[Node], known: Positions, before: Sequence[str] = ()) -> Sequence[str]:
    """Return the names of the values in a list of a command's arguments: ``["login", "--password", ...]``.

    ``before`` is the program, if it stands beside the list.
    """
    if len(items) > _MOST_ARGUMENTS or not any(isinstance(item, str) for item in items):
        return ()
    if any(isinstance(item, list) or (isinstance(item, dict) and CLASSNAME not in item) for item in items):
        return ()
    # What is marked, or sealed by now, stands in its place: the other arguments are read as they are beside a text.
    arguments = [item if isinstance(item, str) else STAND_IN for item in items]
    options = [item[2:] if item.startswith("--") and "=" not in item else "" for item in arguments]
    names = ["" if item.startswith("-") else name for name, item in zip(("", *options), arguments, strict=False)]
    for at in _secret_arguments((*before, *arguments), known):
        if at >= len(before):
            names[at - len(before)] = _OF_ARGUMENT
    return names if any(names) else ()


def commands_in(node: Mapping[str, Node]) -> dict[int, Sequence[str]]:
    """Return the programs that stand in a dict beside lists of their arguments, by the ids of these lists."""
    lists = [node[key] for key in ARGUMENTS if isinstance(node.get(key), list)]
    found: dict[int, Sequence[str]] = {}
    for key in COMMANDS if lists else ():
        command = node.get(key)
        words = command.split() if isinstance(command, str) and len(command) <= _MOST_ARGUMENTS else command
        if isinstance(words, list) and len(words) <= BEFORE_PROGRAM and all(isinstance(word, str) for word in words):
            for arguments in lists:
                if arguments is not command:
                    found.setdefault(id(arguments), cast("Sequence[str]", words))
    return found


def _secret_arguments(arguments: tuple[str, ...], known: Positions) -> Sequence[int]:
    """Return where the secrets of a program stand that names them by a short option: ``["sshpass", "-p", ...]``."""
    if [item.lower() for item in arguments[:2]] == ["acl", "setuser"]:
        # Redis has a password behind this sign.
        return [
            at for at, item in enumerate(arguments) if item.startswith(">") and item[1:2] not in ("", "$", "/", "&")
        ]
    if not any(item.rpartition("/")[2] in PROGRAMS for item in arguments[:BEFORE_PROGRAM]):
        return _beside_a_user(arguments)
    if (positions := known.get(arguments)) is None:
        from secure_xcom.classify.content.command_arguments import secret_arguments

        positions = secret_arguments(arguments)
        if len(known) < _MOST_KNOWN:
            known[arguments] = positions
    return positions


def _beside_a_user(arguments: Sequence[str]) -> Sequence[int]:
    """Return where passwords stand in a list without its program, right behind a user: ``["-U", "ann", "-P", ...]``.

    A port, a project and a protocol stand behind the same options, and are numbers and words.
    """
    if not arguments or not arguments[0].startswith("-"):
        # Another program's options mean something else.
        return []
    return [
        at
        for at in range(3, len(arguments))
        if (arguments[at - 3], arguments[at - 1]) in _LOGINS and _may_be_password(arguments[at])
    ]


def _may_be_password(text: str) -> bool:
    is_mixed = any(map(str.isalpha, text)) and not text.isalpha()
    return len(text) >= _SHORTEST and is_mixed and not any(map(text.__contains__, "=/:"))


_SHORTEST: Final = 6

_LOGINS: Final = (("-U", "-P"), ("-u", "-p"), ("--username", "-p"))
"""Options of a user and of a password (sqlcmd, bcp, mongosh)."""
