"""``ListWalk``: the steps of a walk into lists of users, of cookies and of roles, whose items are sealed part by part.

Which part is a setting is decided in ``classify.entries``, ``classify.section_kinds`` and ``classify.sections``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeGuard

from secure_xcom.classify.manifest_walk import ManifestWalk
from secure_xcom.classify.names import NAME_COOKIE, NAME_CREDENTIALS

if TYPE_CHECKING:
    from secure_xcom.model.value import Node, Selection

_ENTERED: Final = (NAME_CREDENTIALS, "name-password")
"""The rules about names under which a list of users may stand, each with a password."""

_MOST_ENTRIES: Final = 32
_MOST_COOKIES: Final = 512


class ListWalk(ManifestWalk):
    """What a walk does with lists that hold a section each."""

    @abstractmethod
    def of_section(self, node: dict[str, Node], rule: str, name: str, depth: int = 1) -> Selection | None:
        """Select all parts of a section but its settings."""

    @abstractmethod
    def is_section(self, node: Node, rule: str) -> TypeGuard[dict[str, Node]]:
        """Return whether a node that is sensitive by ``rule`` is a section."""

    def of_items(self, items: list[Node], rule: str, name: str) -> Selection | None:
        """Select the secrets of a list of users or cookies, and all of any other list."""
        if rule in _ENTERED and self._are_entries(items):
            # Each is a section of its own, with a user, whatever the list is called.
            return selected_of(
                (at, None if self.is_sealed(part) else self._of_entry(part, rule, name))
                for at, part in enumerate(items)
            )
        if rule == NAME_COOKIE and self._are_sites(items):
            return selected_of((at, self.of_section(site, rule, name)) for at, site in enumerate(items))
        if rule == NAME_COOKIE and self._are_cookies(items):
            return selected_of(
                (at, {"value": rule} if self.is_sealable("value", each["value"]) else None)
                for at, each in enumerate(items)
            )
        return rule

    def _may_be_cut(self, items: list[Node], most: int) -> bool:
        """Whether a list is the user's own, short enough, and no path of the operator's may match in it."""
        is_whole = self._lost_of is None or self._lost_of(items) is None
        return not self.has_paths and is_whole and 0 < len(items) <= most

    def _of_entry(self, entry: dict[str, Node], rule: str, name: str) -> Selection | None:
        """Select the secrets of an entry; one in which none is found is sealed whole, if none is sealed by now."""
        found = self.of_section(entry, NAME_CREDENTIALS, name)
        return found if found is not None or any(map(self.is_sealed, entry.values())) else rule

    def _are_entries(self, items: list[Node]) -> TypeGuard[list[dict[str, Node]]]:
        """Whether a list holds an entry for each user, of which each part is a setting or a secret by its own name."""
        return self._may_be_cut(items, _MOST_ENTRIES) and all(
            self.is_sealed(item) or (self.may_have_settings(item) and self._says_what_is_secret(item)) for item in items
        )

    def _are_sites(self, items: list[Node]) -> TypeGuard[list[dict[str, Node]]]:
        """Whether a list sets up cookies, one of a site each, and is no jar."""
        return self._may_be_cut(items, _MOST_ENTRIES) and all(self.is_section(item, NAME_COOKIE) for item in items)

    def _are_cookies(self, items: list[Node]) -> TypeGuard[list[dict[str, Node]]]:
        """Whether a list is a jar, of which each cookie has a name, a value and attributes."""
        from secure_xcom.classify.section_kinds import is_cookie

        return self._may_be_cut(items, _MOST_COOKIES) and all(
            isinstance(item, dict)
            and is_cookie({**item})
            and not any(map(self._names.is_certain, item))
            and all(self.is_plain(part) for key, part in item.items() if key != "value")
            for item in items
        )

    def _says_what_is_secret(self, entry: dict[str, Node]) -> bool:
        from secure_xcom.classify.entries import is_of_an_entry

        # One that is sealed by now counts too: the row is looked at once more.
        open_parts = {key: part for key, part in entry.items() if not self.is_sealed(part)}
        if any(isinstance(part, dict) for part in open_parts.values()):
            return False
        named = [key for key, part in open_parts.items() if key == "hash" or self._names.rule_of(key, part) is not None]
        is_any = bool(named) or len(open_parts) < len(entry)
        return is_any and all(key in named or is_of_an_entry(key, part) for key, part in open_parts.items())

    @abstractmethod
    def holds_its_own(self, node: dict[str, Node]) -> bool:
        """Return whether a part of a dict is a secret by its own name or by what it looks like."""

    def are_sections(self, items: list[Node], key: str) -> TypeGuard[list[dict[str, Node]]]:
        """Return whether a list within a section holds a section each: of roles and the like, or of users."""
        from secure_xcom.classify.sections import lists_settings

        lists_any = lists_settings(key)
        return self._may_be_cut(items, _MOST_ENTRIES) and all(
            self.may_have_settings(item) and (lists_any or self.holds_its_own(item)) for item in items
        )


def selected_of(parts: Iterable[tuple[int, Selection | None]]) -> Selection | None:
    """Return what is sensitive of a list."""
    return {at: inner for at, inner in parts if inner is not None} or None
