"""Branches of a tree of parts, written as the dicts and lists that they stand for."""

from collections.abc import Mapping

from secure_xcom.payload import codec
from secure_xcom.payload.buffers import open_payload
from secure_xcom.payload.parts import InDict, InList, Parts, Root


def encode_parts(parts: Root) -> bytes:
    """Return the payload of parts, joined."""
    return bytes(codec.encode_parts(parts).payload())


def decode_parts(payload: bytes) -> tuple[Root, bool]:
    """Return the parts of a payload, and whether there are extensions among them."""
    return codec.decode_parts(open_payload(payload))


def in_dict(children: Mapping[str, Parts]) -> InDict:
    """Return the branch of a dict with parts under these keys."""
    return InDict(tuple(children.items()))


def in_list(children: Mapping[int, Parts]) -> InList:
    """Return the branch of a list with parts at these positions."""
    return InList(tuple(children.items()))
