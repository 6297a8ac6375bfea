"""What a command prints and what an address answers with, judged by the command and by the address."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan, scan_row
from secure_xcom.classify.printed import NAME_COMMAND, NAME_ENDPOINT
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import Node
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

TOKEN = "cs5kiux9wvdfzg7a9hfbxmm6f0vryal9"
UUID = "bfcfdecb-ace5-40c3-952a-6ef961206ced"
HEX = "8ACACE5584CD1FEB353CE8A22031DC77"
PASSWORD = "Sommer-Regen"


def _rule_of(
    value: Node, *, command: str = "", endpoint: str = "", key: str = "return_value", **options: str
) -> object:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return scan(value, key, policy, origin=Origin(command=command, endpoint=endpoint))


PRINTS = {
    "vault kv get -field=password secret/db": PASSWORD,
    "/usr/bin/vault kv get -field password secret/db": PASSWORD,
    "vault token create -field=token": TOKEN,
    "gh auth token": TOKEN,
    "bw unlock --passwordenv BW_PASSWORD --raw": TOKEN,
    "kubeadm token create": "4f1a2b.9fe2ff9ee4384b18",
    "docker swarm join-token -q worker": TOKEN,
    "bin/rails secret": TOKEN,
    "gcloud auth print-access-token": TOKEN,
    "aws ecr get-login-password --region eu-west-1": TOKEN,
    "aws configure get aws_secret_access_key": TOKEN,
    "aws secretsmanager get-secret-value --secret-id prod/db/password --query SecretString --output text": PASSWORD,
    "aws ssm get-parameter --name /prod/db/password --with-decryption --query Parameter.Value --output text": PASSWORD,
    "curl -s https://id.acme.io/oauth/token -d grant_type=x | jq -r '.data | .access_token'": TOKEN,
    "vault read -format=json secret/db | jq -r '.data[\"password\"]'": PASSWORD,
    "kubectl get secret db -o jsonpath='{.data.password}' | base64 -d": PASSWORD,
    "kubectl create token build": TOKEN,
    "az account get-access-token --query accessToken -o tsv": TOKEN,
    "az keyvault secret show --name db --query value -o tsv": TOKEN,
    "gcloud secrets versions access latest --secret=db": TOKEN,
    "cat /nexus-data/admin.password": UUID,
    "cat /run/secrets/db": TOKEN,
    "cat /etc/openvpn/auth.txt": "svc_vpn\nSommerregen!22\n",
    "sudo cat /etc/rsyncd.secrets": "mirror:Copper.Kettle8\n",
    "pass show db/prod | head -1": PASSWORD,
    "op read op://vault/db/password": PASSWORD,
    "sed -n 's/^PASSWORD=//p' .env": PASSWORD,
    "awk -F= '/API_KEY/{print $2}' .env": TOKEN,
    "grep db_password app.ini | cut -d= -f2": PASSWORD,
    'psql -tAc "select password from users limit 1"': PASSWORD,
    "heroku config:get DATABASE_PASSWORD": PASSWORD,
    "az storage account keys list -n x --query '[0].value' -o tsv": TOKEN,
    "sops -d --extract '[\"password\"]' settings.yaml": PASSWORD,
    "head -c 24 /dev/urandom | base64": TOKEN,
    "p4 login -p": HEX,
    "oc whoami -t": TOKEN,
    "printenv DB_PASSWORD": PASSWORD,
    'echo "${DB_PASSWORD}"': PASSWORD,
    "grep DB_PASSWORD .env | cut -d= -f2": PASSWORD,
    "cd infra && terraform output -raw db_password": PASSWORD,
    "set -e\nexport AWS_PROFILE=prod\nterraform output -raw db_password": PASSWORD,
    "vault kv get -field=password db 2>/dev/null": PASSWORD,
    "vault kv get -field=password db || true": PASSWORD,
    "vault kv get -field=password db;": PASSWORD,
    "if true; then vault kv get -field=password db; fi": PASSWORD,
    "vault kv get -field=password db  # for the loader": PASSWORD,
    "(cd infra; terraform output -raw db_password)": PASSWORD,
    "sudo -u app cat /run/secrets/db": TOKEN,
    "timeout 10 vault kv get -field=password db": PASSWORD,
    "env -u HOME VAULT_ADDR=x vault kv get -field=password db": PASSWORD,
    "bash -c 'vault kv get -field=password db'": PASSWORD,
    'echo "$(vault kv get -field=password db)"': PASSWORD,
    'printf %s "$TOKEN"': TOKEN,
    "kubectl -n etl create token loader": TOKEN,
    "oc -n etl whoami -t": TOKEN,
    "curl -s https://x | jq -r '.password // empty'": PASSWORD,
    "argocd admin initial-password -n argocd | head -n1 | jq -R . > /airflow/xcom/return.json": PASSWORD,
    "pass db/prod": PASSWORD,
    "bash -euxc 'vault kv get -field=password db'": PASSWORD,
    'echo -n "$(vault kv get -field=password db)"': PASSWORD,
    'printf %s "`vault kv get -field=password db`"': PASSWORD,
    'echo "${DB_PASSWORD:-}"': PASSWORD,
    "cat < /run/secrets/db": TOKEN,
    "terraform -chdir=infra output -raw db_password": PASSWORD,
    "docker exec -i db cat /run/secrets/db_password": PASSWORD,
    "kubectl -n etl exec db-0 -- cat /run/secrets/db_password": PASSWORD,
    "oc get secret db -o jsonpath='{.data.admin}' | base64 -d": TOKEN,
    "openssl rand -hex 32": HEX.lower() * 2,
    "airflow config get-value core fernet_key": TOKEN,
    "python3 -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key())'": TOKEN,
}


@pytest.mark.parametrize(("command", "text"), PRINTS.items(), ids=PRINTS)
def test_what_a_command_calls_a_secret_is_sealed(command: str, text: str) -> None:
    assert _rule_of(text, command=command) == NAME_COMMAND
    assert _rule_of(base64.b64encode(text.encode()).decode(), command=command) in (
        NAME_COMMAND,
        "content-password-hash",
    )


@pytest.mark.parametrize("text", PRINTS.values(), ids=PRINTS)
def test_the_same_text_of_another_command_stays_readable(text: str) -> None:
    assert _rule_of(text, command="./run.sh") is None


HARMLESS = {
    "echo $TOKEN | docker login --password-stdin registry.acme.io": "Login Succeeded",
    "docker login -u ci": "Login Succeeded",
    "kubectl get secret db": "db   Opaque   2   3d",
    "kubectl delete secret db": 'secret "db" deleted',
    "kubectl create secret generic db --from-literal=a=b": "secret/db created",
    "cat tokens.txt | wc -l": "48291",
    "grep -c token app.log": "4829114",
    "grep -l token *.log": "application-2026.log",
    "ls /run/secrets": "db-prod-1",
    "sha256sum key.txt": f"{HEX.lower() * 2}  key.txt",
    "echo done": "done",
    "echo $RUN_ID": UUID,
    "oc whoami": "system:serviceaccount:etl:loader2",
    "gh auth status": "Logged-in-2026",
    "vault kv get -field=username secret/db": "loader22",
    "aws sts get-caller-identity --query Account --output text": "123456789012",
    "aws secretsmanager describe-secret --secret-id db --query ARN --output text": "arn:aws:secretsmanager:a:1:x",
    "git rev-parse HEAD": HEX.lower(),
    "jq length tokens.json": "4711",
    "jq -r .token_count stats.json": "4711",
    "cat /run/secrets/missing || true": "",
    "kubectl get cm app -o jsonpath='{.data.region}'": "eu-central-1",
    "kubectl get cm app -o jsonpath='{.data.version}'": "v1.2.3-rc1",
    "cat credentials/region": "eu-central-1",
    "cat /run/secrets/db_user": "loader22",
    "cat secrets/version": "v17",
    "git config user.signingkey": "4711ABCD",
    "git rev-parse feature/token": HEX.lower() + "4711beef",
    "git log -1 --format=%h fix/password": "9fceb02",
    "aws secretsmanager put-secret-value --secret-id db/password --query VersionId --output text": UUID,
    "aws ssm put-parameter --name /prod/db/password --value x --query Version": "12",
    "aws sqs send-message --queue-url https://sqs/1/token --query MessageId": UUID,
    "kubectl get secret db -o name": "secret/db-2",
    "kubectl get secret db -o jsonpath='{.metadata.uid}'": UUID,
    "kubectl get secret db -o jsonpath='{.metadata.resourceVersion}'": "4711482",
    "vault token lookup -field=ttl": "2764800",
    "az keyvault secret show --name db --query attributes.version": UUID,
    "redis-cli exists password": "1",
    "redis-cli INCR token": "4711",
    "pass ls": "db-prod-2",
    "gopass sync": "4f9c2d1",
    "docker secret create token file": "x7kq2m9d4v8z1p5n3r6t0w2y4",
    "terraform workspace select secret": "secret-2",
    "helm upgrade token ./chart": "revision-12",
    "make token": "token-4.2.1",
    "cat /etc/passwd | head -1": "root:x:0:0:root:/root:/bin/bash",
    "tail -1 auth.log": "sshd[4711]:",
    "cat password.md": "v2.1-notes",
    "grep secret audit.log | tail -1": "audit-2026-11-30",
    "echo 'unbalanced": TOKEN,
    "": TOKEN,
    "x" * 5000: TOKEN,
    "|||": TOKEN,
    "vault kv get -field=password": "",
    "printenv": "HOME=/root",
}


@pytest.mark.parametrize(("command", "text"), HARMLESS.items(), ids=lambda text: text[:40])
def test_what_a_command_does_not_call_a_secret_stays_readable(command: str, text: str) -> None:
    assert _rule_of(text, command=command) is None


ANSWERS = {
    "/rest/V1/integration/admin/token": f'"{TOKEN}"',
    "oauth/token?grant_type=x": TOKEN,
    "/api/session": f'{{"id": "{UUID}"}}',
    "api/v1/auth/login/": UUID,
    "/sessions": HEX,
    "/api/v1/reset_token": HEX,
    "/clients/7/reset_client_secret": HEX,
}


@pytest.mark.parametrize(("endpoint", "text"), ANSWERS.items(), ids=ANSWERS)
def test_what_a_login_answers_with_is_sealed(endpoint: str, text: str) -> None:
    assert _rule_of(text, endpoint=endpoint) == NAME_ENDPOINT
    assert _rule_of(text, endpoint="/api/jobs") is None


def test_the_only_field_of_an_answer_of_a_login_is_sealed() -> None:
    assert _rule_of({"key": HEX}, endpoint="/auth/login/") == {"key": NAME_ENDPOINT}
    assert _rule_of({"key": HEX}, endpoint="/auth/login/", ignored_keys="**.key") is None
    assert _rule_of({"key": HEX}, endpoint="/auth/login/", ignored_keys="key") is None
    assert _rule_of({"key": HEX}, endpoint="/files/") is None
    assert _rule_of({"name": HEX, "size": 3}, endpoint="/auth/login/") is None
    assert _rule_of({"key": "orders/2026"}, endpoint="/auth/login/") is None


def test_what_says_nothing_in_an_answer_of_a_login_is_sealed_beside_other_fields() -> None:
    uuid = "bfcfdecb-ace5-40c3-952a-6ef961206ced"
    assert _rule_of({"key": HEX, "size": 3}, endpoint="/auth/login/") == {"key": NAME_ENDPOINT}
    assert _rule_of({"data": {"value": HEX}}, endpoint="/auth/refresh") == {"data": {"value": NAME_ENDPOINT}}
    assert _rule_of(f'{{"status": 0, "result": "{HEX}"}}', endpoint="/v1/secret/data/db") == NAME_ENDPOINT
    assert _rule_of({"key": uuid, "size": 3}, endpoint="/auth/login/") is None
    assert _rule_of({"key": HEX, "size": 3}, endpoint="/actions/secrets/public-key") is None
    assert _rule_of({"key": HEX, "size": 3}, endpoint="/files/") is None


@pytest.mark.parametrize("text", ["ok", '{"status": "ok"}', "", '{"a": "b", "c": "d"}', "[]", "{}", "<html>no</html>"])
def test_any_other_answer_of_a_login_stays_readable(text: str) -> None:
    assert _rule_of(text, endpoint="/api/session") is None


@pytest.mark.parametrize("endpoint", ["", "/", "?", "/tokens/count", "/token/validate", "/reset-password"])
def test_an_address_that_is_called_after_something_else_says_nothing(endpoint: str) -> None:
    assert _rule_of(UUID, endpoint=endpoint) is None


@pytest.mark.parametrize(
    ("key", "options"),
    [("printed", {}), ("return_value", {"ignored_keys": "return_value"}), ("return_value", {"names": "airflow"})],
)
def test_another_key_and_the_operator_have_the_last_word(key: str, options: dict[str, str]) -> None:
    assert _rule_of(TOKEN, command="gh auth token", key=key, **options) is None


@pytest.mark.parametrize("value", [None, 4711, ["a"], {"a": TOKEN}], ids=str)
def test_what_is_no_text_is_judged_as_any_value(value: Node) -> None:
    assert _rule_of(value, command="gh auth token") is None


def test_a_row_that_still_holds_it_is_not_clean() -> None:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    assert scan_row(TOKEN, "return_value", policy, None, origin=Origin(command="gh auth token")) == NAME_COMMAND
