"""``Placeholder``: what the database holds in place of a sealed part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.value import CLASSNAME, DATA, JSON, VERSION
from secure_xcom.secret import MASK

SEALED_CLASSNAME: Final = "secure_xcom.Sealed"

SEALED_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """What the database holds in place of each part of the object ``name`` in ``store``.

    Which part stands where is sealed with the parts.
    """

    store: str
    name: str

    def to_json(self) -> dict[str, JSON]:
        """Return the shape that Airflow's UI prints on one line and its public REST API refuses to accept."""
        data: dict[str, JSON] = {"value": MASK, "store": self.store, "ref": self.name}
        return {CLASSNAME: SEALED_CLASSNAME, VERSION: SEALED_VERSION, DATA: data}

    @staticmethod
    def claims(node: object) -> bool:
        """Whether ``node`` says of itself that it is a placeholder."""
        return isinstance(node, dict) and node.get(CLASSNAME) == SEALED_CLASSNAME

    @classmethod
    def parse(cls, node: object) -> Placeholder:
        """Read a database node that claims to be a placeholder; raises ``InvalidPlaceholder`` unless it is whole."""
        match node:
            case {"__classname__": "secure_xcom.Sealed", "__version__": version, "__data__": dict(data), **rest}:
                match data:
                    case {"value": "***", "store": str(store), "ref": str(name), **more}:
                        # The version is compared with its type: JSON's true and 1.0 equal 1.
                        if type(version) is int and version == SEALED_VERSION and not (rest or more):
                            return cls(store=store, name=name)
        raise InvalidPlaceholder(
            "the database row holds a damaged or forged placeholder: clear the producing task so that it pushes again"
        )
