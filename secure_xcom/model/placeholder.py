"""``Placeholder``: what the database holds in place of a sealed part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.value import CLASSNAME, DATA, JSON, VERSION
from secure_xcom.secret import MASK

SEALED_CLASSNAME: Final = "secure_xcom.Sealed"

SEALED_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """What the database holds in place of the part number ``index`` of the object ``name`` in ``store``."""

    store: str
    name: str
    index: int

    def to_json(self) -> dict[str, JSON]:
        """Return the shape that Airflow's UI prints on one line and its public REST API refuses to accept."""
        data: dict[str, JSON] = {"value": MASK, "store": self.store, "ref": f"{self.name}#{self.index}"}
        return {CLASSNAME: SEALED_CLASSNAME, VERSION: SEALED_VERSION, DATA: data}

    @staticmethod
    def claims(node: object) -> bool:
        """Whether ``node`` says of itself that it is a placeholder."""
        return isinstance(node, Mapping) and node.get(CLASSNAME) == SEALED_CLASSNAME

    @classmethod
    def parse(cls, node: object) -> Placeholder:
        """Read a database node that claims to be a placeholder; raises ``InvalidPlaceholder`` unless it is whole."""
        match node:
            case {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": dict(data), **rest} if not rest:
                match data:
                    case {"value": "***", "store": str(store), "ref": str(ref), **more} if not more:
                        name, hash_sign, index = ref.rpartition("#")
                        if hash_sign and re.fullmatch(r"0|[1-9][0-9]{0,8}", index, re.ASCII):
                            return cls(store=store, name=name, index=int(index))
        raise InvalidPlaceholder(
            "the database row holds a damaged or forged placeholder: clear the producing task so that it pushes again"
        )
