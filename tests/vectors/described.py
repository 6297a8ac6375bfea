"""Values, encodings and trees of parts, described in JSON as docs/format.md, section 12, says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from secure_xcom.model.value import JSON, Extension, ExtensionKind
from secure_xcom.payload.parts import InDict, InList, InObject, Large, Part, Root
from tests.unit import world


@dataclass
class Rebuilt:
    """What stands for an object that Airflow would rebuild."""

    name: str
    version: int
    data: object


class RebuildingHost(world.ObjectHost):
    """Rebuilds every object as ``Rebuilt``."""

    def decode(self, encoded: JSON) -> object:
        """Rebuild."""
        match encoded:
            case {"__classname__": str(name), "__version__": int(version), "__data__": data} if "builtins" not in name:
                return Rebuilt(name, version, self.decode(data))
        return super().decode(encoded)


def described(value: object) -> Any:
    """Describe a value, or a node of an encoding, in JSON, as docs/format.md says."""
    match value:
        case None | bool() | int() | str():
            return value
        case list():
            return [described(item) for item in value]
        case tuple():
            return {"tuple": [described(item) for item in value]}
        case set() | frozenset():
            return {type(value).__name__: sorted((described(item) for item in value), key=json.dumps)}
        case dict():
            return {"dict": [[described(key), described(item)] for key, item in value.items()]}
        case Extension(ExtensionKind.PAIRS, list(pairs)):
            return {"pairs": [described(pair) for pair in pairs]}
        case Extension():
            return described(value.content)
        case Rebuilt():
            return {"object": [value.name, value.version, described(value.data)]}
    return _described_leaf(value)


def _described_leaf(value: object) -> Any:
    match value:
        case float():
            return {"float": value.hex()}
        case bytes() | bytearray():
            return {type(value).__name__: value.hex()}
        case np.ndarray():
            return {"array": [value.dtype.str, [*value.shape], value.tobytes().hex()]}
        case complex():
            return {"complex": [value.real.hex(), value.imag.hex()]}
        case dt.time():
            return {"time": [value.replace(tzinfo=None).isoformat(), value.fold, _zone(value.tzinfo)]}
    raise TypeError(f"a value of {type(value)} has no description")


def described_branch(parts: Root) -> Any:
    """Describe a tree of parts."""
    match parts:
        case Large(content):
            return {"large": described(content)}
        case Part(content):
            return {"part": described(content)}
        case InDict(children):
            return {"dict": [[key, described_branch(inner)] for key, inner in children]}
        case InList(children):
            return {"list": [[position, described_branch(inner)] for position, inner in children]}
        case InObject(classname, version, inner):
            return {"object": [classname, version, described_branch(inner)]}


def _zone(zone: dt.tzinfo | None) -> Any:
    if zone is None:
        return False
    if isinstance(zone, ZoneInfo):
        return zone.key
    assert isinstance(zone, dt.timezone)
    offset = zone.utcoffset(None)
    named = zone.tzname(None) != dt.timezone(offset).tzname(None)
    seconds = {"float": offset.total_seconds().hex()}
    return [seconds, zone.tzname(None)] if named else seconds
