"""The last frame of ours that an error passes: it takes the frames off that hold a value in plaintext.

Airflow's formatter for development and error trackers print the local variables of every frame of a traceback.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from secure_xcom.errors import SecureXComError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

P = ParamSpec("P")
R = TypeVar("R")


def without_frames(call: Callable[P, R]) -> Callable[P, R]:
    """Have ``call`` raise its ``SecureXComError`` from here, with none of the frames below."""

    @wraps(call)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except SecureXComError as error:
            failure = error.with_traceback(None)
        # The arguments hold the value, and this frame is printed too.
        del args, kwargs
        try:
            raise failure
        finally:
            # The traceback holds this frame.
            del failure

    return called


def async_without_frames(call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Do as ``without_frames`` for a coroutine."""

    @wraps(call)
    async def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except SecureXComError as error:
            failure = error.with_traceback(None)
        del args, kwargs
        try:
            raise failure
        finally:
            # The traceback holds this frame.
            del failure

    return called
