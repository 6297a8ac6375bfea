"""``secure-xcom explain KEY|JSON``: what would be sealed of a value, by which rule and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import typer
from rich.table import Table

from secure_xcom.cli.console import print_table
from secure_xcom.cli.deployment import exit_on_configuration_error, settings
from secure_xcom.cli.json_argument import json_of
from secure_xcom.cli.shown import shown
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.classify.rule_text import RuleText
    from secure_xcom.model.origin import Origin
    from secure_xcom.ops.explain.dag import ExplainedDag
    from secure_xcom.ops.explain.value import Explained
    from secure_xcom.ports.host import Host

_UNKNOWN_RULE: Final = "it is a rule of another version"


@dataclass(frozen=True, slots=True)
class _Deployment:
    """What this deployment decides by, and what holds for the Dag that is asked about, if one is."""

    policy: Policy
    host: Host
    texts: Mapping[str, RuleText]
    dag: ExplainedDag | None


@dataclass(frozen=True, slots=True)
class Pushed:
    """Under which key a value is pushed, and what is known of how a task made it."""

    key: str
    origin: Origin


def explain_subject(subject: str, pushed: Pushed, dag_id: str | None, *, as_json: bool) -> None:
    """Print what holds for a key or a value, for the Dag ``dag_id`` too if there is one. Exits with 2 for no JSON."""
    with exit_on_configuration_error():
        deployment = _deployment(dag_id)
    value = json_of(subject)
    if value is ...:
        _explain_name(subject, deployment, as_json=as_json)
    else:
        _explain_value(value, pushed, deployment, as_json=as_json)


def _deployment(dag_id: str | None) -> _Deployment:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.policy import build_policy
    from secure_xcom.assembly.rules import rule_texts
    from secure_xcom.ops.explain.dag import explain_dag

    configured, host = settings(), AirflowHost()
    policy, texts = build_policy(configured, host), rule_texts(configured)
    return _Deployment(policy, host, texts, None if dag_id is None else explain_dag(configured, dag_id))


def _explain_name(name: str, deployment: _Deployment, *, as_json: bool) -> None:
    names = deployment.policy.names
    rule, is_certain = names.rule_of(name), names.is_certain(name)
    is_open = rule is not None and not is_certain and _leaves_open(name, rule)
    told = {
        "name": name,
        "rule": None if is_open else rule,
        "rule_of_values": rule,
        "whatever_stands_there": is_certain,
        "airflow": deployment.host.hides_name(name),
    }
    if as_json:
        _print_json(told if deployment.dag is None else {"dag": deployment.dag.as_json(), **told})
        return
    _print_dag(deployment)
    if rule is None:
        sealed = "not sensitive by its name: what stands there decides"
    elif is_open:
        sealed = f"not sensitive by its name alone: what could be a secret there is sealed by rule {rule}. " + _why(
            rule, deployment.texts
        )
    else:
        unless = "" if is_certain else ", unless what stands there is no secret (docs/sensitive.md)"
        sealed = f"sealed by rule {rule}{unless}. {_why(rule, deployment.texts)}"
    hides = "hides" if told["airflow"] else "does not hide"
    typer.echo(f"the key {shown(name)}: {sealed}\nAirflow alone {hides} it in the UI, and keeps it in its database.")
    typer.echo(_about_keys(name, deployment.texts), err=True)


def _about_keys(name: str, texts: Mapping[str, RuleText]) -> str:
    """Say that the subject was taken for a key, and how to ask for what else it may be."""
    if name in texts:
        return f"taken for a key. There is a rule of this id too: secure-xcom explain --rule {name}"
    return "taken for a key. A value is JSON: '\"...\"', '[5]' or '{...}'. A rule is asked for by --rule ID"


def _leaves_open(name: str, rule: str) -> bool:
    """Return whether a name that is sensitive by ``rule`` may as well be that of something harmless."""
    from secure_xcom.classify.key_names import rule_of_key_name
    from secure_xcom.classify.open_names import rule_of_name_alone

    return rule_of_key_name(name) == rule and rule_of_name_alone(name) is None


def _explain_value(value: object, pushed: Pushed, deployment: _Deployment, *, as_json: bool) -> None:
    from secure_xcom.ops.explain.value import explain_value

    key = pushed.key
    explained = explain_value(value, key, deployment.policy, deployment.host, pushed.origin)
    if as_json:
        parts = [_as_json(each, key, deployment) for each in explained]
        _print_json(parts if deployment.dag is None else {"dag": deployment.dag.as_json(), "parts": parts})
        return
    _print_dag(deployment)
    if not explained:
        typer.echo("nothing in it would be sealed, nor hidden by Airflow alone")
        return
    table = Table("part", "sealed by rule", "because", "hidden in logs", "by Airflow alone")
    for each in explained:
        table.add_row(*map(visible, _row(each, key, deployment)), end_section=True)
    print_table(table)


def _print_dag(deployment: _Deployment) -> None:
    if (dag := deployment.dag) is None:
        return
    table = Table("of the Dag", "is", "because of")
    for each in dag.settings:
        table.add_row(*map(visible, (each.name, each.value, each.decided_by)))
    print_table(table)
    typer.echo(dag.outcome)


def _print_json(told: object) -> None:
    typer.echo(json.dumps(told, indent=2))


def _row(each: Explained, key: str, deployment: _Deployment) -> tuple[str, str, str, str, str]:
    path = _path(each, key, deployment)
    alone = "hidden in the UI" if each.hidden_by_airflow else "shown"
    if each.rule is None:
        return path, "none", _why_not(each, key, deployment.policy), "-", alone
    masked = "all" if each.maskable == each.texts else f"{each.maskable} of {each.texts}"
    return path, each.rule, _why(each.rule, deployment.texts), masked, alone


def _as_json(each: Explained, key: str, deployment: _Deployment) -> dict[str, object]:
    return {
        "path": _path(each, key, deployment),
        "sealed": each.rule is not None and (deployment.dag is None or deployment.dag.seals),
        "rule": each.rule,
        "reason": None if each.rule is None else _why(each.rule, deployment.texts),
        "texts": each.texts,
        "masked": each.maskable,
        "airflow": each.hidden_by_airflow,
    }


def _why_not(each: Explained, key: str, policy: Policy) -> str:
    """Say why a part that Airflow alone hides by its name is not sealed."""
    name = next((step for step in reversed(each.path) if isinstance(step, str)), key)
    if policy.names.ignores(name):
        return "[secure_xcom] ignored_keys names it"
    if policy.names.rule_of(name) is None:
        return "no rule takes this name for that of a secret, as Airflow does"
    return "the name may be that of a secret, and what stands there is not secret"


def _path(each: Explained, key: str, deployment: _Deployment) -> str:
    from secure_xcom.ops.explain.value import masked_path

    return masked_path(key, each.path, deployment.policy.rule_of_text)


def _why(rule: str, texts: Mapping[str, RuleText]) -> str:
    return texts[rule].reason if rule in texts else _UNKNOWN_RULE
