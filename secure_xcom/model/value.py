"""Values as they travel: JSON, paths into it, and the parts of a value that are sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

CLASSNAME: Final = "__classname__"

VERSION: Final = "__version__"

DATA: Final = "__data__"
"""The three keys of Airflow's serialised objects (airflow.sdk.serde)."""

Path = tuple[str | int, ...]
"""Where a part stands within a value: dict keys and list positions from the root; ``()`` is the whole value."""

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sensitive part: where it stands and which rule says so; never what matched."""

    path: Path
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a value that is sealed. ``encoded`` tells that ``value`` is Airflow's encoding of it, since the
    part stands within an object that Airflow serialises."""

    path: Path
    encoded: bool
    value: object = field(repr=False)
