"""Print the policies, roles and keys that a deployment needs, from its settings and the Dags that Airflow knows.

Nothing is applied, and neither AWS nor Vault is called: read what is printed, then apply it.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import domains, elsewhere, exit_on_configuration_error, settings
from secure_xcom.ops.iam.aws.documents import documents as aws_documents
from secure_xcom.ops.iam.aws.render import AwsFormat
from secure_xcom.ops.iam.aws.render import render as render_aws
from secure_xcom.ops.iam.deployments import (
    AwsOptions,
    VaultOptions,
    aws_deployment,
    not_covered_on_aws,
    vault_deployment,
)
from secure_xcom.ops.iam.domains import DEFAULT_NAME
from secure_xcom.ops.iam.vault.deployment import documents as vault_documents
from secure_xcom.ops.iam.vault.render import VaultFormat
from secure_xcom.ops.iam.vault.render import render as render_vault
from secure_xcom.settings.routes_file import RoutesFile

app = typer.Typer(help=__doc__, no_args_is_help=True)

_FORMAT: Final = "The format to print. Save the output of terraform as xcom.tf.json."

DagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--dag",
        metavar="<str>",
        autocompletion=dag_ids,
        help="A Dag to cover; repeat it for more. By default all Dags that Airflow knows.",
    ),
]


@app.command("vault")
def vault(
    dag: DagOption = None,
    form: Annotated[VaultFormat, typer.Option("--format", help=_FORMAT)] = VaultFormat.HCL,
    auth: Annotated[
        str, typer.Option(help="How workers log in: approle, kubernetes or jwt. By default auth= of the settings.")
    ] = "",
    templated: Annotated[
        bool, typer.Option(help="Print two policies for all Dags, which use the metadata of Vault's entities.")
    ] = False,
    service_account: Annotated[
        str, typer.Option(help="kubernetes: the service account of each Dag, with {domain}.")
    ] = DEFAULT_NAME,
    kube_namespace: Annotated[str, typer.Option(help="kubernetes: the namespace of the accounts.")] = "airflow",
    audience: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", help="kubernetes and jwt: the audience that a token must name."),
    ] = None,
    secret_id_ttl: Annotated[str, typer.Option(help="approle: how long a secret id is valid.")] = "30d",  # noqa: S107
) -> None:
    """Print policies, roles and keys for Vault, each right with what breaks without it."""
    options = VaultOptions(
        auth=auth,
        templated=templated,
        service_account=service_account,
        kube_namespace=kube_namespace,
        audiences=tuple(audience or ()),
        secret_id_ttl=secret_id_ttl,
        all_domains=not dag,
    )
    with exit_on_configuration_error():
        found = settings()
        routes_file = found.routes or RoutesFile()
        documents = vault_documents(vault_deployment(found, domains(routes_file, dag or ()), options))
        _print(render_vault(documents, form), documents.remark, routes_file)


@app.command("aws")
def aws(
    trusted: Annotated[
        list[str],
        typer.Option(
            metavar="<str>", help="The ARN of the identity that workers start with. With --per-dag: with {domain}."
        ),
    ],
    operator: Annotated[
        list[str],
        typer.Option(
            metavar="<str>", help="The ARN of the role or user that verifies the ledger, rewraps, moves and reaps."
        ),
    ],
    key_admin: Annotated[
        str, typer.Option(help="The ARN of the role or user that administers the KMS key but cannot use it.")
    ],
    dag: DagOption = None,
    form: Annotated[AwsFormat, typer.Option("--format", help=_FORMAT)] = AwsFormat.JSON,
    per_dag: Annotated[
        bool, typer.Option(help="Print a role for each Dag, for workers that cannot use session tags.")
    ] = False,
    key_arn: Annotated[str, typer.Option(help="The ARN of the KMS key, if the settings name an alias.")] = "",
    previous_key_arn: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", help="The ARNs of the previous KMS keys, if the settings name aliases."),
    ] = None,
    account: Annotated[str, typer.Option(help="The AWS account. By default that of role_arn= of the settings.")] = "",
) -> None:
    """Print roles, their trust and policies, and the bucket's and the key's policy for AWS.

    Each right comes with what breaks without it.
    """
    options = AwsOptions(
        trusted=tuple(trusted),
        operators=tuple(operator),
        key_administrator=key_admin,
        key_arn=key_arn,
        previous_key_arns=tuple(previous_key_arn or ()),
        account=account,
        per_dag=per_dag,
        all_domains=not dag,
    )
    with exit_on_configuration_error():
        found = settings()
        routes_file = found.routes or RoutesFile()
        documents = aws_documents(aws_deployment(found, domains(routes_file, dag or ()), options))
        _print(render_aws(documents, form), documents.remark, routes_file)
        if buckets := not_covered_on_aws(found):
            typer.echo(f"Not covered, because they name another role: {', '.join(buckets)}", err=True)


def _print(text: str, remark: str, routes_file: RoutesFile) -> None:
    """Print a text, and on standard error what the operator must know before applying it."""
    typer.echo(text, nl=False)
    if remark:
        typer.echo(remark, err=True)
    if others := elsewhere(routes_file):
        typer.echo(f"Not covered, because they have a store or key of their own: {', '.join(others)}", err=True)
