"""``SectionWalk``: the steps of a walk into dicts of settings, whose secrets are sealed part by part.

Which part is a setting is decided in ``classify.sections`` and ``classify.manifests``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeGuard

from secure_xcom.classify.list_walk import ListWalk, selected_of
from secure_xcom.classify.names import (
    NAME_CONNECTION_STRING,
    NAME_COOKIE,
    NAME_CREDENTIALS,
    NAME_SECRET,
    NAME_TOKEN,
)
from secure_xcom.classify.nested_names import ENDS, rule_of_nested
from secure_xcom.classify.paths import matches
from secure_xcom.model.value import CLASSNAME

if TYPE_CHECKING:
    from secure_xcom.model.value import Node, Selection


_GROUPED: Final = (
    *("ttl", "ttls", "time", "times", "span", "spans", "timeouts", "durations"),
    *("expire", "expires", "expiry", "expiration"),
    *("level", "levels", "link", "links", "permission", "permissions", "unit", "units"),
)
"""How each name ends that ``groups.holds_no_secret`` knows; the words themselves are loaded for such a name alone."""

_OF_SERVICES: Final = (NAME_CREDENTIALS, NAME_TOKEN)
"""The rules about names after which a service may be called."""

_CODE: Final = "name-code"
_KEY: Final = "name-key"
_PASSWORD: Final = "name-password"  # noqa: S105 - a rule's id

_MOST_PARTS: Final = 64
"""Parts of a dict with a secret and what tells of it: one that has more is a map."""

_SURE: Final = frozenset((NAME_SECRET, NAME_TOKEN, _KEY, _PASSWORD, "name-private-key", "name-pass"))
"""The rules about names under which a text is the secret of the dict around it."""

_NUMBERS: Final = frozenset(("id", "Id", "ID", "uuid"))
"""What a part is called that finds the secret beside it."""

_OPENED: Final = ("auth", "token", "tokens", "session", "sessions")
"""How names end whose id may be what lets somebody in."""

_PROVEN: Final = frozenset((NAME_COOKIE, NAME_CONNECTION_STRING, NAME_SECRET, _PASSWORD))
"""The rules about names under which a dict is a section if a part of it proves it."""


class SectionWalk(ListWalk):
    """What a walk does in sections, in dicts under the name of a token, and in Secrets of Kubernetes."""

    def in_parts(self, node: Node, rule: str, name: str | None) -> Selection | None:
        """Select the secrets of a section, and all of any other node that is sensitive by ``rule``."""
        if isinstance(node, dict) and rule in _OF_SERVICES and self._is_service(node, name):
            return self.visit(node, None)
        if isinstance(node, dict) and rule == NAME_SECRET and name == "secrets":
            # As in the values of a chart.
            if self.are_variables(node):
                return self.of_secrets(node, rule, is_encoded=False)
            if self.hold_variables(node):
                return self.of_variables(node, rule)
        if isinstance(node, list):
            return self.of_items(node, rule, name) if name is not None else rule
        return self.of_section(node, rule, name) if name is not None and self.is_section(node, rule) else rule

    def _is_service(self, node: dict[str, Node], name: str | None) -> bool:
        """Whether a dict is a service that is called like credentials, and the operator says nothing of it."""
        if node.keys().isdisjoint(("image", "build")):
            return False
        from secure_xcom.classify.services import is_service

        return not self.has_paths and name is not None and not self._names.is_certain(name) and is_service({**node})

    def is_section(self, node: Node, rule: str) -> TypeGuard[dict[str, Node]]:
        """Return whether a node that is sensitive by ``rule`` is a section, whose settings stay readable."""
        if rule in (NAME_TOKEN, _KEY):
            is_token = rule == NAME_TOKEN
            return self.may_have_settings(node) and (
                self.holds_its_own(node) or (is_token and self._has_settings_alone(node))
            )
        if rule in (_CODE, _PASSWORD) and self.may_have_settings(node) and self._has_measures_alone(node, rule):
            return True
        if rule == NAME_SECRET and self._holds_sections(node):
            return True
        if rule not in _PROVEN or not isinstance(node, dict):
            return rule == NAME_CREDENTIALS and self.may_have_settings(node)
        from secure_xcom.classify.section_kinds import holds_settings

        return holds_settings(rule, {**node}) and self.may_have_settings(node)

    def _holds_sections(self, node: Node) -> bool:
        """Whether a dict holds users with their passwords by what they are for, and nothing else."""
        return (
            isinstance(node, dict)
            and bool(node)
            and self.may_have_settings(node)
            and all(
                self.is_sealed(part) or (self.may_have_settings(part) and self.holds_its_own(part))
                for part in node.values()
            )
        )

    def holds_its_own(self, node: dict[str, Node]) -> bool:
        """Return whether a part of a dict is a secret by its own name or by what it looks like.

        Then not each other part is one.
        """
        return len(node) <= _MOST_PARTS and any(self._is_its_secret(key, part) for key, part in node.items())

    def _is_its_secret(self, key: str, part: Node) -> bool:
        if part is None or self.is_nothing(part):
            # One that is sealed by now counts too: the row is looked at once more.
            return part is not None
        if not isinstance(part, str):
            return False
        rule = self._names.rule_of(key, part)
        return rule in _SURE or (rule is None and not self.is_plain(part))

    def _has_settings_alone(self, node: dict[str, Node]) -> bool:
        """Whether no part can be the token: each is a measure, a secret by its own name, or a section itself."""
        from secure_xcom.classify.sections import is_measure

        parts = [(key, child) for key, child in node.items() if not self.is_nothing(child)]
        # A dict of nothing but dicts may be a map, whose keys are tokens.
        is_map = len(parts) == len(node) and all(isinstance(child, dict) for _, child in parts)
        return not is_map and all(
            self.may_have_settings(child) and self._has_settings_alone(child)
            if isinstance(child, dict)
            else self._names.rule_of(key) is not None or key.lower() == "key" or is_measure(key, child)
            for key, child in parts
        )

    def _has_measures_alone(self, node: dict[str, Node], rule: str) -> bool:
        """Whether each part of a dict called like a code or a password tells what those are like."""
        from secure_xcom.classify.sections import is_name_of_issuer, is_of_codes, is_sure_measure

        # One that is sealed by now counts too: the row is looked at once more.
        others = [
            key
            for key, child in node.items()
            if not (self.is_sealed(child) or is_sure_measure(key, child) or (rule == _CODE and is_of_codes(key, child)))
        ]
        # Whose codes they are is said in any words, if something else tells that they are codes.
        is_told = all(rule == _CODE and key == "issuer" and is_name_of_issuer(node[key]) for key in others)
        return is_told and len(others) < len(node) and not any(map(self._names.rule_of, node))

    def with_its_key(self, node: Node, name: str | None, inner: Selection | None) -> Selection | None:
        """Select the key and the address of a dict too, if the dict's name says what they open."""
        if name is None or not isinstance(node, dict) or node.keys().isdisjoint(ENDS):
            return inner
        if isinstance(inner, str) or CLASSNAME in node:
            return inner
        selected: dict[str | int, Selection] = {**(inner or {})}
        for key in ENDS:
            rule = rule_of_nested(self._names, name, key, node[key], node) if key in node else None
            if rule is not None and self.is_sealable(key, node[key]):
                selected.setdefault(key, rule)
        return selected or None

    def is_harmless_group(self, node: Node, name: str | None) -> bool:
        """Return whether a dict tells of secrets, as its name says, and holds none: ``{"ttl": {"token": 60}}``."""
        # Almost no name ends so, and what asks for more is not loaded for the others.
        if name is None or not name.lower().endswith(_GROUPED) or self.has_paths or not isinstance(node, dict):
            return False
        if not self.may_have_settings(node):
            return False
        from secure_xcom.classify.groups import holds_no_secret

        return holds_no_secret(name, {**node}) and all(map(self._is_harmless_part, _parts_in(node)))

    def _is_harmless_part(self, part: tuple[str, Node]) -> bool:
        """Whether neither the operator nor its form makes a key a secret, nor what stands there looks like one."""
        key, child = part
        is_named = self._names.is_certain(key) or (key in self._suspects.keys and self.rule_of_word(key) is not None)
        return not is_named and (isinstance(child, dict) or self.is_plain(child))

    def of_section(self, node: dict[str, Node], rule: str, name: str, depth: int = 1) -> Selection | None:
        """Select all parts of a section but its settings: by ``rule``, or by one of their own."""
        selected: dict[str | int, Selection] = {}
        place = self.place
        for key, child in node.items():
            if self.has_paths:
                self.step_from(place, key, key)
            inner = self._of_section_part(key, child, (rule, name, depth))
            self.place = place
            if inner is not None and (name.lower().endswith(_OPENED) or not self._finds_a_secret(key, node)):
                selected[key] = inner
        return selected or None

    def _finds_a_secret(self, key: str, node: dict[str, Node]) -> bool:
        """Whether a part of a section is the id of a secret beside it, and the operator says nothing of it."""
        if key not in _NUMBERS or self.has_paths or self._names.is_certain(key):
            return False
        from secure_xcom.classify.sections import is_public_id

        return is_public_id(node[key]) and self.is_plain(node[key]) and self.holds_its_own(node)

    def _of_section_part(self, key: str, child: Node, section: tuple[str, str, int]) -> Selection | None:
        from secure_xcom.classify.section_kinds import is_plain_in
        from secure_xcom.classify.sections import DEEPEST
        from secure_xcom.classify.values import names_keys

        rule, name, depth = section
        if self.is_nothing(child):
            return None
        if self.is_harmless_group(child, key) or (names_keys(child) and not self._names.is_certain(key)):
            return None
        own = self._names.rule_of(key)
        if self._names.ignores(key) or (self.has_paths and (matches(self.place[0]) or matches(self.place[1]))):
            return self.visit(child, key)
        if own is not None and self._names.is_certain(key):
            # The operator names it, whatever stands there.
            return own
        inner = (NAME_CREDENTIALS if rule in (NAME_TOKEN, _KEY, NAME_SECRET) else rule) if own is None else own
        if own in (None, rule, NAME_TOKEN) and depth < DEEPEST and self.is_section(child, inner):
            return self.of_section(child, inner, key, depth + 1)
        if own is None and depth < DEEPEST and isinstance(child, list) and self.are_sections(child, key):
            return selected_of((at, self.of_section(item, rule, key, depth + 1)) for at, item in enumerate(child))
        # Its name may say more than the section's, and a word for a state may be the secret here.
        group = name if own is None else ""
        return None if is_plain_in(own or rule, key, child, group) and self.is_plain(child) else own or rule


def _parts_in(node: dict[str, Node]) -> Iterator[tuple[str, Node]]:
    """Yield the parts of a dict, and of the dicts in it."""
    for key, child in node.items():
        yield key, child
        if isinstance(child, dict):
            yield from _parts_in(child)
