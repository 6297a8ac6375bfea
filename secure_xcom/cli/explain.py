"""``secure-xcom explain``."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from secure_xcom.cli.deployment import MISCONFIGURED, exit_on_configuration_error, settings
from secure_xcom.cli.explain_value import Pushed, explain_subject
from secure_xcom.cli.shown import shown
from secure_xcom.model.origin import Origin
from secure_xcom.ops.explain.errors import explanations
from secure_xcom.settings.nearest import nearest


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
    command: Annotated[str, typer.Option(help="The command that prints it: gh auth token prints a token.")] = "",
    endpoint: Annotated[str, typer.Option(help="The path of the address that answers with it: /oauth/token.")] = "",
    columns: Annotated[str, typer.Option(help="The columns of the rows, as a query gives them: id,login,pin.")] = "",
    rule: Annotated[str | None, typer.Option("--rule", help="Explain a rule instead, by its id.")] = None,
    dag_file: Annotated[
        bool, typer.Option("--dag-file", help="The subjects are Dag files: find what looks secret in their source.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain what would be sealed of a value and why, what a rule finds, or what an error means and what to do."""
    named = subjects or []
    _require_no_empty(*named, rule)
    if dag is not None and (rule is not None or dag_file):
        raise typer.BadParameter("--dag is for a key or a value: secure-xcom explain password --dag DAG")
    if dag is not None and not named:
        raise typer.BadParameter("--dag needs a key or a value too: secure-xcom explain password --dag DAG")
    if rule is not None and (named or dag_file):
        raise typer.BadParameter("--rule stands alone: secure-xcom explain --rule name-key")
    if rule is not None:
        _explain_rule(rule, as_json=as_json)
    elif dag_file and named:
        _explain_source(named, as_json=as_json)
    elif len(named) != 1:
        raise typer.BadParameter(
            "name one key, JSON, @FILE, - or error; a rule with --rule; or files of Dags with --dag-file"
        )
    elif dag is None and (error := _error_named(named[0])) is not None:
        typer.echo(error)
    else:
        tables = (tuple(name.strip() for name in columns.split(",")),) if columns else ()
        origin = Origin(task_id=task, command=command, endpoint=endpoint, tables=tables)
        explain_subject(named[0], Pushed(key, origin), dag, as_json=as_json)


def _require_no_empty(*subjects: str | None) -> None:
    if any(subject is not None and not subject.strip() for subject in subjects):
        raise typer.BadParameter("it is empty. An empty text is JSON, in quotes: secure-xcom explain '\"\"'")


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
