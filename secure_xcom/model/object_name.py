"""Object names: where a sealed object lies below the store's prefix, and which names a reader may follow.

A name is ``dag_id/run_id/task_id/map_index/key/object_id``, each part percent-encoded; in the dag_id ``=`` stands for
``%`` (``dag_segment``). A name that comes from the database is never followed before ``require_name`` has compared it,
part by part, with what was asked for.

A placeholder has only the *reference* ``run_id/map_index/object_id`` of a name: a pull names the Dag, the task and the
key, and may leave open the run or the mapped instance.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final
from urllib.parse import quote, unquote

from secure_xcom.errors import InvalidCoordinates, InvalidPlaceholder, WrongCoordinates
from secure_xcom.model.coordinates import Coordinates, XComQuery

SEGMENT_LIMIT: Final = 150
"""Bytes of one encoded part. Five of them, the object id and a prefix of 200 bytes stay within the 1,024 bytes of
an S3 object key (Amazon S3 user guide, "Naming Amazon S3 objects")."""

TEXT_LIMIT: Final = 1024
"""Characters of one part; Airflow allows 250 for ids and 512 for keys."""

_SEGMENT: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.%~=:-]{1,150}", re.ASCII)
_TAGGABLE: Final = str.maketrans({"%": "=", "~": ":"})
_UNTAGGABLE: Final = str.maketrans({"=": "%", ":": "~"})
_NO_NAME: Final = "the placeholder's reference is not the name of a sealed object"
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_object_id() -> str:
    """Return a fresh, unguessable object id: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def object_name(coordinates: Coordinates, object_id: str) -> str:
    """Return an object's name. Raises ``InvalidCoordinates`` for a part that is empty, ``.``, ``..`` or too long."""
    parts = (coordinates.run_id, coordinates.task_id, str(coordinates.map_index), coordinates.key)
    return "/".join((dag_segment(coordinates.dag_id), *(encode_segment(part) for part in parts), object_id))


def reference_of(name: str) -> str:
    """Return the part of an object's name that stands in its placeholder."""
    _, run_id, _, map_index, _, object_id = name.split("/")
    return f"{run_id}/{map_index}/{object_id}"


def object_id_of(name: str) -> str:
    """Return the object id of a name or of a reference."""
    return name.rpartition("/")[2]


def map_index_of(reference: str) -> int | None:
    """Return the map index that a reference gives, ``None`` for anything else. No check of an object may rely on it."""
    index = reference.split("/")[1:2]
    return int(index[0]) if index and re.fullmatch(r"-?[0-9]{1,10}", index[0], re.ASCII) else None


def name_at(reference: str, query: XComQuery) -> str:
    """Return the name of the object that a placeholder at the coordinates of ``query`` refers to.

    Raises as ``require_name`` does. A placeholder of another Dag, task or key gives the name of no object.
    """
    segments = reference.split("/")
    if len(segments) != 3 or query.task_id is None or query.key is None:
        raise InvalidPlaceholder(_NO_NAME)
    run_id, map_index, object_id = segments
    place = (dag_segment(query.dag_id), run_id, encode_segment(query.task_id), map_index, encode_segment(query.key))
    name = "/".join((*place, object_id))
    require_name(name, query)
    return name


def require_name(name: str, query: XComQuery) -> None:
    """Raise unless ``name`` is an object name at coordinates that ``query`` admits.

    Raises ``InvalidPlaceholder`` for anything but an object name (a URL, an absolute path, ``..``, a NUL), and
    ``WrongCoordinates`` for the name of another XCom's object.
    """
    segments = name.split("/")
    if len(segments) != 6 or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise InvalidPlaceholder(_NO_NAME)
    if not _OBJECT_ID.fullmatch(segments[-1]):
        raise InvalidPlaceholder(_NO_NAME)
    map_index = None if query.map_index is None else str(query.map_index)
    wanted = (query.run_id, query.task_id, map_index, query.key)
    expected = (dag_segment(query.dag_id), *(None if want is None else encode_segment(want) for want in wanted))
    for want, segment in zip(expected, segments, strict=False):
        if want is not None and want != segment:
            raise WrongCoordinates(
                "the placeholder belongs to another XCom than the one that was asked for: "
                "the database row was moved or copied"
            )


def is_object_name(name: str) -> bool:
    """Whether a name that a store lists could be that of an object. Anybody who may write there can have made it."""
    *segments, object_id = name.split("/")
    return len(segments) == 5 and all(map(_SEGMENT.fullmatch, segments)) and bool(_OBJECT_ID.fullmatch(object_id))


def place_of(name: str) -> Coordinates:
    """Return the coordinates that a name gives; a cut part stands as it is. No check may rely on them.

    Raises ``InvalidPlaceholder`` for anything but a name.
    """
    dag_id, *parts = name.split("/")[:5]
    if len(parts) != 4 or not re.fullmatch(r"-?[0-9]{1,10}", parts[2], re.ASCII):
        raise InvalidPlaceholder("the ledger's database holds something else than the name of a sealed object")
    run_id, task_id, map_index, key = (unquote(part, errors="surrogatepass") for part in parts)
    return Coordinates(
        dag_id=text_of_segment(dag_id), run_id=run_id, task_id=task_id, map_index=int(map_index), key=key
    )


def dag_segment(dag_id: str) -> str:
    """Encode a dag_id so that it can also be the value of an AWS session tag, which holds neither ``%`` nor ``~``.

    ``=`` and ``:`` stand in their place; ``encode_segment`` leaves neither in its result, so different ids stay
    different. An ordinary id (letters, digits, ``_``, ``.``, ``-``) is its own segment.
    """
    return encode_segment(dag_id).translate(_TAGGABLE)


def text_of_segment(segment: str) -> str:
    """Return the dag_id that a segment stands for; of a cut one, what is left of it."""
    return unquote(segment.translate(_UNTAGGABLE), errors="surrogatepass")


def encode_segment(text: str) -> str:
    """Percent-encode one part of a name; different texts never give the same segment.

    A segment over ``SEGMENT_LIMIT`` bytes is cut, and ``~`` and the text's SHA-256 follow: coordinates are no secret.
    """
    if text in ("", ".", "..") or len(text) > TEXT_LIMIT:
        raise InvalidCoordinates(
            f"{text[:20]!r} ({len(text)} characters) cannot be a dag_id, run_id, task_id or key of a sealed XCom"
        )
    # '~' is the one unreserved character that is escaped too: it marks a cut segment, so none can be mistaken for one.
    encoded = quote(text, safe="", errors="surrogatepass").replace("~", "%7E")
    if len(encoded) <= SEGMENT_LIMIT:
        return encoded
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[: SEGMENT_LIMIT - 65]}~{digest}"
