"""``HeldSearch``: whether an object is sensitive by what its encoding loses, such as the cells of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import EllipsisType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from secure_xcom.classify.lost import HeldLike, LostLike
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node, Selection

UNSEARCHED: Final = "unsearched"
"""It holds what cannot be looked at, or more than can be."""

_BATCH: Final = 65_536
"""Characters of a table's texts that are searched at once."""


class HeldSearch:
    """Looks at names and contents that stand nowhere in the tree: the whole object is sensitive with them.

    ``visit`` looks into one of the contents, and ``rule_of_word`` at a name that may hold a secret itself.
    """

    def __init__(
        self,
        policy: Policy,
        visit: Callable[[Node], Selection | None],
        rule_of_word: Callable[[str], str | None],
    ) -> None:
        self._policy = policy
        self._visit = visit
        self._rule_of_word = rule_of_word
        # Rows of a table may share their schema.
        self._rules: dict[int, str | None] = {}

    def rule_of(self, lost: LostLike) -> str | None:
        """Return the rule by which an object with these losses is sensitive."""
        return next((rule for held in lost.held if (rule := self._rule_of_held(held)) is not None), None)

    def _rule_of_held(self, held: HeldLike) -> str | None:
        if id(held) not in self._rules:
            self._rules[id(held)] = self._found_in(held)
        return self._rules[id(held)]

    def _found_in(self, held: HeldLike) -> str | None:
        if self._policy.marks_only:
            return None
        for name in held.names:
            # The columns of a table stand nowhere in its data: the whole of it is sensitive.
            if (rule := self._policy.names.rule_of(name) or self._rule_of_word(name)) is not None:
                return rule
        return self._rule_of_contents(held.contents()) if held.complete else UNSEARCHED

    def _rule_of_contents(self, contents: Iterable[Node | EllipsisType]) -> str | None:
        texts: list[str] = []
        length = 0
        for node in contents:
            if isinstance(node, EllipsisType):
                return UNSEARCHED
            if isinstance(node, str) and not node[:64].lstrip().startswith(("{", "[")):
                # A table has many short texts: looking at each of them takes longer than encoding it.
                texts.append(node)
                length += len(node)
            elif (inner := self._visit(node)) is not None:
                return first_rule(inner)
            if length > _BATCH:
                if (rule := self._policy.rule_of_text("\n".join(texts))) is not None:
                    return rule
                texts, length = [], 0
        return self._policy.rule_of_text("\n".join(texts))


def first_rule(selection: Selection) -> str:
    """Return the rule of the first selected part."""
    while not isinstance(selection, str):
        selection = next(iter(selection.values()))
    return selection
