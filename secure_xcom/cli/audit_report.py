"""``secure-xcom audit report``."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from secure_xcom.cli.audit_evidence import EvidenceRequest, evidence
from secure_xcom.cli.audit_paths import require_apart
from secure_xcom.cli.audit_report_progress import steps
from secure_xcom.cli.audit_signature import SIGNATURE, is_verified, signature_of
from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.cli.ledger import exit_on_error
from secure_xcom.cli.output import require_writable, write_output
from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.gather import pack_of


def report(
    form: Annotated[Format, typer.Option("--format", help="The format to write.")] = Format.HTML,
    scan: Annotated[
        Path | None,
        typer.Option(help="What `audit scan --output` wrote. Without it the pack says nothing of plaintext."),
    ] = None,
    anchor: Annotated[
        Path | None, typer.Option(help="The ends that an earlier verification of the ledger found. It is only read.")
    ] = None,
    doctor: Annotated[
        Path | None, typer.Option(help="What `doctor --json` printed. By default the checks are made now.")
    ] = None,
    checks: Annotated[bool, typer.Option(help="Make the checks of the doctor, if --doctor does not give them.")] = True,
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", help="A Dag to cover besides those that Airflow and the ledger know."),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file. By default to standard output.")] = None,
    stamp: Annotated[
        str, typer.Option(help="The pack's time, in ISO 8601. By default SOURCE_DATE_EPOCH, or now.")
    ] = "",
    sign_key: Annotated[
        Path | None, typer.Option(help="Sign the file with this private key, Ed25519 or P-256 in PEM.")
    ] = None,
    passphrase_env: Annotated[
        str, typer.Option(help="The environment variable with the key's passphrase. By default it is asked for.")
    ] = "",
    verify_signature: Annotated[
        Path | None, typer.Option(help="Write nothing: verify the signature of this file with --key.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The public key for --verify-signature, in PEM.")] = None,
) -> None:
    """Write the review pack of this deployment: what lies open, what is sealed, who may read, and who did.

    Exits with 0 once it is written, whatever it says. With --verify-signature it exits with 1 for a wrong signature.
    """
    # The checks provoke retries and refusals, which the adapters would log.
    logging.disable(logging.WARNING)
    if verify_signature is not None:
        _verify(verify_signature, key)
    if sign_key is not None and output is None:
        raise typer.BadParameter("a signature is of a file: give --output too", param_hint="--sign-key")
    asked = EvidenceRequest(scan=scan, anchor=anchor, doctor=doctor, checks=checks, dags=tuple(dag or ()), stamp=stamp)
    beside = None if output is None else output.with_name(output.name + SIGNATURE)
    with exit_on_error():
        require_apart(
            {"--output": output, "the signature of --output": beside},
            {"--scan": scan, "--anchor": anchor, "--doctor": doctor, "--sign-key": sign_key},
        )
        require_writable({"--output": output})
        with steps() as step:
            found = evidence(asked, step)
            step("write the pack", 1)
            text = render(pack_of(found), form)
        content = text.encode("utf-8")
        signature = None if sign_key is None else signature_of(sign_key, passphrase_env, content)
        if output is None or beside is None:
            typer.echo(text, nl=False)
            return
        write_output(output, content)
        if signature is not None:
            write_output(beside, signature)
            typer.echo(f"written: {output}, and its signature beside it", err=True)
            return
        is_removed = _remove(beside)
    said = f". The signature of an earlier file, {beside}, is removed" if is_removed else ""
    typer.echo(f"written: {output}{said}", err=True)


def _remove(signature: Path) -> bool:
    """Remove the signature of another file, and return whether there was one. Raises ``ConfigurationError``."""
    problem = f"--output: {signature}, the signature of an earlier file, cannot be removed"
    with translated(OSError, into=lambda error: ConfigurationError(f"{problem}: {os.strerror(error.errno or 0)}")):
        try:
            signature.unlink()
        except FileNotFoundError:
            return False
    return True


def _verify(path: Path, key: Path | None) -> None:
    if key is None:
        raise typer.BadParameter("name the public key with --key", param_hint="--verify-signature")
    with exit_on_error():
        is_good = is_verified(path, key)
    typer.echo(f"{path}: the signature is {'good' if is_good else 'of another file or by another key'}")
    raise typer.Exit(0 if is_good else FINDINGS)
