"""``SectionWalk``: the steps of a walk into dicts of settings, whose secrets are sealed part by part.

Which part is a setting is decided in ``classify.sections`` and ``classify.manifests``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeGuard

from secure_xcom.classify.manifest_walk import ManifestWalk
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
_PASSWORD: Final = "name-password"  # noqa: S105 - a rule's id

_ENTERED: Final = (NAME_CREDENTIALS, _PASSWORD)
"""The rules about names under which a list of users may stand, each with a password."""

_MOST_ENTRIES: Final = 32

_PROVEN: Final = frozenset((NAME_COOKIE, NAME_CONNECTION_STRING, NAME_SECRET, _PASSWORD))
"""The rules about names under which a dict is a section if a part of it proves it."""


class SectionWalk(ManifestWalk):
    """What a walk does in sections, in dicts under the name of a token, and in Secrets of Kubernetes."""

    def in_parts(self, node: Node, rule: str, name: str | None) -> Selection | None:
        """Select the secrets of a section, and all of any other node that is sensitive by ``rule``."""
        if isinstance(node, dict) and rule in _OF_SERVICES and self._is_service(node, name):
            return self.visit(node, None)
        if isinstance(node, list) and rule in _ENTERED and name is not None and self._are_entries(node):
            # Each is a section of its own, with a user, whatever the list is called.
            return {at: self.of_section(part, NAME_CREDENTIALS, name) or rule for at, part in enumerate(node)}
        if isinstance(node, list) and rule == NAME_COOKIE and name is not None and self._are_sites(node):
            found = {at: self.of_section(site, rule, name) for at, site in enumerate(node)}
            return {at: inner for at, inner in found.items() if inner is not None} or None
        return self.of_section(node, rule, name) if name is not None and self.is_section(node, rule) else rule

    def _are_entries(self, items: list[Node]) -> TypeGuard[list[dict[str, Node]]]:
        """Whether a list holds an entry for each user, of which each part is a setting or a secret by its own name."""
        return (
            not self.has_paths
            and (self._lost_of is None or self._lost_of(items) is None)
            and 0 < len(items) <= _MOST_ENTRIES
            and all(self.may_have_settings(item) and self._says_what_is_secret(item) for item in items)
        )

    def _are_sites(self, items: list[Node]) -> TypeGuard[list[dict[str, Node]]]:
        """Whether a list sets up cookies, one of a site each, and is no jar."""
        return (
            not self.has_paths
            and (self._lost_of is None or self._lost_of(items) is None)
            and 0 < len(items) <= _MOST_ENTRIES
            and all(self.is_section(item, NAME_COOKIE) for item in items)
        )

    def _says_what_is_secret(self, entry: dict[str, Node]) -> bool:
        from secure_xcom.classify.entries import is_of_an_entry

        if any(isinstance(part, dict) for part in entry.values()):
            return False
        named = [key for key, part in entry.items() if key == "hash" or self._names.rule_of(key, part) is not None]
        return bool(named) and all(key in named or is_of_an_entry(key, part) for key, part in entry.items())

    def _is_service(self, node: dict[str, Node], name: str | None) -> bool:
        """Whether a dict is a service that is called like credentials, and the operator says nothing of it."""
        if node.keys().isdisjoint(("image", "build")):
            return False
        from secure_xcom.classify.services import is_service

        return not self.has_paths and name is not None and not self._names.is_certain(name) and is_service({**node})

    def is_section(self, node: Node, rule: str) -> TypeGuard[dict[str, Node]]:
        """Return whether a node that is sensitive by ``rule`` is a section, whose settings stay readable."""
        if rule == NAME_TOKEN:
            return self.may_have_settings(node) and self._has_settings_alone(node)
        if rule == _CODE:
            return self.may_have_settings(node) and self._has_measures_alone(node)
        if rule not in _PROVEN or not isinstance(node, dict):
            return rule == NAME_CREDENTIALS and self.may_have_settings(node)
        from secure_xcom.classify.section_kinds import holds_settings

        return holds_settings(rule, {**node}) and self.may_have_settings(node)

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

    def _has_measures_alone(self, node: dict[str, Node]) -> bool:
        """Whether each part of a dict that is called like a code tells how codes are made, and is no code."""
        from secure_xcom.classify.sections import is_of_codes, is_sure_measure

        return all(
            self._names.rule_of(key) is None and (is_sure_measure(key, child) or is_of_codes(key, child))
            for key, child in node.items()
        )

    def with_its_key(self, node: Node, name: str | None, inner: Selection | None) -> Selection | None:
        """Select the key and the address of a dict too, if the dict's name says what they open."""
        if name is None or not isinstance(node, dict) or node.keys().isdisjoint(ENDS):
            return inner
        if isinstance(inner, str) or CLASSNAME in node:
            return inner
        selected: dict[str | int, Selection] = {**(inner or {})}
        for key in ENDS:
            rule = rule_of_nested(self._names, name, key, node[key]) if key in node else None
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
        """Whether the operator does not name a key, it is no secret itself, and what stands there does not look it."""
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
            if inner is not None:
                selected[key] = inner
        return selected or None

    def _of_section_part(self, key: str, child: Node, section: tuple[str, str, int]) -> Selection | None:
        from secure_xcom.classify.section_kinds import is_plain_in
        from secure_xcom.classify.sections import DEEPEST

        rule, name, depth = section
        if self.is_nothing(child):
            return None
        if self.is_harmless_group(child, key):
            return None
        own = self._names.rule_of(key)
        if self._names.ignores(key) or (self.has_paths and (matches(self.place[0]) or matches(self.place[1]))):
            return self.visit(child, key)
        if own is not None and self._names.is_certain(key):
            # The operator names it, whatever stands there.
            return own
        inner = (NAME_CREDENTIALS if rule == NAME_TOKEN else rule) if own is None else own
        if own in (None, rule, NAME_TOKEN) and depth < DEEPEST and self.is_section(child, inner):
            return self.of_section(child, own or rule, key, depth + 1)
        # Its name may say more than the section's, and a word for a state may be the secret here.
        group = name if own is None else ""
        return None if is_plain_in(own or rule, key, child, group) and self.is_plain(child) else own or rule


def _parts_in(node: dict[str, Node]) -> Iterator[tuple[str, Node]]:
    """Yield the parts of a dict, and of the dicts in it."""
    for key, child in node.items():
        yield key, child
        if isinstance(child, dict):
            yield from _parts_in(child)
