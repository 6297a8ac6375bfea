"""Scan Airflow's database for secrets in plaintext each night, and mail or post what changed since the night before.

A task of Airflow 3 has no access to the metadata database. So the scan gets a connection of its own,
``audit_database``, whose user may only read. If ``AUDIT_MAIL_TO`` names recipients, separated by commas, the difference
is mailed through the connection ``audit_mail`` (of type SMTP). Else it is posted to the address that the connection
``audit_webhook`` has as its password. Run this Dag on workers of its own, if you have them: other tasks could
read these connections.

Each scan, the baseline and the key of the fingerprints lie in ``AUDIT_FOLDER``, which the worker's user alone can read.
The message names severities, rules and places. No secret is in it, and no excerpt of one.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from airflow.sdk import Connection, dag, task

DRIVERS = {"postgres": "postgresql+psycopg2", "mysql": "mysql+pymysql", "sqlite": "sqlite"}
MOST_LINES = 50
SUBJECT = "Secrets in plaintext: what changed since last night"


def folder() -> Path:
    """Return where the scans lie."""
    return Path(os.environ.get("AUDIT_FOLDER", "/var/lib/secure-xcom-audit"))


def read_scan(path: Path):
    """Return a scan that ``audit scan --output`` wrote."""
    import msgspec

    from secure_xcom.ops.audit.finding import Scan

    return msgspec.json.decode(path.read_bytes(), type=Scan)


def message(before: Path, now: Path) -> str:
    """Return what to post of two scans, and an empty text if nothing changed."""
    from secure_xcom.ops.audit.scan.difference import difference, lines

    said = lines(difference(read_scan(before), read_scan(now)))
    more = [f"and {len(said) - MOST_LINES} more"] if len(said) > MOST_LINES else []
    return "\n".join([*said[:MOST_LINES], *more])


def tell(text: str) -> None:
    """Mail or post a message. Raises ``RuntimeError`` if the receiver refuses it."""
    recipients = [one for name in os.environ.get("AUDIT_MAIL_TO", "").split(",") if (one := name.strip())]
    if recipients:
        mail(text, recipients)
    else:
        post_to_webhook(text)


def mail(text: str, recipients: list[str]) -> None:
    """Mail a message through the connection ``audit_mail``, whose extra ``from_email`` is the sender."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook("audit_mail") as hook:
        # The mail is HTML, and the names in it are their authors' own.
        hook.send_email_smtp(to=recipients, subject=SUBJECT, html_content=f"<pre>{escape(text)}</pre>")


def post_to_webhook(text: str) -> None:
    """Post a message to the address that is the password of ``audit_webhook``."""
    import httpx

    answer = httpx.post(Connection.get("audit_webhook").password, json={"text": text}, timeout=30)
    if not answer.is_success:
        # The error of httpx names the address, and its reader could post too.
        raise RuntimeError(f"the webhook answered with status {answer.status_code}: see who may post there")


def database_url(connection: Connection) -> str:
    """Return the URL of the database that is scanned."""
    from sqlalchemy import URL

    return URL.create(
        DRIVERS[connection.conn_type],
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
    ).render_as_string(hide_password=False)


@dag(
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["example"],
)
def audit_nightly():
    @task
    def scan() -> None:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        # The environment and no argument: every user of the machine sees arguments.
        environment = os.environ | {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(Connection.get("audit_database"))
        }
        command = ["secure-xcom", "audit", "scan", "--output", "tonight.json", "--baseline", "baseline.toml"]
        done = subprocess.run([*command, "--fail-on", "never"], cwd=folder(), env=environment, check=False)
        # It exits with 1 if something could not be looked at, which the message says.
        if done.returncode not in (0, 1):
            raise RuntimeError("the scan could not be made: the lines above say why")

    @task
    def post() -> None:
        tonight, before = folder() / "tonight.json", folder() / "last.json"
        if text := message(before if before.exists() else tonight, tonight):
            tell(text)
        # Only now: what could not be sent is in the next night's difference.
        tonight.replace(before)

    scan() >> post()


audit_nightly()
