"""Rules for files that hold credentials: netrc, pgpass, Docker's, Kubernetes' and Google's."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.keys import _holds_a_password
from secure_xcom.classify.content.placeholders import is_placeholder
from secure_xcom.classify.content.rule import Rule, row

_NEAR: Final = 2048
"""Characters after the beginning of a manifest in which its data stand."""

_DATA: Final = re.compile(r"^(?:data|stringData):[ \t]*\r?\n((?:[ \t]+\S[^\n]*\n?)+)", re.MULTILINE)


def _has_login(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - 512) : found.start()]
    return re.search(r"(?:machine\s+\S+|default)\s+(?:login|user)\s", before) is not None


def _holds_data(found: re.Match[str]) -> bool:
    text = found.string[max(0, found.start() - _NEAR) : found.end() + _NEAR]
    for data in _DATA.finditer(text):
        values = [line.partition(":")[2].strip(" \"'") for line in data[1].splitlines()]
        if any(len(value) >= 4 and not is_placeholder(value) for value in values):
            return True
    return False


RULES: Final[tuple[Rule, ...]] = (
    row(
        "netrc-password",
        "Password in a netrc file",
        "Signs in to the machine.",
        "password passwd",
        r"passw(?>or)?+d\s{1,8}+(?P<secret>[^\s#]{3,256}+)",
        example="machine api.internal login ann password <12 base62>",
        counterexample="machine api.internal login ann",
        source="https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
        boundary="",
        entropy=0,
        check=_has_login,
    ),
    row(
        "pgpass-line",
        "Line of PostgreSQL's password file",
        "Signs in to the database.",
        ":5432: :5433: :6543: :5439: :*:",
        r":(?>5432|5433|6543|5439|\*):[^\s:]{1,64}+:[^\s:]{1,64}+:(?P<secret>[^\s:]{3,256}+)(?!\S)",
        example="db.internal:5432:sales:ann:<12 base62>",
        counterexample="db.internal:5432:sales:ann",
        source="https://www.postgresql.org/docs/current/libpq-pgpass.html",
        boundary="",
        entropy=0,
    ),
    row(
        "docker-auth",
        "Registry credentials of Docker's config.json",
        "Pulls and pushes images as its owner.",
        ('auth":', 'auth" :', 'auth\\":', "_auth=", "_auth =", ":_auth"),
        r"(?>:?+_auth\s{0,2}+=|auth\\{0,2}+\"\s{0,2}+:)\s{0,4}+\\{0,2}+\"?+(?P<secret>[A-Za-z0-9+/]{8,1024}+={0,2}+)",
        example='{"auths": {"registry.internal": {"auth": "<b64 ann:a-password-4711>"}}}',
        counterexample='{"auths": {"registry.internal": {}}}',
        source="https://docs.docker.com/reference/cli/docker/login/",
        boundary="",
        check=_holds_a_password,
    ),
    row(
        "kubernetes-secret",
        "Manifest of a Kubernetes secret",
        "Reads what the secret is for: its values are encoded, and not encrypted.",
        ("kind: Secret", 'kind: "Secret"'),
        r"kind: [\"']?+Secret[\"']?+[ \t]{0,8}+(?=[\r\n]|\Z)",
        example="apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  value: <24 base62>\n",
        counterexample="apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n",
        source="https://kubernetes.io/docs/concepts/configuration/secret/",
        boundary="",
        entropy=0,
        check=_holds_data,
    ),
    row(
        "google-service-account-key",
        "Key file of a Google service account",
        "Acts as the service account.",
        ("service_account",),
        r"service_account\\{0,2}+[\"']",
        example='{"type": "service_account", "project_id": "sales", "private_key_id": "<40 hex>"}',
        counterexample='{"type": "service_account", "project_id": "sales"}',
        source="https://cloud.google.com/iam/docs/keys-create-delete",
        boundary="",
        entropy=0,
        check=lambda found: (
            re.search(
                r"private_key_id\\{0,2}[\"']\s{0,4}:\s{0,4}\\{0,2}[\"'][0-9a-f]{40}",
                found.string[max(0, found.start() - _NEAR) : found.end() + _NEAR],
            )
            is not None
        ),
    ),
)
