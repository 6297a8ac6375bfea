"""Values in texts whose name stands before them without a sign between, or is itself a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

SECRET = "Zg5Ni8x9k6CAGAWO"

SECRETS: dict[str, str] = {
    "a cookie of letters": "Cookie: session=qWeRtYuIoPaSdFgH",
    "a cookie in JSON": 'a log: {"Cookie": "session=swordfish"}',
    "a password with a brace": "DB_PASSWORD=xK9{mP2vL7qRt",
    "a password that ends with a brace": "DB_PASSWORD=hunter2{",
    "a password of words with a brace": "password=sword{fish",
    "a variable of a container": f"- name: DB_PASSWORD\n  value: {SECRET}",
    "a variable of a container in quotes": f'    - name: "DB_PASSWORD"\n      value: "{SECRET}"\n',
    "a word in quotes": 'env:\n- name: MYSQL_PASSWORD\n  value: "minio123"',
    "a pair of JSON in a message": f'got {{"name": "DB_PASSWORD", "value": "{SECRET}"}} from the server',
    "a pair as Python prints it": f"[{{'Name': 'API_TOKEN', 'Value': '{SECRET}'}}]",
    "an attribute of XML": f'<add key="DbPassword" value="{SECRET}"/>',
    "a property of XML": '<property name="password" value="Fietsbel12"/>',
    "an entry of XML": f'<entry key="api.secret">{SECRET}</entry>',
    "a property of Hadoop": f"<property><name>fs.s3a.secret.key</name><value>{SECRET}</value></property>",
    "a property of Hadoop on two lines": f"<name>fs.s3a.secret.key</name>\n  <value>{SECRET}</value>",
    "a tag with an attribute": '<wsse:Password Type="PasswordText">Fietsbel12</wsse:Password>',
    "a tag with a prefix": "<ns2:password>Fietsbel12</ns2:password>",
    "a row of a table of Vault": f"Key         Value\n---         -----\nusername    ann\npassword    {SECRET}\n",
    "the last line of a command": f"password           {SECRET}",
    "a line with a tab": f"token\t{SECRET}",
    "a row of a drawn table": f"| API Secret | {SECRET} |",
    "a row of a table of a shell": f" password | {SECRET}",
    "a name of two words": f"API key: {SECRET}",
    "a name of two words in capitals": f"Access Key: AKIA\nSecret Key = {SECRET}",
    "a name of three words": "mot de passe : Fietsbel12",
    "a sentence": "Your password is: Fietsbel12",
    "a sentence about a user": "The password for user etl is Fietsbel12.",
    "what was made": "Created user etl with password Fietsbel12",
    "a setting of Redis": "requirepass Fietsbel12",
    "a user of a router": "username admin password 7 0822455D0A16",
    "a name in Spanish": "contrase\u00f1a: Fietsbel12",
    "a name in German": "Kennwort: Fietsbel12",
    "a name in Dutch": "wachtwoord = Fietsbel12",
    "a sentence in Spanish": "Su contrase\u00f1a es Fietsbel12.",
    "a sentence in French": "Votre mot de passe est Fietsbel12.",
    "a sentence in German": "Ihr Passwort ist Fietsbel12.",
    "a password like a version": "password=dragon@2024.12",
    "a password like an artifact": "DB_PASSWORD=dragon:1.2.3",
    "a user and a password": "log in with user ann and password Fietsbel12",
    "two words and a number": "<password>Fietsbel.Maart19</password>",
}

HARMLESS: dict[str, str] = {
    "a reference of a container": "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db",
    "a variable of a template": "- name: DB_PASSWORD\n  value: ${DB_PASSWORD}",
    "code": 'EnvVar{Name: "AWS_SECRET_ACCESS_KEY", Value: config.SecretAccessKey}',
    "another variable": "- name: DB_HOST\n  value: db-9fK2xQ7L.internal",
    "a name that is harmless": '<add key="PasswordPolicy" value="strict-9fK2"/>',
    "a placeholder in XML": '<property name="password" value="changeme"/>',
    "an element with words": "<password>required</password>",
    "a setting of a web server": "fastcgi_pass   127.0.0.1:9000;",
    "another setting of a web server": '    proxy_pass  "http://grafana:3000/";',
    "a manual": "  --password   string   the password of the user",
    "a state": "token      expired",
    "the name of a Secret": "secret    db-credentials-v2",
    "a table of words": "| Default password | `admin` |",
    "a sentence about passwords": "The password is required.",
    "a sentence about a format": "The token is base64 encoded.",
    "a count in a sentence": "Your password is 8 characters long.",
    "a description in a sentence": "Signed in with password authentication",
    "a path of a key before a variable": "CA_KEY_PATH=../../setup/resources/org/openremote/setup/ca.key\nPEM=a9",
    "a version of a secret": "Secret is v3-latest.",
    "a name with a number": "default password policy2 enabled;",
    "a file of users": "/etc/passwd\nuser1",
    "what a build depends on": 'implementation("io.jsonwebtoken:jjwt-api:0.12.6")',
    "the key of a sheet": "https://docs.google.com/spreadsheets?key=1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms",
    "a member of a class": "password = Settings.Sha256",
    "a class": "contract FixedSupplyToken is ERC20Interface, Owned {",
    "a heading of a page": '<h3 id="cookies">Do-we-use-cookies?</h3>',
    "a declaration": "OAuth2AccessToken oAuth2AccessToken",
    "a key of data": "Primary key: 9fK2xQ7LmZpR4vTb",
    "a key of Redis": "Redis Key: session:{session_id}",
    "members of an enumeration": "authenticationMD5Password       AuthenticationMD5Password",
}


def _rule_of(text: str) -> object:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    return scan(text, "return_value", policy)


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_value_is_found_by_the_name_before_it(text: str) -> None:
    assert _rule_of(text) == "content-named-value"


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_a_text_that_only_talks_of_secrets_stays_readable(text: str) -> None:
    assert _rule_of(text) is None
