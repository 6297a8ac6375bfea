"""``Folder`` and ``Place``: where objects lie in Vault KV, and the rules for them.

All objects of a domain lie equally deep in its folder, and a pattern has one ``+`` for each segment below it. With
``etl*`` the Dag ``etl`` would reach ``etl2``. With ``etl/*`` and a right to delete, ``etl/../etl2/...`` removed objects
of ``etl2``: Vault's KV engine followed dots that its policies take for a name (CVE-2026-3605, fixed in Vault 2.0.0).
So each such path is denied, and secure-xcom should have a KV mount of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.documents import Rule

_BELOW_DAG: Final = 5
"""Segments of an object's name below the Dag: run_id, task_id, map_index, key and object id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A domain's folder, the depths of objects in it, and the domain's name."""

    folder: str
    depths: tuple[int, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Folder:
    """Where another store than ``store`` keeps its objects. Nothing new is written into a previous one."""

    mount: str
    prefix: str = ""
    is_previous: bool = False


# An entity does not say whether it belongs to a Dag or a namespace, so the policy needs both depths.
OWN: Final = Place(
    folder="{{identity.entity.metadata.dag_id}}",
    depths=(_BELOW_DAG, _BELOW_DAG + 1),
    name="{{identity.entity.metadata.domain}}",
)


def place_of(domain: Domain) -> Place:
    """Return the place of one domain."""
    # The folder of a namespace holds the folders of its Dags.
    return Place(folder=domain.segment, depths=(_BELOW_DAG + domain.is_namespace,), name=domain.name)


def object_rules(kind: str, folders: Iterable[Folder], place: Place, without: Mapping[str, str]) -> Iterator[Rule]:
    """Yield the rights on a domain's objects in each folder, and the refusals of paths with dots."""
    for folder, depth in product(folders, place.depths):
        for dots in range(-1, depth):
            segments = [".." if position == dots else "+" for position in range(depth)]
            # If two patterns match, Vault follows the one with fewer '+'.
            yield kv_rule(kind, folder, "/".join((place.folder, *segments)), without if dots < 0 else _NO_WAY_UP)


def kv_rule(kind: str, folder: Folder, below: str, without: Mapping[str, str]) -> Rule:
    """Return the rights on what lies ``below`` a folder. ``kind`` is ``data`` or ``metadata``."""
    return Rule("/".join(part for part in (folder.mount, kind, folder.prefix, below) if part), without)


_NO_WAY_UP: Final = {"deny": "Vault before 2.0.0 lets '..' lead out of the folder"}
