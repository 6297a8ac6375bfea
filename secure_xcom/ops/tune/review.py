"""``Review``: an operator decides on one proposal after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from secure_xcom.ops.tune.lines import Decision
from secure_xcom.ops.tune.proposals import Proposal

QUESTION: Final = "[a]ccept, [r]eject, [n]ext, [q]uit? "

_ANSWERS: Final = {"a": Decision.ACCEPTED, "r": Decision.REJECTED, "n": Decision.OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """How the operator sees a proposal and answers. ``ask`` raises ``EOFError`` where the input ends."""

    show: Callable[[Proposal, int, int], None]
    """Shows a proposal, its number and how many there are."""
    ask: Callable[[str], str]


def review(proposals: Sequence[Proposal], dialogue: Dialogue) -> list[tuple[Proposal, Decision]]:
    """Return what the operator decided. From ``q`` and from the end of the input on the proposals stay open."""
    decided: list[tuple[Proposal, Decision]] = []
    for number, proposal in enumerate(proposals, 1):
        dialogue.show(proposal, number, len(proposals))
        decision = _decision(dialogue)
        if decision is None:
            break
        decided.append((proposal, decision))
    return [*decided, *((proposal, Decision.OPEN) for proposal in proposals[len(decided) :])]


def _decision(dialogue: Dialogue) -> Decision | None:
    """Ask until there is an answer; ``None`` ends the review."""
    while True:
        try:
            answer = dialogue.ask(QUESTION).strip().lower()[:1]
        except EOFError:
            return None
        if answer == "q":
            return None
        if answer in _ANSWERS:
            return _ANSWERS[answer]
