"""``shape_of``: names that a value has by what stands beside it, and what is secret by its kind.

A variable of a container is ``{"name": "DB_PASSWORD", "value": ...}``, a table has its columns beside its rows, and a
Kubernetes secret has its values under any names. A dict without such keys costs one look at its keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from secure_xcom.classify.arguments import ARGUMENTS, COMMANDS
from secure_xcom.classify.kinds import ROLES, may_be_of_a_kind, secret_by_kind
from secure_xcom.classify.name_words import words
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, VERSION, Node

_NAMES: Final = (
    *("name", "key", "variable", "var", "field", "header", "attribute", "property", "parameter", "setting", "option"),
    *("parametername", "parameterkey", "outputkey", "configkey", "configname", "envname", "fieldname", "headername"),
    *("param", "arg", "argument", "env"),
)
"""Keys that hold the name of a value, in lower case and without signs, by how sure that is."""

_TITLES: Final = ("title",)
"""Keys that hold what people read beside a value, which is mostly no name of a field: few titles are names."""

_SPOKEN: Final = frozenset(
    title.replace("-", " ")
    for title in words(
        """
        password passphrase passcode api-key api-token access-key access-token secret-key secret-access-key
        client-secret private-key bearer-token connection-string db-password database-password admin-password
        root-password user-password temporary-password new-password initial-password pin pin-code otp
        """
    )
)
"""Titles of what lets somebody in, in small letters."""

_VALUES: Final = frozenset(
    (
        *(
            "value",
            "val",
            "parametervalue",
            "outputvalue",
            "configvalue",
            "fieldvalue",
            "headervalue",
            "stringvalue",
            "itemvalue",
        ),
        *("default", "defaultvalue", "currentvalue"),
    )
)
"""Keys that hold the value whose name stands beside it."""

_COLUMNS: Final = ("columns", "fields", "header", "headers", "schema", "rowtype", "columnnames", "cols")
_ROWS: Final = ("data", "rows", "records", "values", "results", "items")

_ROLES: Final = ROLES.union(_NAMES, _VALUES, _COLUMNS, _ROWS, COMMANDS, ARGUMENTS, _TITLES)

_OF_ACCOUNTS: Final = words(
    """
    id user username user_name login email e-mail mail name host hostname server account url usuario usuário nombre
    nome correo servidor serveur utilizador utilisateur identifiant benutzer benutzername nutzer utente gebruiker
    användare bruker użytkownik uzytkownik kullanici логин пользователь 用户名 用户 账号 ユーザー 아이디
    ssid imei iccid msisdn device_id user_id account_id client_id tenant_id store_id customer_id employee_id login_id
    database hostname ip ip_address endpoint device tenant branch
    """
)
"""Names that stand in the first row of a table of accounts, in lower case, and seldom in a row of its data."""

_LONGEST_NAME: Final = 128

_MOST_KEYS: Final = 64
"""Keys of a dict beyond which it is data, and has no shape."""

_MOST_COLUMNS: Final = 10_000

_NAME: Final = re.compile(r"/?[^\W\d][\w.:/-]*(?: [\w.:/-]+){0,3}")
"""A name that stands as a value: a word, a few, or a path such as AWS Systems Manager has."""

_HEADER: Final = re.compile(
    r"x-[a-z0-9-]+|(?:proxy-)?authorization|(?:set-)?cookie|(?:[a-z0-9]+-)*(?:token|key|secret)",
    re.ASCII | re.IGNORECASE,
)
"""Names of HTTP headers that can hold a secret (RFC 9110 section 11.6, RFC 6265, and the usual ``X-`` ones)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a dict tells of its values, by their keys."""

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """More names of a value."""
    whole: Mapping[str, str] = field(default_factory=dict)
    """The rules by which values are sensitive as a whole."""
    columns: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """Of a value that is a list of rows: the names of what stands in each row, in their order; one list of names for
    each key that lists columns."""


def has_shape(keys: tuple[str, ...]) -> bool:
    """Whether a dict with these keys may tell something of its values. Answers about short keys are kept."""
    if not keys or len(keys) > _MOST_KEYS:
        return False
    return _kept_has_shape(keys) if max(map(len, keys)) <= _LONGEST_NAME else _has_shape(keys)


def _has_shape(keys: tuple[str, ...]) -> bool:
    roles = {role for key in keys if (role := _role(key))}
    return bool(roles) and (
        (not roles.isdisjoint(_VALUES) and not roles.isdisjoint(_NAMES))
        or (not roles.isdisjoint(_ROWS) and not roles.isdisjoint(_COLUMNS))
        or (not roles.isdisjoint(_TITLES) and not roles.isdisjoint(_VALUES))
        or (len(roles) > 1 and not roles.isdisjoint(COMMANDS) and not roles.isdisjoint(ARGUMENTS))
        or may_be_of_a_kind(roles)
    )


_kept_has_shape = lru_cache(maxsize=1024)(_has_shape)


def shape_of(node: Mapping[str, Node]) -> Shape | None:
    """Return what a dict tells of its values; ``None`` if that is nothing."""
    # A role may be played by several keys: {"data": ..., "Data": ...}.
    keys: dict[str, list[str]] = {}
    for key in node if len(node) <= _MOST_KEYS else ():
        if role := _role(key):
            keys.setdefault(role, []).append(key)
    if not keys:
        return None
    kinds: dict[str, str] = {}
    for by_role in _castings(node, keys):
        kinds |= secret_by_kind(by_role)
    whole = {key: kinds[role] for role, played_by in keys.items() if role in kinds for key in played_by if node[key]}
    names = _named(node, keys) if not _VALUES.isdisjoint(keys) else {}
    columns = _table(node, keys)
    return Shape(names=names, whole=whole, columns=columns) if whole or names or columns else None


def _castings(node: Mapping[str, Node], keys: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Node]]:
    """Yield what stands under each role; and once more for each key, where several play the same role."""
    first = {role: next((node[key] for key in played_by if node[key]), None) for role, played_by in keys.items()}
    yield first
    for role, played_by in keys.items():
        if len(played_by) > 1:
            yield from ({**first, role: node[key]} for key in played_by)


def is_pair(items: Sequence[Node]) -> bool:
    """Whether a list is a header's name and its value."""
    return len(items) == 2 and isinstance(items[0], str) and bool(_HEADER.fullmatch(items[0][:_LONGEST_NAME]))


def pairs_of(items: Sequence[Node]) -> list[tuple[str, list[Node]]]:
    """Return the pairs of a list, with their names, if it is a dict's as pairs: two or more with different names."""
    if len(items) < 2 or len(items_of(items[0])) != 2:
        # Rows of a table are no pairs, and there may be many thousands.
        return []
    pairs = [items_of(item) for item in items[:_MOST_COLUMNS]]
    named = [(str(pair[0]), pair) for pair in pairs if len(pair) == 2 and _is_name(pair[0])]
    return named if len(named) == len(pairs) == len({name for name, _ in named}) else []


def header_of(items: Sequence[Node]) -> tuple[Sequence[str], Sequence[list[Node]]]:
    """Return the names in the first of some rows, as a reader of CSV gives them, and the other rows; none otherwise."""
    first = items_of(items[0]) if len(items) > 1 else []
    names = [name for name in first if isinstance(name, str)]
    if not 1 < len(names) == len(first) <= _MOST_COLUMNS or _OF_ACCOUNTS.isdisjoint(map(str.lower, names)):
        return (), ()
    rows = [items_of(row) for row in items[1:]]
    return (names, rows) if all(len(row) == len(names) for row in rows) else ((), ())


def items_of_row(row: Node) -> list[Node] | None:
    """Return what stands in a row: a list's items, a tuple's, or those of the list that is all a dict holds."""
    if isinstance(row, list):
        return row
    if isinstance(row, dict) and (len(row) == 1 or row.keys() == OBJECT):
        items = row[DATA] if DATA in row else next(iter(row.values()))
        return items if isinstance(items, list) else None
    return None


def items_of(node: Node) -> list[Node]:
    """Return the items of a list, or of a tuple as Airflow encodes it; none of anything else."""
    data = node.get(DATA) if isinstance(node, dict) else node
    return data if isinstance(data, list) else []


def is_object(node: dict[str, Node]) -> bool:
    """Whether Airflow has encoded an object. A dict of the user's may have these keys too, if its own print as them."""
    return (
        CLASSNAME in node and node.keys() == OBJECT and isinstance(node[CLASSNAME], str) and type(node[VERSION]) is int
    )


def _role(key: str) -> str:
    """Return what a key is called in the tables above; empty for any other key."""
    return _kept_role(key) if len(key) <= _LONGEST_NAME else ""


@lru_cache(maxsize=4096)
def _kept_role(key: str) -> str:
    plain = key.lower().replace("_", "").replace("-", "")
    return plain if plain in _ROLES else ""


def _is_name(node: Node) -> bool:
    return isinstance(node, str) and len(node) <= _LONGEST_NAME and bool(_NAME.fullmatch(node))


def _named(node: Mapping[str, Node], keys: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    for role in _NAMES:
        if names := [str(node[key]) for key in keys.get(role, ()) if _is_name(node[key])]:
            return {key: names for value in _VALUES for key in keys.get(value, ())}
    titles = [str(node[key]) for role in _TITLES for key in keys.get(role, ()) if _is_title(node[key])]
    return {key: titles for value in _VALUES for key in keys.get(value, ())} if titles else {}


def _is_title(node: Node) -> bool:
    return isinstance(node, str) and len(node) <= _LONGEST_NAME and node.strip(" :").lower() in _SPOKEN


def _table(node: Mapping[str, Node], keys: Mapping[str, Sequence[str]]) -> dict[str, Sequence[Sequence[str]]]:
    listed = [names for role in _COLUMNS for key in keys.get(role, ()) if (names := _column_names(node[key]))]
    rows = [key for role in _ROWS for key in keys.get(role, ()) if items_of(node[key])] if listed else []
    return dict.fromkeys(rows, listed)


def _column_names(node: Node) -> list[str]:
    """Return the names of columns, ``""`` for one without; empty for anything but a list or a tuple of them."""
    if isinstance(node, dict) and DATA not in node:
        node = node.get("fields", node.get("columns"))
    columns = items_of(node)
    return [_column_name(column) for column in columns] if len(columns) <= _MOST_COLUMNS else []


def _column_name(column: Node) -> str:
    if isinstance(column, dict) and DATA not in column:
        column = column.get("name", column.get("Name", column.get("label")))
    elif not isinstance(column, str):
        # As in the description of a cursor: a name and its type (PEP 249).
        column = next(iter(items_of(column)), None)
    return column if isinstance(column, str) else ""
