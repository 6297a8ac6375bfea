"""Branches of a tree of parts, written as the dicts and lists that they stand for."""

from collections.abc import Mapping

from secure_xcom.payload.parts import InDict, InList, Parts


def in_dict(children: Mapping[str, Parts]) -> InDict:
    """Return the branch of a dict with parts under these keys."""
    return InDict(tuple(children.items()))


def in_list(children: Mapping[int, Parts]) -> InList:
    """Return the branch of a list with parts at these positions."""
    return InList(tuple(children.items()))
