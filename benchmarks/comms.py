"""``Database``: the supervisor and the metadata database as a dict, so that only the backends are measured."""

from __future__ import annotations

import json

from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import GetXCom, GetXComSequenceSlice, SetXCom, XComResult, XComSequenceSliceResult


class Database:
    """Answers the messages of pushes and pulls; values go through JSON, as on their way to Airflow's API."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str, int], dict[str, str]] = {}

    def install(self) -> None:
        """Take the supervisor's place in this process."""
        task_runner.SUPERVISOR_COMMS = self

    def send(self, msg: object) -> object:
        """Answer one message."""
        match msg:
            case SetXCom():
                place = (msg.dag_id, msg.run_id, msg.task_id, -1 if msg.map_index is None else msg.map_index)
                self._rows.setdefault(place, {})[msg.key] = json.dumps(msg.value)
            case GetXCom():
                place = (msg.dag_id, msg.run_id, msg.task_id, -1 if msg.map_index is None else msg.map_index)
                return XComResult(key=msg.key, value=json.loads(self._rows[place][msg.key]))
            case GetXComSequenceSlice():
                task = (msg.dag_id, msg.run_id, msg.task_id)
                places = sorted(place for place in self._rows if place[:3] == task)
                return XComSequenceSliceResult(root=[json.loads(self._rows[place][msg.key]) for place in places])
        return None
