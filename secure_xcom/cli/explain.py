"""``secure-xcom explain``."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from secure_xcom.cli.console import print_table
from secure_xcom.cli.deployment import MISCONFIGURED, exit_on_configuration_error, settings
from secure_xcom.cli.shown import shown
from secure_xcom.ops.explain.errors import explanations
from secure_xcom.ops.lineage.text import visible
from secure_xcom.settings.nearest import nearest

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.classify.rules import RuleText
    from secure_xcom.ops.explain.dag import ExplainedDag
    from secure_xcom.ops.explain.value import Explained
    from secure_xcom.ports.host import Host

_UNKNOWN_RULE: Final = "it is a rule of another version"


def explain(
    subjects: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SUBJECT",
            help="A key, JSON, @FILE with JSON, - for JSON on standard input, or the class of an error.",
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="The XCom key that JSON is pushed under.")] = "return_value",
    dag: Annotated[str | None, typer.Option(help="The Dag that pushes it: say what holds for this Dag too.")] = None,
    task: Annotated[str, typer.Option(help="The task that pushes it, since a name such as get_token tells too.")] = "",
    rule: Annotated[str | None, typer.Option("--rule", help="Explain a rule instead, by its id.")] = None,
    dag_file: Annotated[
        bool, typer.Option("--dag-file", help="The subjects are Dag files: find what looks secret in their source.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain what would be sealed of a value and why, what a rule finds, or what an error means and what to do."""
    named = subjects or []
    if dag is not None and (rule is not None or dag_file):
        raise typer.BadParameter("--dag is for a key or a value: secure-xcom explain password --dag DAG")
    if dag is not None and not named:
        raise typer.BadParameter("--dag needs a key or a value too: secure-xcom explain password --dag DAG")
    if rule is not None and not named:
        _explain_rule(rule, as_json=as_json)
    elif dag_file and named and rule is None:
        _explain_source(named, as_json=as_json)
    elif len(named) != 1 or rule is not None:
        raise typer.BadParameter(
            "name one key, JSON, @FILE, - or error; a rule with --rule; or files of Dags with --dag-file"
        )
    elif dag is None and (error := _error_named(named[0])) is not None:
        typer.echo(error)
    else:
        _explain_subject(named[0], _Pushed(key, task), dag, as_json=as_json)


def _explain_source(paths: list[str], *, as_json: bool) -> None:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.policy import build_policy
    from secure_xcom.assembly.rules import rule_texts
    from secure_xcom.cli.explain_source import explain_source

    with exit_on_configuration_error():
        configured = settings()
        explain_source(paths, build_policy(configured, AirflowHost()), rule_texts(configured), as_json=as_json)


def _error_named(subject: str) -> str | None:
    """Return the section of an error. Exits with 2 for what looks like the name of one and is not."""
    found = {name.lower(): (name, text) for name, text in explanations().items()}
    # A log names the class with its module, and its text ends with (docs/errors.md#class).
    asked = re.split(r"[.#]", subject.strip("() :"))[-1].lower()
    if asked in found:
        name, text = found[asked]
        return f"{name}\n\n{text}"
    is_one = "errors.md#" in subject or re.fullmatch(r"[A-Za-z_.]*Error", subject) is not None
    # Any other subject may be long, and is compared with no name.
    is_like_one = is_one or re.fullmatch(r"(?:[A-Z][a-z]+){2,}", subject) is not None
    meant = nearest(asked, found) if is_like_one else None
    if is_one or meant:
        hint = f"did you mean {found[meant][0]}? The" if meant else "the"
        names = ", ".join(name for name, _ in found.values())
        typer.echo(f"{shown(subject)}: no such error; {hint} errors are {names}", err=True)
        raise typer.Exit(MISCONFIGURED)
    return None


def _explain_rule(rule: str, *, as_json: bool) -> None:
    from secure_xcom.assembly.rules import rule_texts

    with exit_on_configuration_error():
        texts = rule_texts(settings())
    if rule not in texts:
        meant = nearest(rule, texts)
        hint = f"did you mean {meant}?" if meant else "docs/rules.md lists them"
        typer.echo(f"{shown(rule)}: no such rule; {hint}", err=True)
        raise typer.Exit(MISCONFIGURED)
    text = texts[rule]
    if as_json:
        typer.echo(json.dumps({name: getattr(text, name) for name in text.__slots__}, indent=2))
        return
    lines = {"finds": text.description, "why": text.reason, "such as": text.example, "but not": text.counterexample}
    lines["source"] = text.source
    typer.echo("\n".join([text.id, "", *(f"{what + ':':9}{said}" for what, said in lines.items() if said)]))


@dataclass(frozen=True, slots=True)
class _Deployment:
    """What this deployment decides by, and what holds for the Dag that is asked about, if one is."""

    policy: Policy
    host: Host
    texts: Mapping[str, RuleText]
    dag: ExplainedDag | None


@dataclass(frozen=True, slots=True)
class _Pushed:
    """Under which key a value is pushed, and by which task, if one is named."""

    key: str
    task_id: str


def _explain_subject(subject: str, pushed: _Pushed, dag_id: str | None, *, as_json: bool) -> None:
    with exit_on_configuration_error():
        deployment = _deployment(dag_id)
    value = _value_of(subject)
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


def _value_of(subject: str) -> object:
    """Return the JSON that ``subject`` names or is, ``...`` if it is a key. Exits with 2 for any other text."""
    if subject == "-":
        return _parsed(sys.stdin.buffer.read(), "standard input")
    if subject.startswith("@"):
        try:
            return _parsed(Path(subject[1:]).read_bytes(), shown(subject[1:]))
        except OSError as error:
            problem = f"{shown(subject[1:])}: cannot be read ({type(error).__name__})"
        typer.echo(problem, err=True)
        raise typer.Exit(MISCONFIGURED)
    if subject.lstrip()[:1] in ("{", "[", '"'):
        return _parsed(subject, "the argument, which begins like JSON")
    # No key has two lines: it is a text that somebody pushes.
    return subject if "\n" in subject else ...


def _parsed(data: str | bytes, where: str) -> object:
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        problem = _why_not_json(error)
    else:
        return value
    typer.echo(f"{where}: is no JSON: {problem}", err=True)
    raise typer.Exit(MISCONFIGURED)


def _why_not_json(error: ValueError | RecursionError) -> str:
    """Say what is wrong, and where, without the parser's own words: they may quote the value."""
    match error:
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"it does not parse at line {line}, column {column}; in JSON a text stands in quotes"
        case UnicodeDecodeError(start=start):
            return f"it is not UTF-8 at byte {start + 1}"
        case RecursionError():
            return "it is nested too deeply"
    return "a number in it has too many digits"


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
    typer.echo(f"{shown(name)}: {sealed}\nAirflow alone {hides} it in the UI, and keeps it in its database.")


def _leaves_open(name: str, rule: str) -> bool:
    """Return whether a name that is sensitive by ``rule`` may as well be that of something harmless."""
    from secure_xcom.classify.key_names import rule_of_key_name
    from secure_xcom.classify.open_names import rule_of_name_alone

    return rule_of_key_name(name) == rule and rule_of_name_alone(name) is None


def _explain_value(value: object, pushed: _Pushed, deployment: _Deployment, *, as_json: bool) -> None:
    from secure_xcom.ops.explain.value import explain_value

    key = pushed.key
    explained = explain_value(value, key, deployment.policy, deployment.host, task_id=pushed.task_id)
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
        return path, "not sealed", _why_not(each, key, deployment.policy), "-", alone
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
