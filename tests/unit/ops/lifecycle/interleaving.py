"""Every order in which the steps of several actors can come: each request to a store or to the ledger is a step."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from greenlet import getcurrent, greenlet

Actor = Callable[[], object]

_Choice = tuple[int, tuple[int, ...]]
"""Who went on, and who could have."""


def step() -> None:
    """Let another actor go on before what comes next; outside of an actor, nothing."""
    above = getcurrent().parent
    if above is not None:
        above.switch()


def in_every_order(make: Callable[[], Sequence[Actor]]) -> Iterator[tuple[int, ...]]:
    """Run fresh actors once for each order of their steps, and give the order after each."""
    choices: list[_Choice] = []
    while True:
        taken: list[_Choice] = []

        def choose(alive: tuple[int, ...], taken: list[_Choice] = taken, before: list[_Choice] = choices) -> int:
            chosen = before[len(taken)][0] if len(taken) < len(before) else alive[0]
            taken.append((chosen, alive))
            return chosen

        _run(make(), choose)
        yield tuple(chosen for chosen, _ in taken)
        while taken and taken[-1][0] == taken[-1][1][-1]:
            taken.pop()
        if not taken:
            return
        chosen, alive = taken[-1]
        choices = [*taken[:-1], (alive[alive.index(chosen) + 1], alive)]


def in_some_orders(make: Callable[[], Sequence[Actor]], count: int) -> Iterator[tuple[int, ...]]:
    """Run fresh actors in ``count`` orders, always the same ones."""
    dice = random.Random(4711)
    for _ in range(count):
        order: list[int] = []

        def choose(alive: tuple[int, ...], order: list[int] = order) -> int:
            order.append(dice.choice(alive))
            return order[-1]

        _run(make(), choose)
        yield tuple(order)


def _run(actors: Sequence[Actor], choose: Callable[[tuple[int, ...]], int]) -> None:
    running = {number: greenlet(actor) for number, actor in enumerate(actors)}
    while running:
        number = choose(tuple(running))
        running[number].switch()
        if running[number].dead:
            del running[number]
