"""Looking for the runner on the stacks, where CPython can wait for itself."""

from __future__ import annotations

import gc
import sys
import threading
from types import FrameType

import pytest

from secure_xcom.airflow.internals.task_instance import running_instance


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the garbage collector was on, each time that the frames of all threads were listed."""
    seen: list[bool] = []
    frames = sys._current_frames

    def listed() -> dict[int, FrameType]:
        seen.append(gc.isenabled())
        return frames()

    monkeypatch.setattr(sys, "_current_frames", listed)
    return seen


def test_the_main_thread_looks_at_its_own_stack_alone(looks: list[bool]) -> None:
    assert running_instance() is None
    assert looks == []


def test_another_thread_looks_while_nothing_is_collected(looks: list[bool]) -> None:
    threads = [threading.Thread(target=running_instance) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert looks == [False] * 8
    assert gc.isenabled()
