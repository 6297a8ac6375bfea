"""``secure-xcom iam``: print what a deployment needs, from its settings and the Dags that Airflow knows.

Nothing is applied, and nothing is asked of AWS or Vault: read what is printed, then apply it.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from secure_xcom.cli.deployment import domains, elsewhere, exit_on_configuration_error, settings
from secure_xcom.ops.iam.aws.documents import documents as aws_documents
from secure_xcom.ops.iam.aws.render import render as render_aws
from secure_xcom.ops.iam.deployments import AwsOptions, VaultOptions, aws_deployment, vault_deployment
from secure_xcom.ops.iam.domains import DEFAULT_NAME
from secure_xcom.ops.iam.vault.deployment import documents as vault_documents
from secure_xcom.ops.iam.vault.render import render as render_vault
from secure_xcom.settings.routes_file import RoutesFile

app = typer.Typer(help=__doc__, no_args_is_help=True)

DagOption = Annotated[list[str] | None, typer.Option("--dag", help="A Dag; by default all that Airflow knows.")]

_NO_OPERATOR: Final = (
    "The operator's policy, all--operator, is left away: it names the keys of all Dags. Without --dag it is printed."
)
_NOT_ALL: Final = (
    "CAUTION: the bucket policy and the key policy replace those that are there, and shut out each Dag that --dag does "
    "not name. Leave --dag away, or name all Dags."
)


@app.command("vault")
def vault(
    dag: DagOption = None,
    form: Annotated[str, typer.Option("--format", help="hcl, cli, json or terraform.")] = "hcl",
    auth: Annotated[str, typer.Option(help="approle, kubernetes or jwt; by default the settings' auth=.")] = "",
    templated: Annotated[bool, typer.Option(help="Two policies for all, by the identity's metadata.")] = False,
    service_account: Annotated[str, typer.Option(help="Kubernetes: its name, with {domain}.")] = DEFAULT_NAME,
    kube_namespace: Annotated[str, typer.Option(help="Kubernetes: its namespace.")] = "airflow",
    audience: Annotated[list[str] | None, typer.Option(help="Kubernetes and JWT: the tokens' audience.")] = None,
    secret_id_ttl: Annotated[str, typer.Option(help="AppRole: how long a secret id serves.")] = "30d",  # noqa: S107
) -> None:
    """Policies, roles and keys for Vault, each right with what breaks without it."""
    options = VaultOptions(
        auth=auth,
        templated=templated,
        service_account=service_account,
        kube_namespace=kube_namespace,
        audiences=tuple(audience or ()),
        secret_id_ttl=secret_id_ttl,
        operator=not dag,
    )
    with exit_on_configuration_error():
        found = settings()
        routes_file = found.routes or RoutesFile()
        deployment = vault_deployment(found, domains(routes_file, dag or ()), options)
        _print(render_vault(vault_documents(deployment), form), form, _NO_OPERATOR if dag else "")
        _warn_of(routes_file)


@app.command("aws")
def aws(
    trusted: Annotated[list[str], typer.Option(help="The role that workers start with; with --per-dag with {domain}.")],
    operator: Annotated[list[str], typer.Option(help="The role or user that runs reap and rewrap.")],
    key_admin: Annotated[str, typer.Option(help="The role or user that administers the key, and never uses it.")],
    dag: DagOption = None,
    form: Annotated[str, typer.Option("--format", help="json, terraform or cli.")] = "json",
    per_dag: Annotated[bool, typer.Option(help="A role for each Dag, where session tags cannot be used.")] = False,
    key_arn: Annotated[str, typer.Option(help="The key's ARN, where the setting names an alias.")] = "",
    account: Annotated[str, typer.Option(help="The account; by default that of role_arn=.")] = "",
) -> None:
    """Roles, their trust, key and bucket policies for AWS, each right with what breaks without it."""
    options = AwsOptions(
        trusted=tuple(trusted),
        operators=tuple(operator),
        key_administrator=key_admin,
        key_arn=key_arn,
        account=account,
        per_dag=per_dag,
    )
    with exit_on_configuration_error():
        found = settings()
        routes_file = found.routes or RoutesFile()
        deployment = aws_deployment(found, domains(routes_file, dag or ()), options)
        # With one role for all, the policies name no Dag but those of the routes file, which are always among them.
        _print(render_aws(aws_documents(deployment), form), form, _NOT_ALL if dag and deployment.per_dag else "")
        _warn_of(routes_file)


def _print(text: str, form: str, remark: str) -> None:
    """Print a text, and a remark as a comment behind it and on standard error; JSON takes no comment."""
    typer.echo(text)
    if remark:
        typer.echo(remark, err=True)
        if form != "json":
            typer.echo(f"# {remark}")


def _warn_of(routes_file: RoutesFile) -> None:
    if others := elsewhere(routes_file):
        typer.echo(f"Not covered, since they have a store or key of their own: {', '.join(others)}", err=True)
