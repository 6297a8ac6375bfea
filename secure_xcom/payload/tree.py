"""Take sealed parts out of a value's tree, and put opened parts back in place.

A value has two shapes: the Python objects that a task returns, and Airflow's encoding of them, which the database
holds. A part's path names the same place in both: tuples keep their positions, and the fields of an object that
Airflow encodes lie below ``__data__``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from secure_xcom.errors import InvalidPlaceholder, Tampered, translated
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.value import CLASSNAME, DATA, JSON, VERSION, Finding, Part, Path
from secure_xcom.payload.serde import unmarked

Encode = Callable[[object], JSON]
Decode = Callable[[JSON], object]

_CONTAINERS: Final = (dict, list, tuple)
_TUPLE_CLASSNAME: Final = "builtins.tuple"


def extract(value: object, findings: Iterable[Finding], encode: Encode) -> list[Part]:
    """Return the parts that ``findings`` name, in their order."""
    return [_part(value, finding.path, encode) for finding in findings]


def replace(value: object, placeholders: Mapping[Path, Placeholder], encode: Encode) -> JSON:
    """Return Airflow's encoding of ``value`` with a placeholder at each path of ``placeholders``.

    Nothing at or below these paths is given to ``encode``, except within an object that Airflow encodes whole.
    """
    on_the_way = {path[:length] for path in placeholders for length in range(len(path))}

    def visit(node: object, path: Path, encoded: bool) -> JSON:
        if (placeholder := placeholders.get(path)) is not None:
            return placeholder.to_json()
        if path not in on_the_way:
            return node if encoded else encode(node)  # type: ignore[return-value]  # an encoded node is JSON
        if not encoded and not isinstance(node, _CONTAINERS):
            node, encoded = encode(node), True
        if isinstance(node, dict):
            return {str(key): visit(child, (*path, str(key)), encoded) for key, child in node.items()}
        children = [visit(child, (*path, index), encoded) for index, child in enumerate(node)]  # type: ignore[arg-type,var-annotated]
        return {**encode(()), DATA: children} if isinstance(node, tuple) else children  # type: ignore[dict-item]

    return visit(value, (), False)


def find_placeholders(tree: JSON) -> dict[Path, Placeholder]:
    """Return every placeholder in a database value by its path; raises ``InvalidPlaceholder`` for a damaged one."""
    found: dict[Path, Placeholder] = {}

    def visit(node: JSON, path: Path, within: bool) -> None:
        if isinstance(node, dict):
            if Placeholder.claims(node):
                found[path] = Placeholder.parse(node)
            elif not within and _is_tuple(node):
                visit(node[DATA], path, False)
            else:
                within = within or CLASSNAME in node
                for key, child in node.items():
                    visit(child, (*path, key), within)
        elif isinstance(node, list):
            for index, child in enumerate(node):
                visit(child, (*path, index), within)

    with translated(RecursionError, into=lambda _: InvalidPlaceholder(_TOO_DEEP)):
        visit(tree, (), False)
    return found


_TOO_DEEP: Final = "the database row is nested too deeply to be searched for placeholders"


def bound_path(row: JSON, path: Path) -> Path:
    """``path`` as it is sealed: each step into an object names the object's class and version.

    Otherwise a writer of the database could have an opened secret built into an object of another class.
    """
    steps: list[str | int] = []
    node, within = row, False
    for step in path:
        if not within and _is_tuple(node):
            node = _child(node, DATA)
        is_object = isinstance(node, dict) and CLASSNAME in node
        within = within or is_object
        steps.append(f"{step}\0{_child(node, CLASSNAME)}\0{_child(node, VERSION)}" if is_object else step)
        node = _child(node, step)
    return tuple(steps)


def _child(node: JSON, step: str | int) -> JSON:
    match node:
        case dict() if isinstance(step, str):
            return node.get(step)
        case list() if isinstance(step, int):
            return node[step]
    return None


def bind(row: JSON, parts: Iterable[Part]) -> list[Part]:
    """``parts`` of ``row`` with the paths under which they are sealed."""
    return [dataclasses.replace(part, path=bound_path(row, part.path)) for part in parts]


def unbind(row: JSON, placeholders: Iterable[Path], parts: Iterable[Part]) -> list[Part]:
    """Reverse ``bind``; a part that was sealed in an object of another class keeps a path at which nothing stands."""
    plain = {bound_path(row, path): path for path in placeholders}
    return [dataclasses.replace(part, path=plain.get(part.path, part.path)) for part in parts]


def match(placeholders: Mapping[Path, Placeholder], parts: Sequence[Part]) -> dict[Path, Part]:
    """Pair each placeholder with its part; raises ``Tampered`` unless each part stands where it was taken from."""
    matched = {path: parts[p.index] for path, p in placeholders.items() if p.index < len(parts)}
    if len(matched) != len(parts) or len(placeholders) != len(parts):
        raise Tampered("placeholders were added to or removed from the database row")
    if any(part.path != path for path, part in matched.items()):
        raise Tampered("placeholders were moved within the database row")
    return matched


def restore(tree: JSON, parts: Mapping[Path, Part], decode: Decode) -> object:
    """Decode a database value with the opened ``parts`` in place of its placeholders.

    Opened parts are never given to ``decode``, which would take a dict with Airflow's reserved keys for an object,
    except within an object that Airflow encodes whole, where they are its encoding.
    """
    on_the_way = {path[:length] for path in parts for length in range(len(path))}

    def visit(node: JSON, path: Path, within: bool) -> object:
        if (part := parts.get(path)) is not None:
            if part.encoded is not within:
                raise Tampered("placeholders were moved within the database row")
            return part.value
        if path not in on_the_way:
            return node if within else decode(node)
        if isinstance(node, list):
            return [visit(child, (*path, index), within) for index, child in enumerate(node)]
        if not isinstance(node, dict):
            raise Tampered("placeholders were moved within the database row")
        if not within and _is_tuple(node):
            return tuple(visit(child, (*path, index), False) for index, child in enumerate(_items(node)))
        if not within and CLASSNAME in node:
            return decode({key: visit(child, (*path, key), True) for key, child in node.items()})  # type: ignore[misc]
        return {key: visit(child, (*path, key), within) for key, child in node.items()}

    return visit(tree, (), False)


def _part(value: object, path: Path, encode: Encode) -> Part:
    node, encoded = value, False
    for step in path:
        if not encoded and not isinstance(node, _CONTAINERS):
            node, encoded = encode(node), True
        if isinstance(node, dict):
            # A finding's step is the text of the key, which the scan made sure is unambiguous.
            node = node[step] if step in node else next(child for key, child in node.items() if str(key) == step)
        else:
            node = node[step]  # type: ignore[index]
    return Part(path=path, encoded=encoded, value=unmarked(node) if encoded else node)  # type: ignore[arg-type]  # an encoded node is JSON


def _is_tuple(node: JSON) -> bool:
    return isinstance(node, dict) and node.get(CLASSNAME) == _TUPLE_CLASSNAME and isinstance(node.get(DATA), list)


def _items(node: dict[str, JSON]) -> list[JSON]:
    items = node[DATA]
    return items if isinstance(items, list) else []
