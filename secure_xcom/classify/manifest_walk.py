"""``ManifestWalk``: the steps of a walk into Secrets of Kubernetes, and past parts that only name one.

Which part is a setting is decided in ``classify.manifests``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, TypeGuard

from secure_xcom.classify.kinds import KUBERNETES
from secure_xcom.classify.name_words import words
from secure_xcom.classify.shapes import has_shape
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import CLASSNAME, OLD_ENCODING

if TYPE_CHECKING:
    from secure_xcom.classify.lost import LostOf
    from secure_xcom.classify.names import NameRules
    from secure_xcom.classify.paths import States
    from secure_xcom.classify.suspects import Suspects
    from secure_xcom.model.value import Node, Selection


_MOST_VARIABLES: Final = 256
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9]{0,31}(?:_[A-Z0-9]{1,32}){0,8}", re.ASCII)


_CODES: Final = ("PW", "pw", "sas")
"""Codes of a country (ISO 3166) and of a language (ISO 639) that read like the name of a secret."""

_USUAL_CODES: Final = words("US GB DE FR ES IT CN JP IN BR CA AU us gb cn jp br ca au en de fr es it ja pt ru pl")
_FEWEST_CODES: Final = 6
"""Codes of other countries or languages that stand beside it."""


class ManifestWalk(ABC):
    """What a walk does with parts that hold secrets by the kind of dict around them, or tell where one is."""

    _names: NameRules
    _suspects: Suspects
    _lost_of: LostOf | None
    place: tuple[States, States]
    has_paths: bool

    @abstractmethod
    def visit(self, node: Node, name: str | None) -> Selection | None:
        """Select what is sensitive in a node called ``name``."""

    @abstractmethod
    def visit_unseen(self, node: Node) -> Selection | None:
        """Select what is sensitive in a node without a name, whose texts nothing has looked at."""

    @abstractmethod
    def step_from(self, place: tuple[States, States], step: str | int, name: str | None) -> None:
        """Go to what stands one step below ``place``."""

    @abstractmethod
    def is_nothing(self, node: Node) -> bool:
        """Return whether nothing is to be hidden."""

    @abstractmethod
    def is_sealable(self, key: str, child: Node) -> bool:
        """Return whether there is something under ``key``, and the operator says nothing against sealing it."""

    @abstractmethod
    def rule_of_word(self, text: str) -> str | None:
        """Return the rule by which a key holds a secret itself."""

    def of_kind(self, key: str, child: Node, rule: str, inner: Selection | None) -> Selection | None:
        """Select what is secret by the kind of dict around it: all of it, or of a Secret all but measures.

        ``inner`` is selected where a part is sealed by now: what is secret as a whole has none.
        """
        if rule != KUBERNETES and isinstance(child, dict) and any(map(self.is_sealed, child.values())):
            return inner
        if rule != KUBERNETES or self.has_paths or self._names.has_ignored or not self.may_have_settings(child):
            return rule
        return self.of_secrets(child, rule, is_encoded=key.lower() == "data")

    def is_sealed(self, part: Node) -> bool:
        """Return whether a part is sealed by now."""
        return part is not None and self.is_nothing(part)

    def hold_variables(self, node: dict[str, Node]) -> bool:
        """Return whether the parts of a dict are dicts of variables, and nothing else."""
        # One that is sealed by now counts too: the row is looked at once more.
        return (
            0 < len(node) <= _MOST_VARIABLES
            and self.may_have_settings(node)
            and all(
                self.is_sealed(part) or (isinstance(part, dict) and self._are_named_so(part)) for part in node.values()
            )
            and any(
                self.is_sealed(part) or (isinstance(part, dict) and any(map(self._names.rule_of, part)))
                for part in node.values()
            )
        )

    def of_variables(self, node: dict[str, Node], rule: str) -> Selection | None:
        """Select the parts of dicts of variables, but for users, hosts and the like."""
        selected: dict[str | int, Selection] = {}
        for name, part in node.items():
            if isinstance(part, dict) and not self.is_sealed(part):
                is_named = self._names.is_certain(name)
                inner = rule if is_named else self.of_secrets(part, rule, is_encoded=False)
                selected |= {} if inner is None else {name: inner}
        return selected or None

    def are_variables(self, node: dict[str, Node]) -> bool:
        """Return whether a dict holds variables of an environment, of which one is a secret by its name."""
        return self._are_named_so(node) and any(map(self._names.rule_of, node))

    def _are_named_so(self, node: dict[str, Node]) -> bool:
        return (
            not (self.has_paths or self._names.has_ignored)
            and len(node) <= _MOST_VARIABLES
            and all(map(_VARIABLE.fullmatch, node))
            and not any(isinstance(part, (dict, list)) and not self.is_nothing(part) for part in node.values())
            and self.may_have_settings(node)
        )

    def of_secrets(self, node: dict[str, Node], rule: str, *, is_encoded: bool) -> Selection | None:
        """Select the parts of a dict of secrets, but for measures: users, hosts and the like."""
        # One that is sealed by now counts too: the row is looked at once more.
        named = (name for name, part in node.items() if part not in (None, "") and self._names.rule_of(name))
        secrets = [*map(words_of, named)]
        plain = {
            name
            for name, part in node.items()
            if self._is_setting_of_secret(name, part, secrets, is_encoded=is_encoded)
        }
        # Sealed part by part, a Secret without settings would show the names of its parts and nothing else.
        return {name: rule for name in node if name not in plain} or None if plain else rule

    def _is_setting_of_secret(self, name: str, part: Node, secrets: list[tuple[str, ...]], *, is_encoded: bool) -> bool:
        from secure_xcom.classify.manifests import measure_in, stands_for_secret

        if self.is_nothing(part):
            return True
        if self._names.is_certain(name) or (text := measure_in(name, part, secrets, is_encoded=is_encoded)) is None:
            return False
        return (self._names.rule_of(name) is None or stands_for_secret(text)) and all(map(self.is_plain, (part, text)))

    def is_reference(self, key: str, part: Node, node: dict[str, Node]) -> bool:
        """Return whether a part says what a secret is called, or its copy in an ExternalSecret, and holds none.

        So does one under the code of a country, in a dict of such.
        """
        if "remoteRef" in node:
            from secure_xcom.classify.descriptions import names_a_copy

            is_name = names_a_copy(key, part, node["remoteRef"])
        elif key[-7:].lower().endswith(("secret", "secrets")):
            from secure_xcom.classify.services import refers_to_secrets

            is_name = refers_to_secrets(key, part, {**node})
        elif key[-3:].lower() == "env":
            from secure_xcom.classify.section_patterns import variable

            is_name = isinstance(part, str) and variable().fullmatch(part) is not None
        else:
            # The code of a country or of a language may read like the name of a secret: PW is Palau.
            is_told = not isinstance(part, str) or not any(map(str.isdigit, part))
            is_name = key in _CODES and is_told and len(node.keys() & _USUAL_CODES) >= _FEWEST_CODES
        return is_name and not (self.has_paths or self._names.is_certain(key)) and self.is_plain(part)

    def may_have_settings(self, node: Node) -> TypeGuard[dict[str, Node]]:
        """Whether a node is a dict of the user's whose keys are names, and no secrets themselves."""
        if not isinstance(node, dict) or CLASSNAME in node or node.keys() >= OLD_ENCODING:
            return False
        if (self._lost_of is not None and self._lost_of(node) is not None) or has_shape(tuple(node)):
            return False
        from secure_xcom.classify.sections import are_settings

        return are_settings(node) and not any(key in self._suspects.keys and self.rule_of_word(key) for key in node)

    def is_plain(self, node: Node) -> bool:
        """Whether no text of a setting is sensitive by what it looks like, and nothing in it is registered."""
        return self.visit_unseen(node) is None
