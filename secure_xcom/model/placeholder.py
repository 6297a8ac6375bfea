"""What the database holds in place of sealed parts: ``Placeholder`` for the first of a row, a stand-in for others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.value import CLASSNAME, DATA, JSON, VERSION

SEALED_CLASSNAME: Final = "secure_xcom.Sealed"

SEALED_VERSION: Final = 1

LARGE: Final = "large"
"""How the rule begins of a value that holds no secret, and was moved because of its size; its class and size follow."""

STAND_IN: Final = "*** (sealed)"
"""What stands in place of each sealed part of a row but the first. Ten thousand placeholders would be megabytes."""

TEXT_FORM: Final = f"{SEALED_CLASSNAME}@version="
"""How Airflow's UI begins a placeholder that it shows as a text; its Edit dialog writes that text back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """What the database holds in place of the first part of a sealed object in ``store``.

    Which part stands where is sealed with the parts. ``rule`` is the rule by which that part is sensitive, or one about
    passwords by which another part is: people read it, and readers mask words by it.
    ``ref`` is what of the object's name the row itself does not say (``model.object_name``).
    """

    rule: str
    store: str
    ref: str

    @property
    def says_large(self) -> bool:
        """Whether the placeholder says that its value was moved because of its size."""
        return self.rule.startswith(LARGE)

    def to_json(self) -> dict[str, JSON]:
        """Return the shape that Airflow's UI prints on one line and its public REST API refuses to accept."""
        data: dict[str, JSON] = {"rule": self.rule, "store": self.store, "ref": self.ref}
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
                    case {"rule": str(rule), "store": str(store), "ref": str(ref), **more}:
                        # The version is compared with its type: JSON's true and 1.0 equal 1.
                        if type(version) is int and version == SEALED_VERSION and not (rest or more):
                            return cls(rule=rule, store=store, ref=ref)
        raise InvalidPlaceholder(
            "the database row holds a damaged or forged placeholder: clear the producing task so that it pushes again"
        )


IN_EACH: Final = "ealed"
"""What stands in a stand-in and in ``TEXT_FORM``: almost no other text holds it, so that one look tells."""


def imitates(text: str) -> bool:
    """Whether a text of a user's would be taken for what this product writes, or for a placeholder that was edited."""
    return text == STAND_IN or TEXT_FORM in text
