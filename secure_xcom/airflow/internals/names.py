"""The private names of Airflow that ``secure_xcom.airflow.internals`` leans on, with the reason and the versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MASKER: Final = "airflow.sdk._shared.secrets_masker.secrets_masker"
RUNNER: Final = "airflow.sdk.execution_time.task_runner"


@dataclass(frozen=True)
class Name:
    """A name as ``module:attributes``, where ``()`` calls what was found so far."""

    path: str
    why: str
    since: tuple[int, int] = (3, 1)
    until: tuple[int, int] = (99, 0)
    local: str = ""
    """A local variable or parameter of the function, which is read from its frame or its arguments."""

    @property
    def last(self) -> str:
        """What the code says for it."""
        return self.path.rpartition(".")[2].rpartition(":")[2].removesuffix("()")

    def __str__(self) -> str:
        return f"{self.path}({self.local})" if self.local else self.path


def _moved(old: str, new: str, why: str) -> list[Name]:
    return [Name(old, why, until=(3, 1)), Name(new, why, since=(3, 2))]


NAMES: Final[list[Name]] = [
    Name(f"{RUNNER}:_execute_task", "claims are pinned when a task's code has ended, before the report", local="ti"),
    Name(f"{RUNNER}:_render_map_index", "labels of mapped task instances are masked"),
    Name(f"{RUNNER}:run", "who runs, while the runner deletes and pushes XComs without a context", local="ti"),
    Name(f"{RUNNER}:finalize", "who runs, while the runner calls the task's callbacks without a context", local="ti"),
    Name(f"{RUNNER}:RuntimeTaskInstance._ti_context_from_server", "whether the task instance has come back"),
    Name("airflow.sdk.api.datamodels._generated:TIRunContext.next_method", "set after a deferral"),
    Name("airflow.sdk.api.datamodels._generated:TIRunContext.task_reschedule_count", "counts a sensor's reschedules"),
    Name("airflow.sdk.execution_time.supervisor:reconfigure_logger", "copies of task logs are masked", since=(3, 2)),
    Name("structlog:get_logger().bind()._processors", "copies of task logs are masked", since=(3, 2)),
    Name("airflow.sdk.log:mask_logs", "the processor that masks a log event"),
    Name("airflow.sdk.log:redact", "what that processor masks with: a log line keeps its structure"),
    Name(f"{RUNNER}:_serialize_template_field", "an argument with what cannot be masked shows stars"),
    Name(f"{RUNNER}:_serialize_rendered_fields", "so does what an operator makes of its arguments"),
    Name(
        "airflow.sdk.definitions._internal.templater:Templater._do_render_template_fields",
        "which functions, in the place of templates, hold a sealed value",
    ),
    Name(
        "airflow.sdk.definitions._internal.templater:Templater.render_template", "which arguments hold a sealed value"
    ),
    Name(
        "airflow.sdk.definitions._internal.expandinput:DictOfListsExpandInput.resolve", "the same of mapped arguments"
    ),
    Name(
        "airflow.sdk.definitions._internal.expandinput:ListOfDictsExpandInput.resolve", "the same of mapped arguments"
    ),
    Name(f"{MASKER}:SecretsMasker.MAX_RECURSION_DEPTH", "what lies deeper than five levels is masked"),
    Name(f"{MASKER}:redact", "whether a text holds a registered secret; and labels are masked with it"),
    Name(f"{MASKER}:should_hide_value_for_key", "a name that Airflow hides is sensitive"),
    Name(f"{MASKER}:SECRETS_TO_SKIP_MASKING", "one matcher in place of a pattern that is compiled anew"),
    Name(f"{MASKER}:SecretsMasker.redact", "the keys of dicts are masked too"),
    Name(f"{MASKER}:_secrets_masker()._adaptations", "one matcher in place of a pattern that is compiled anew"),
    Name(
        f"{MASKER}:_secrets_masker().min_length_to_mask",
        "one matcher in place of a pattern that is compiled anew",
    ),
    Name(f"{MASKER}:_secrets_masker().patterns", "one matcher in place of a pattern that is compiled anew"),
    Name(f"{MASKER}:_secrets_masker().replacer", "one matcher in place of a pattern that is compiled anew"),
    Name(
        f"{MASKER}:_secrets_masker()._get_content_pattern_replacer",
        "what Airflow masks by its content is sensitive, if [core] mask_secrets_content_patterns says so",
        since=(3, 4),
    ),
    Name("airflow.sdk.execution_time.comms:MaskSecret", "a supervisor that does not take a text fails the task"),
    Name("airflow.sdk.execution_time.lazy_sequence:LazyXComSequence._xcom_arg", "which task and key it reads"),
    Name("airflow.sdk.execution_time.lazy_sequence:LazyXComSequence._ti", "which run it reads"),
    Name("airflow.sdk.definitions.xcom_arg:PlainXComArg.operator", "which task a lazy sequence reads"),
    Name("airflow.sdk.definitions.xcom_arg:PlainXComArg.key", "which key a lazy sequence reads"),
    Name("airflow.sdk.bases.xcom:BaseXCom._get_xcom_db_ref", "the row that a second push supersedes"),
    Name("airflow.sdk.execution_time.comms:GetXComCount", "whether there is such a row"),
    Name(
        "airflow.providers.standard.operators.python:PythonVirtualenvOperator._execute_python_callable_in_subprocess",
        "a decorator on its function would not be found by the other interpreter",
    ),
    *_moved(
        "airflow.configuration:conf.sensitive_config_values",
        "airflow.sdk.configuration:conf.sensitive_config_values",
        "the ledger's URL may come from a command or a secrets backend",
    ),
    *_moved(
        "airflow.serialization.serde:serialize", "airflow.sdk.serde:serialize", "objects are encoded as Airflow does"
    ),
    *_moved("airflow.serialization.serde:deserialize", "airflow.sdk.serde:deserialize", "objects are decoded"),
    *_moved(
        "airflow.listeners.listener:get_listener_manager",
        "airflow.sdk.listener:get_listener_manager",
        "claims are consumed once the server knows of the success",
    ),
    *(
        name
        for kind, why in {
            "AirflowNotFoundException": "an absent connection on a machine that administers Airflow",
            "AirflowRescheduleException": "the task goes on later",
            "DagRunTriggerException": "the task succeeds",
            "DownstreamTasksSkipped": "the task succeeds",
            "TaskDeferred": "the task goes on later",
        }.items()
        for name in _moved(f"airflow.exceptions:{kind}", f"airflow.sdk.exceptions:{kind}", why)
    ),
    Name("airflow.sdk.exceptions:TaskAwaitingInput", "the task goes on later", since=(3, 3)),
    Name("airflow.models.dag:DagModel.is_stale", "the Dags that a command covers"),
    Name("airflow.sdk.exceptions:AirflowRuntimeError", "an absent connection on a worker"),
]
