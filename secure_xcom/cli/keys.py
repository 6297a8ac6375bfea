"""``secure-xcom keys``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, MISCONFIGURED, domains, exit_on_configuration_error, settings
from secure_xcom.cli.shown import shown
from secure_xcom.errors import ConfigurationError, SecureXComError, translated

if TYPE_CHECKING:
    from secure_xcom.adapters.local.keyring import LocalKeyring
    from secure_xcom.assembly.estate import Estate
    from secure_xcom.ports.keys import KeyProvider
    from secure_xcom.settings.settings import Settings

app = typer.Typer(help="Change the keys that wrap data keys.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep ``rotate`` a subcommand while it is the only one."""


@app.command()
def rotate(
    dag: Annotated[
        str | None, typer.Option(autocompletion=dag_ids, help="A Dag whose domain has a key of its own.")
    ] = None,
    retire: Annotated[
        bool, typer.Option("--retire", help="Remove the earlier keys that nothing uses any more; add none.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Give a keyring a fresh primary key; for KMS and Transit, print the command of theirs that rotates the key.

    With --retire it exits with 1 if an earlier key is still used.
    """
    from secure_xcom.airflow.connections import AirflowConnections
    from secure_xcom.assembly.estate import Estate
    from secure_xcom.assembly.operator import as_operator

    with exit_on_configuration_error(), translated(SecureXComError, into=_told):
        configured = as_operator(settings())
        estate = Estate(configured, AirflowConnections())
        provider = _provider(estate, configured, dag)
        found = _retired(_keyring(provider), estate, configured) if retire else _rotated(provider)
    typer.echo(json.dumps(found, indent=2) if as_json else "\n".join(_lines(found)))
    raise typer.Exit(FINDINGS if found.get("kept") else 0)


def _told(error: SecureXComError) -> Exception:
    if isinstance(error, ConfigurationError):
        return error
    typer.echo(shown(f"{type(error).__name__}: {error.message}"), err=True)
    return typer.Exit(MISCONFIGURED)


def _provider(estate: Estate, configured: Settings, dag: str | None) -> KeyProvider:
    from secure_xcom.model.domain import Domain

    if dag is None and configured.key is not None and configured.key.names_domain:
        raise ConfigurationError("--dag: name a Dag, because each domain has a key of its own here")
    if dag is not None and not estate.has_own_key(estate.domain_of(dag)):
        raise ConfigurationError(
            f"--dag: {dag} has no key of its own: check the Dag's id. Without --dag, the key that all such Dags share "
            "is rotated"
        )
    found = estate.keys(Domain("secure-xcom") if dag is None else estate.domain_of(dag)).provider
    if found is None:
        raise ConfigurationError("key: there is no key: the store encrypts values itself, and rotates by its own means")
    return found


def _keyring(provider: KeyProvider) -> LocalKeyring:
    from secure_xcom.adapters.local.keyring import LocalKeyring

    if not isinstance(provider, LocalKeyring):
        raise ConfigurationError(
            f"--retire: is for a local:// keyring. The service behind {provider.scheme}:// keeps its earlier versions; "
            "when `secure-xcom rewrap --all` has ended, its own means end them"
        )
    _require_made(provider)
    return provider


def _require_made(keyring: LocalKeyring) -> None:
    """Raise ``ConfigurationError`` if there is no keyring: a new one in a mistyped home would serve no worker."""
    if not keyring.is_made():
        raise ConfigurationError(
            f"key: there is no keyring {keyring.path}. The first push makes it, or restore it from a backup. "
            "If workers have one, see that AIRFLOW_HOME and the key are theirs"
        )


def _rotated(provider: KeyProvider) -> dict[str, object]:
    from secure_xcom.adapters.local.keyring import LocalKeyring

    if isinstance(provider, LocalKeyring):
        _require_made(provider)
        fresh = provider.rotate()
        return {"primary": fresh, "others": list(provider.earlier()), "file": str(provider.path)}
    key = provider.current()
    commands = {
        "aws-kms": f"aws kms rotate-key-on-demand --key-id {key}",
        "vault-transit": f"vault write -f {'/keys/'.join(key.rpartition('/')[::2])}/rotate",
    }
    if provider.scheme not in commands:
        raise ConfigurationError(f"key: nothing is known of how {provider.scheme}:// rotates its keys")
    return {"command": commands[provider.scheme]}


def _retired(keyring: LocalKeyring, estate: Estate, configured: Settings) -> dict[str, object]:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_ledger
    from secure_xcom.ops.lifecycle.retire import retire
    from secure_xcom.ops.lifecycle.rewrap.run import RewrapOptions, Run
    from secure_xcom.settings.routes_file import RoutesFile
    from secure_xcom.settings.settings import LedgerMode

    if configured.has_previous_stores:
        # A move reads a value, and puts its copy later: in between it is under the earlier key in no store.
        raise ConfigurationError(
            "previous_stores: a move that is under way may put a copy under an earlier key, so none is removed: end "
            "the move, take previous_stores out, and retire the keys then"
        )
    known = [domain for domain, _ in domains(configured.routes or RoutesFile(), ())] if estate.names_domains else []
    ledger = None if configured.ledger_mode is LedgerMode.OFF else build_ledger(configured, AirflowHost())
    done = retire(keyring, Run(estate, RewrapOptions(dry_run=True)), estate.places(known), ledger)
    return {"removed": list(done.removed), "kept": done.kept}


def _lines(found: dict[str, object]) -> list[str]:
    match found:
        case {"command": str(command)}:
            return [command, "then: secure-xcom rewrap --all"]
        case {"primary": str(primary), "others": list(others), "file": str(file)}:
            rest = f"; earlier keys, which still open what they sealed: {len(others)}" if others else ""
            return [
                f"{primary} is the primary key now{rest}",
                f"next: give all workers {file}, and ten minutes later `secure-xcom rewrap`",
            ]
        case {"removed": list(removed), "kept": dict(kept)}:
            gone = [f"{key_id}: removed, nothing used it" for key_id in removed]
            used = [f"{key_id}: kept, {count} objects and chain keys are under it" for key_id, count in kept.items()]
            return [*gone, *used] or ["the keyring has no earlier key"]
    return []
