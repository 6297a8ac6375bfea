"""``Database``: the supervisor and the metadata database as a dict, for tests and measurements of the backend alone."""

from __future__ import annotations

import json

from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import (
    DeleteXCom,
    GetXCom,
    GetXComCount,
    GetXComSequenceItem,
    GetXComSequenceSlice,
    MaskSecret,
    SetXCom,
    XComCountResponse,
    XComResult,
    XComSequenceIndexResult,
    XComSequenceSliceResult,
    _RequestFrame,
)

Row = tuple[str, str, str, str, int]
"""(dag_id, run_id, task_id, key, map_index)"""


class Database:
    """Answers the messages of pushes and pulls; values go through MessagePack and JSON, as on their way to the API.

    Without ``limits`` it takes what JSON can be made to hold, and Airflow's own supervisor would refuse.
    """

    def __init__(self, *, limits: bool = True) -> None:
        self._limits = limits
        self.rows: dict[Row, str] = {}
        self.messages: list[object] = []

    def install(self) -> Database:
        """Take the supervisor's place in this process."""
        task_runner.SUPERVISOR_COMMS = self
        return self

    def count(self, kind: type) -> int:
        """How many messages of a kind were received."""
        return sum(isinstance(message, kind) for message in self.messages)

    async def asend(self, msg: object) -> object:
        """Answer one message to a coroutine."""
        return self.send(msg)

    def send(self, msg: object) -> object:
        """Answer one message."""
        self.messages.append(msg)
        match msg:
            case SetXCom():
                if self._limits:
                    _RequestFrame(id=1, body=msg.model_dump()).as_bytes()
                # As httpx encodes the body of the supervisor's request.
                self.rows[_row(msg)] = json.dumps(msg.value, allow_nan=not self._limits)
            case DeleteXCom():
                self.rows.pop(_row(msg), None)
            case GetXCom():
                found = self.rows.get(_row(msg))
                return XComResult(key=msg.key, value=None if found is None else json.loads(found))
            case GetXComCount():
                return XComCountResponse(len=len(self._values(msg)))
            case GetXComSequenceSlice():
                values = self._values(msg)[slice(msg.start, msg.stop, msg.step)]
                return XComSequenceSliceResult(root=values)
            case GetXComSequenceItem():
                return XComSequenceIndexResult(root=self._values(msg)[msg.offset])
            case MaskSecret():
                pass
        return None

    def _values(self, msg: GetXComSequenceSlice | GetXComSequenceItem | GetXComCount) -> list[object]:
        of_task = (msg.dag_id, msg.run_id, msg.task_id, msg.key)
        return [json.loads(self.rows[row]) for row in sorted(self.rows) if row[:4] == of_task]


def _row(msg: SetXCom | GetXCom | DeleteXCom) -> Row:
    return msg.dag_id, msg.run_id, msg.task_id, msg.key, -1 if msg.map_index is None else msg.map_index
