"""``TABLES``: where Airflow's metadata database keeps what people and tasks write, from Airflow 3.1 on.

Read in ``airflow.models`` of 3.1 to 3.3. Left out: ``executor_config``, which is pickled, and what the auth managers
keep, whose passwords are hashed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from secure_xcom.ops.audit.scan.sources import Column, Form

ARCHIVE: Final = "_airflow_deleted__"
"""What the names of tables begin with in which ``airflow db clean`` keeps the rows that it deletes."""

COMPRESSED: Final = frozenset({"data_compressed"})
"""Columns that hold bytes, in which zlib has compressed JSON."""

_LACKING: Final = {
    # The heads of 3.1.0 and 3.1.8, and of 3.2.0 (``_REVISION_HEADS_MAP`` in ``airflow.utils.db`` of 3.3).
    "cc92b33c6709": ("3.2", "3.3"),
    "509b94a1042d": ("3.2", "3.3"),
    "1d6611b6ab7c": ("3.3",),
}
"""Revisions of released schemas, with the versions whose tables come later. An unknown revision excuses nothing."""

_IDS: Final = {"dag_id": "dag_id", "run_id": "run_id", "task_id": "task_id", "map_index": "map_index"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Another table that knows whose row it is: ``column`` of the first is ``remote`` of the other."""

    table: str
    column: str
    remote: str
    ids: Mapping[str, str] = field(default_factory=lambda: _IDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AirflowTable:
    """A table and what of it is looked at. Its ``ids`` are the fields of ``Row``, by the columns that hold them."""

    name: str
    columns: tuple[Column, ...]
    ids: Mapping[str, str] = field(default_factory=dict)
    when: tuple[str, ...] = ()
    """The columns that tell when a row was written last: the first one that is not NULL does."""
    is_told_by_time: bool = True
    """Whether ``when`` tells of each write. Rows that change without a trace are looked at, whatever their age."""
    is_named: bool = False
    is_of_file: bool = False
    """Whether each Dag of a file has the whole file in a row: what is found there is of the file, and of no Dag."""
    join: Join | None = None
    since: str = "3.1"
    """The Airflow that has it first."""

    def is_absent_at(self, revision: str) -> bool:
        """Whether a schema of this revision lacks it. Where it should be, somebody dropped it, or hides it."""
        return self.since in _LACKING.get(revision, ())


def _json(name: str) -> Column:
    return Column(name=name, form=Form.JSON)


def _text(name: str) -> Column:
    return Column(name=name)


def _encryptable(name: str, form: Form = Form.TEXT) -> Column:
    return Column(name=name, form=form, is_encryptable=True)


_BY_TASK: Final = ("task_group.**.children.*", "edge_info.*", "edge_info.*.*")
"""What a serialised Dag has by the ids of its tasks: a task that is called ``token`` holds none."""

_INSTANCE: Final = (_json("next_kwargs"), _text("rendered_map_index"))
_HITL: Final = tuple(map(_json, ("options", "defaults", "params", "chosen_options", "params_input"))) + tuple(
    map(_text, ("subject", "body"))
)
_CONNECTION: Final = (
    _encryptable("password", Form.PASSWORD),
    _encryptable("extra"),
    *map(_text, ("host", "login", "schema")),
)

TABLES: Final = (
    AirflowTable(
        name="xcom", columns=(_json("value"),), ids=_IDS | {"name": "key"}, when=("timestamp",), is_named=True
    ),
    AirflowTable(
        name="rendered_task_instance_fields", columns=(_json("rendered_fields"), _json("k8s_pod_yaml")), ids=_IDS
    ),
    AirflowTable(
        name="dag_run", columns=(_json("conf"),), ids={"dag_id": "dag_id", "run_id": "run_id"}, when=("updated_at",)
    ),
    AirflowTable(
        name="dag_run_note",
        columns=(_text("content"),),
        when=("updated_at",),
        join=Join(table="dag_run", column="dag_run_id", remote="id", ids={"dag_id": "dag_id", "run_id": "run_id"}),
    ),
    AirflowTable(
        name="task_instance_note",
        columns=(_text("content"),),
        when=("updated_at",),
        join=Join(table="task_instance", column="ti_id", remote="id"),
    ),
    AirflowTable(name="task_instance", columns=_INSTANCE, ids=_IDS, when=("updated_at",)),
    AirflowTable(
        name="task_instance_history",
        columns=_INSTANCE,
        ids=_IDS,
        when=("updated_at",),
        # A row is written when its task is cleared, with the times that the task instance had.
        is_told_by_time=False,
    ),
    AirflowTable(name="log", columns=(_text("extra"),), ids=_IDS | {"name": "event"}, when=("dttm",)),
    AirflowTable(
        name="variable", columns=(_encryptable("val"), _text("description")), ids={"name": "key"}, is_named=True
    ),
    AirflowTable(name="connection", columns=(*_CONNECTION, _text("description")), ids={"name": "conn_id"}),
    AirflowTable(
        name="connection_test_request",
        columns=(*_CONNECTION, _text("result_message")),
        ids={"name": "connection_id"},
        when=("updated_at",),
        since="3.3",
    ),
    AirflowTable(name="import_error", columns=(_text("stacktrace"),), ids={"name": "filename"}, when=("timestamp",)),
    AirflowTable(
        name="trigger",
        columns=(_encryptable("kwargs"),),
        ids={"name": "classpath"},
        when=("created_date",),
        # ``airflow rotate-fernet-key`` writes it anew with another key, and leaves the time.
        is_told_by_time=False,
    ),
    AirflowTable(name="asset", columns=(_json("extra"), _text("uri")), ids={"name": "name"}, when=("updated_at",)),
    AirflowTable(
        name="asset_event",
        columns=(_json("extra"),),
        ids={
            "dag_id": "source_dag_id",
            "run_id": "source_run_id",
            "task_id": "source_task_id",
            "map_index": "source_map_index",
        },
        when=("timestamp",),
    ),
    AirflowTable(
        name="task_state_store",
        columns=(_text("value"),),
        ids=_IDS | {"name": "key"},
        when=("updated_at",),
        is_named=True,
        since="3.3",
    ),
    AirflowTable(
        name="asset_state_store",
        columns=(_text("value"),),
        ids={
            "dag_id": "last_updated_by_dag_id",
            "run_id": "last_updated_by_run_id",
            "task_id": "last_updated_by_task_id",
            "map_index": "last_updated_by_map_index",
            "name": "key",
        },
        when=("updated_at",),
        is_named=True,
        since="3.3",
    ),
    AirflowTable(
        name="hitl_detail",
        columns=_HITL,
        when=("responded_at", "created_at"),
        join=Join(table="task_instance", column="ti_id", remote="id"),
    ),
    AirflowTable(
        name="hitl_detail_history",
        columns=_HITL,
        when=("responded_at", "created_at"),
        is_told_by_time=False,
        join=Join(table="task_instance_history", column="ti_history_id", remote="task_instance_id"),
        since="3.2",
    ),
    AirflowTable(name="backfill", columns=(_json("dag_run_conf"),), ids={"dag_id": "dag_id"}, when=("updated_at",)),
    AirflowTable(
        name="callback",
        columns=(_json("data"), _text("output")),
        when=("created_at",),
        # A callback writes its output when it has run, and no time with it.
        is_told_by_time=False,
        since="3.2",
    ),
    AirflowTable(
        name="serialized_dag",
        columns=tuple(
            Column(name=name, form=Form.JSON, ids=tuple(f"{name}.dag.{path}" for path in _BY_TASK))
            for name in ("data", "data_compressed")
        ),
        ids={"dag_id": "dag_id"},
        when=("last_updated",),
    ),
    AirflowTable(
        name="dag_code",
        columns=(Column(name="source_code", form=Form.PYTHON),),
        ids={"dag_id": "dag_id", "name": "fileloc"},
        when=("last_updated",),
        is_of_file=True,
    ),
    AirflowTable(
        name="dag_bundle", columns=(_text("signed_url_template"), _json("template_params")), ids={"name": "name"}
    ),
    AirflowTable(name="slot_pool", columns=(_text("description"),), ids={"name": "pool"}),
)
"""Their columns are those of the newest Airflow."""
