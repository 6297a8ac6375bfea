"""Secrets among the arguments of programs, in a text and in a list, and what lets somebody in once."""

from __future__ import annotations

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.model.value import Node, findings_of

POLICY = policy()


def sealed(value: Node) -> set[tuple[str | int, ...]]:
    """Return the paths of what is sealed."""
    return {finding.path for finding in findings_of(scan(value, "return_value", POLICY))}


SECRET = (
    "curl -u alice:letmein https://api.internal/v1",
    "curl -sSfu alice:letmein https://api.internal/v1",
    "bcp sales..orders out orders.csv -c -t';' -S db1 -U alice -P Granite-26",
    "/usr/bin/curl -X POST -H 'Accept: text/plain' --user alice:letmein https://api.internal",
    "curl -s \\\n  -u alice:letmein \\\n  https://api.internal",
    "cd /tmp && curl --proxy-user alice:letmein https://api.internal",
    "http -a alice:letmein GET https://api.internal",
    "sshpass -p letmein ssh alice@host",
    "sshpass -p Kiesel.Strand4 sftp alice@host",
    "tool -U admin -url http://host -password letmein",
    "isql-fb -user SYSDBA -password letmein -i /sql/report.sql",
    "sshpass -pletmein scp a alice@host:b",
    "mysql -h db -u root -pletmein sales",
    "mysqldump -pletmein sales > dump.sql",
    "docker login -u alice -p letmein registry.internal",
    "mongodump --host db -u alice -p 'letmein' --out /tmp/dump",
    "az login --service-principal -u app -p letmein --tenant t",
    "airflow users create -u admin -r Admin -p letmein -e a@internal -f A -l B",
    "sqlcmd -S db -U sa -P letmein -Q 'select 1'",
    "unzip -P letmein report.zip",
    "redis-cli -h cache -a letmein ping",
    "ldapsearch -x -D cn=admin -w letmein -b dc=internal",
    "plink -ssh alice@host -pw letmein uptime",
    "openssl rsa -in key.pem -passin pass:letmein",
    "openssl enc -aes-256-cbc -k letmein -in a -out b",
    "smbclient //files/sales -U alice%letmein",
    "lftp -u alice,letmein sftp://files",
    "sqlplus -s scott/letmein@db/sales",
    "7z x -pletmein report.7z",
    "echo letmein | sudo -S systemctl restart sales",
    "echo 'alice:letmein' | chpasswd",
    "echo letmein | docker login -u alice --password-stdin",
    "printf letmein | docker login --password-stdin",
    "echo letmein | gpg --batch --passphrase-fd 0 -d report.gpg",
    "influx -username admin -password letm31n",
    "keytool -list -keystore sales.jks -storepass letmein",
    "ConvertTo-SecureString 'letmein' -AsPlainText -Force",
    ".logon td/alice,letmein;",
    "Your verification code is 482913",
    "Your one-time password is 482913. It expires in ten minutes.",
    "OTP: 482913",
    "Your passcode is 482913",
    "Passcode: 482913",
    "your log-in code is: 482913",
    "https://app.internal/reset-password/9fK2xQ77LmZpR4vTb1cD",
    "https://app.internal/invite/5f3a1c9e-7b2d-4e8f-9a1b-3c5d7e9f1a2b",
)

HARMLESS = (
    "curl -u $USER:$PASSWORD https://api.internal",
    "curl -u alice https://api.internal",
    "curl -u alice: https://api.internal",
    "curl -H 'Accept: text/plain' https://api.internal:8443/users",
    "docker run -p 8080:8080 registry.internal/app",
    "docker login -u alice --password-stdin registry.internal && docker run -p 8080:8080 app",
    "mysql -h db -u root -p sales",
    "mysql -h db -P 3306 -u root sales",
    "sshpass -e ssh -p 2222 alice@host",
    "sshpass -f /run/secrets/ssh ssh -p 2222 alice@host",
    "ssh -p 2222 alice@host",
    "sqlcmd -S db -U sa -P ${SA_PASSWORD}",
    "redis-cli -h cache -n 1 ping",
    "openssl rsa -in key.pem -passin env:PASSPHRASE",
    "openssl req -new -key server.key -out server.csr",
    "sqlplus /nolog",
    "sqlplus @report.sql",
    "rman target /",
    "echo done | tee report.txt",
    "echo $PASSWORD | sudo -S systemctl restart sales",
    "the curl of a vector field, and the http status of each request -a or -b",
    "The process ended, and its exit code is 4829",
    "The error code is 482913",
    "The internal code is 482913",
    "Your zip code is 94107",
    "HTTP code: 4829",
    "https://docs.internal/reset-password/how-to-reset-a-password-2024",
    "https://docs.internal/verify/installation",
    "the sqlplus client/server, and expdp/impdp",
    "rman target ops/backup",
    "echo Starting | docker ps",
    "echo job-123 | gh workflow run report",
    "echo report | gpg --sign",
    "Access code: 1045 (28000)",
    "Login failed. Security code: 1326",
    "MFA code: 50076",
    "https://b.s3.amazonaws.com/confirmations/20241129T0000Z.csv.gz",
    "https://b.s3.amazonaws.com/activation/2024Q4summary01234.parquet",
    "https://b.s3.amazonaws.com/verify/2024Q4summary01234.parquet",
    "https://api.internal/verifications/ver123abc456def78",
    "Option -password requires an argument",
    "the flags -username and -password were deprecated",
    "ConvertTo-SecureString cmdlet failed",
    "curl -u https://proxy:8080/a",
)


@pytest.mark.parametrize("text", SECRET)
def test_a_text_with_such_a_secret_is_sealed(text: str) -> None:
    assert sealed({"text": text}) == {("text",)}


@pytest.mark.parametrize("text", HARMLESS)
def test_a_text_that_only_looks_like_one_stays_readable(text: str) -> None:
    assert sealed({"text": text}) == set()


LISTS: dict[str, tuple[list[str], set[int]]] = {
    "an option apart": (["sshpass", "-p", "letmein", "ssh", "host"], {2}),
    "an option in one word": (["mysql", "-u", "root", "-pletmein", "sales"], {3}),
    "a user and a password": (["/usr/bin/curl", "-s", "-u", "alice:letmein", "https://api.internal"], {3}),
    "words before the program": (["sudo", "-E", "redis-cli", "-a", "letmein"], {4}),
    "two of them": (["curl", "-u", "alice:letmein", "-U", "proxy:dragon99", "https://api.internal"], {2, 4}),
    "arguments with spaces": (["curl", "-H", "Accept: text/plain", "-u", "alice:let me in"], {4}),
    "a long option beside a short one": (["curl", "--oauth2-token", "9fK2xQ77LmZp", "-u", "a:letmein"], {2, 4}),
    "a program of two words": (["docker", "login", "-u", "alice", "-p", "letmein"], {5}),
    "a port": (["docker", "run", "-p", "8080:8080", "app"], set()),
    "a password that is asked for": (["mysql", "-u", "root", "-p", "sales"], set()),
    "a variable": (["redis-cli", "-a", "$REDIS_PASSWORD"], set()),
    "no program": (["-p", "letmein"], set()),
    "a user without the program": (["-S", "db1", "-U", "alice", "-P", "Granite-26", "-b"], {5}),
    "a user in small letters": (["-u", "alice", "-p", "Granite-26"], {3}),
    "a port beside a user": (["-U", "alice", "-P", "1433", "-u", "alice", "-p", "8080:80"], set()),
    "options of another program": (["python", "-u", "train.py", "-p", "daily_v2"], set()),
    "a project and a setting beside a user": (["-u", "alice", "-p", "sales", "-U", "bob", "-P", "pager=off"], set()),
    "nothing": ([], set()),
}


@pytest.mark.parametrize(("arguments", "secrets"), LISTS.values(), ids=LISTS.keys())
def test_of_a_list_of_arguments_those_with_a_secret_are_sealed(arguments: list[str], secrets: set[int]) -> None:
    assert sealed({"command": [*arguments]}) == {("command", at) for at in secrets}


NEIGHBOURS: dict[str, tuple[Node, str]] = {
    "a default": ({"name": "admin_password", "default": "letmein"}, "default"),
    "a default value": ({"variable": "DB_PASSWORD", "default_value": "letmein"}, "default_value"),
    "an id of a concealed field": ({"id": "password", "type": "CONCEALED", "value": "letmein"}, "value"),
    "a variable of the environment": ({"env": "DB_PASSWORD", "value": "letmein"}, "value"),
}


METRICS: tuple[Node, ...] = (
    {"label": "Secret", "value": "Enabled"},
    {"label": "API keys", "value": "3 active"},
    {"id": "secrets", "value": 12},
    {"id": "otp", "value": "92.4"},
)


@pytest.mark.parametrize("value", METRICS, ids=str)
def test_a_label_beside_a_figure_is_the_name_of_no_secret(value: Node) -> None:
    assert sealed(value) == set()


@pytest.mark.parametrize(("value", "key"), NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
def test_a_value_has_the_name_that_stands_beside_it(value: Node, key: str) -> None:
    assert sealed(value) == {(key,)}
