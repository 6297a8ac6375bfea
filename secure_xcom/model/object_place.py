"""``ObjectPlace``: a name that a store lists, taken apart. What is not of our form is nobody's business here.

A part over ``SEGMENT_LIMIT`` bytes is cut in the name, so a name does not always tell its coordinates. What it is
compared with is therefore encoded, and never the other way about (``model.object_name``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from secure_xcom.errors import InvalidCoordinates
from secure_xcom.model.domain import NAMESPACE_SIGN
from secure_xcom.model.object_name import SEGMENT_LIMIT, dag_segment, encode_segment

_CUT: Final = re.compile(r"([A-Za-z0-9_.%-]{85})~[0-9a-f]{64}", re.ASCII)
_FOLDER: Final = re.compile(rf"{NAMESPACE_SIGN}[a-z0-9_-]{{1,40}}", re.ASCII)
_MAP_INDEX: Final = re.compile(r"-1|0|[1-9][0-9]{0,9}", re.ASCII)
_OBJECT_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_OF_DAG: Final = str.maketrans({"=": "%", ":": "~"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a name: ``text`` is what it stands for, or, if ``is_cut``, how that begins."""

    segment: str
    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPlace:
    """Where an object lies. ``folder`` is empty, or a namespace's segment and a slash."""

    name: str
    folder: str
    dag: Part
    run: Part
    task: Part
    map_index: int
    key: Part
    object_id: str

    @property
    def is_whole(self) -> bool:
        """Whether the name tells all coordinates."""
        return not any(part.is_cut for part in (self.dag, self.run, self.task, self.key))

    @property
    def below_folder(self) -> str:
        """The name without its folder."""
        return self.name.removeprefix(self.folder)


def place_in(name: str) -> ObjectPlace | None:
    """Take a listed name apart; ``None`` for one that no push has written."""
    segments = name.split("/")
    folder = ""
    if len(segments) == 7 and _FOLDER.fullmatch(segments[0]):
        folder = f"{segments.pop(0)}/"
    if len(segments) != 6 or not (_MAP_INDEX.fullmatch(segments[3]) and _OBJECT_ID.fullmatch(segments[5])):
        return None
    dag = _part(segments[0].translate(_OF_DAG), segments[0])
    run, task, key = (_part(segments[index], segments[index]) for index in (1, 2, 4))
    if dag is None or run is None or task is None or key is None:
        return None
    place = {"name": name, "folder": folder, "map_index": int(segments[3]), "object_id": segments[5]}
    return ObjectPlace(dag=dag, run=run, task=task, key=key, **place)  # type: ignore[arg-type]


def segment_or_none(text: str, *, of_dag: bool = False) -> str | None:
    """Encode a text of the database; ``None`` for one that no object's name can hold."""
    try:
        return dag_segment(text) if of_dag else encode_segment(text)
    except InvalidCoordinates:
        return None


def _part(encoded: str, segment: str) -> Part | None:
    """Decode a part. ``None`` unless it is what encoding gives, of a text that a database can hold."""
    if cut := _CUT.fullmatch(encoded):
        # The cut may go through an escape, and through a character.
        begin = re.sub(r"%[0-9A-F]?$", "", cut[1])
        text = unquote_to_bytes(begin).decode("utf-8", "ignore")
        return Part(segment, text, is_cut=True) if "\0" not in text else None
    try:
        text = unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError:
        return None
    is_ours = len(encoded) <= SEGMENT_LIMIT and "\0" not in text and segment_or_none(text) == encoded
    return Part(segment, text) if is_ours else None
