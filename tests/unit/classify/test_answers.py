"""What interfaces answer: the secrets in it are sealed, and what only tells of them stays readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.unit.world import PLACE, query

OPAQUE = "9fK2xQ7LmZpR4vTb"
LINK = "https://api.internal/v1/containers/9fe2ff9ee4384b1894a90878d3e92bab/credentials"
LETTERS = "QfWlKutVByyxMchbefMVoZpRtWkL"
NUMBER = "9fe2ff9ee4384b1894a90878d3e92bab"

Paths = set[tuple[str | int, ...]]

READABLE: dict[str, JSON] = {
    "the key of a message": {"data": {"key": invent("<32 base62>"), "partition": 3, "offset": 100}},
    "a hashed name": {"ha1": "primary", "ha_1": "fw-ha-1.internal"},
    "a file on a drive": {
        "upload_url": "https://drive.google.com/file/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/view"
    },
    "a cookie that balances load": [
        {"name": "ARRAffinity", "value": invent("<64 hex>"), "domain": "a", "httpOnly": True},
    ],
    "a page of a register": {"page": "https://a.internal/register/12/34/bfcfdecb-ace5-40c3-952a-6ef961206ced"},
    "a ticket in words": {"page": "https://a.internal/help?ticket=password-reset-for-new-customers-2026"},
    "an address of one's own Sentry": {"dsn_public": invent("https://<24 base62>@sentry.internal/4")},
    "a package of a registry": {"run": "npm i org/pkg@//registry.internal:4873/pkg"},
    "an output of a command": ["ACL", "SETUSER", "ann", ">/dev/null"],
    "a table in parts": {"sql": "FROM remote('db.internal:9000', 'shop', 'orders', 'default', 'rand()')"},
    "a tag of analytics": ["GOOGLEANALYTICS4", invent("<22 base62>")],
    "the key of an object": {"data": {"bucket": "uploads", "key": invent("<24 base62>"), "size": 3}},
    "the key of a bucket of a search": {"data": {"key": invent("<24 base62>"), "doc_count": 42}},
    "a name of 16 characters": {"local_key": "customer_id_2024"},
    "a day": {"host_key": "20241201", "tan": "20241201"},
    "a page of a console": {"console_url": "https://a.internal/emr/home?region=eu#/clusterDetails/j-1K2L3M4N5O6P7Q"},
    "lines with tabs": {"rows": "a\tTRUE\t42\tsidebar\tcollapsed-and-pinned-2\n"},
    "a cookie of a consent": [
        {"name": "c", "value": "en-US-2024-consent-v1-accepted", "domain": "a", "httpOnly": True},
    ],
    "a command of an image": {"run": "/sbin/setuser app python x.py >>/var/log/app.log"},
    "a hash that something depends on": {"note": f"Depends on #{NUMBER}{NUMBER}"},
    "a path with two slashes": {"path": "user/share1@//nas01/backup"},
    "an address of Sentry": {"sentry": invent("https://<32 base62>@o123.ingest.sentry.io/42")},
    "what became of a password": {"log": "Set password for role etl_1: OK-200\npassword for database b: expired2023"},
    "a ticket below a heading": {"mail": "Subject: Reset your password\n\nTicket-4711\n"},
    "an order that is confirmed": {"link": "https://x.internal/confirm/order/12/bfcfdecb-ace5-40c3-952a-6ef961206ced"},
    "the name of a salt": {"token_salt": "django.contrib.auth.tokens", "cookie_salt": "signed cookie"},
    "an answer of JSON-RPC": {"jsonrpc": "2.0", "result": "0x5208", "id": 1},
    "a cookie of a language": [{"name": "lang", "value": "v=2&lang=en-us&more=1", "domain": "a", "httpOnly": False}],
    "the id of a key at Alibaba": {"AccessKeyId": invent("LTAI5t<18 base62>"), "Status": "Active"},
    "a look into a store": {"ansible_password": "{{ lookup('hashi_vault', 'secret=kv/data/db01:password') }}"},
    "a credential that systemd loads": {"unit": "LoadCredential=dbpass:/etc/credstore/dbpass\n"},
    "a user of Oracle without a password": {"target": "ann@//db.internal:1521/sales"},
    "a heading about passwords": {"page": "Change your password\n\nThen go on\n"},
    "a password that FortiOS hides": {"password": "ENC XXXX"},
    "the first characters of a secret": {
        "passwordCredentials": [{"keyId": "bfcfdecb-ace5-40c3-952a-6ef961206ced", "hint": "k3Z", "secretText": None}]
    },
    "a cookie that counts visitors": {"jar": ".a.internal\tTRUE\t/\tFALSE\t0\t_ga\tGA1.2.1234567890.1234567890\n"},
    "a query with a variable": {"sql": "SELECT * FROM mysql('db:3306', 'shop', 'orders', 'reader', '{{ password }}')"},
    "a key of a broker": {"routing_key": "orders.created.eu-west-1", "exchange": "orders"},
    "keys that were revoked": {"invalidated_api_keys": ["VuaCfGcBCdbkQm-e5aOx"], "error_count": 0},
    "a signal": {"sig": "SIGTERM", "sp": 4711},
    "a prompt": {"log": "[sudo] password for ann: \nPassword for user 'ann': required\n"},
    "how long passwords are": {
        "email_password": {"min_password_length": 8, "require_verification": True, "reset_expires_in": "1h"},
        "password": {"maxRetryCount": 5, "lockTime": 10},
    },
    "how long tokens last": {"jwt": {"access-token": {"expiration-time": 600000}}},
    "who may log in from where": {"auth": {"ip_whitelist": ["*", "10.0.0.0/8"]}},
    "by whom people log in": {"auth": {"allowedProviders": "GOOGLE,MICROSOFT,GITHUB"}},
    "addresses of OAuth": {
        "auth": {
            "redirect_uri": "http://localhost:8501/oauth2callback",
            "metadata_url": "https://accounts.internal/.well-known/openid-configuration",
            "token_url": "https://accounts.internal/realms/acme/protocol/openid-connect/token",
        }
    },
    "an address in a vault under the name of credentials": {"credentials": "https://acme.vault.azure.net/secrets/db"},
    "an address under the name of a token": {"token": "https://accounts.internal/v1/oauth2/token"},
    "how codes are made by a portal": {"totp": {"issuer": "Acme Portal", "digits": 6, "skew": 1}},
    "names of variables": {"auth": {"zones": [{"name": "edge", "password_env": "EDGE_ZONE1_PASSWORD"}]}},
    "what a secret is called in a store": [
        {"secret": "orders-db/etl", "status": "rotated"},
        {"secret": "sftp/partner_key", "status": "skipped"},
    ],
    "what a secret of a job is called": {"--source_secret": "dp/prod/orders-db"},
    "the name of a variable with a phrase": {"passphrase_env": "PARCELHUB_KEY_PASSPHRASE"},
    "ids of keys": {"AccessKeyMetadata": [{"UserName": "etl", "AccessKeyId": invent("AKIA2E<14 base32>")}]},
    "a template beside a user": {"auth": {"user": "ann", "password": "${MAIL_PASSWORD}"}},
    "a mask beside a user": {"creds": {"user": "ann", "password": "***"}},
    "where something runs, beside a mask": {"creds": {"password": "***", "env": "prod"}},
    "the types of secrets in a log": {"log": "got {'password': 'NoneType', 'token': 'str'}"},
    "a path for a default": {"private_key": "{{ key_file | default('/etc/keys/rsa.pem') }}"},
    "a server for a default": {"mailer_dsn": "${MAILER_DSN:-smtp://127.0.0.1}"},
    "a reference of a template of OpenShift": {"admin_password": "{.data['database-admin-password']}"},
    "how often a password is salted": {"USER_PASSWORD_SALT": "10"},
    "an account of Azure with a mask": {
        "connection_string": "AccountName=raw;AccountKey=***;EndpointSuffix=core.windows.net"
    },
    "a queue of Azure with a mask": {
        "connection_string": "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=***"
    },
    "a request in base64": {"slack-token": invent("<b64 your-slack-token-here>")},
    "a link to a page with capitals": {"invite_url": "https://acme.internal/HowToInviteNewMembersToYourTeam"},
    "a link to a page for everybody": {"invite_url": "https://acme.internal/invitations/how-to-invite-people"},
    "a commit under the name of a link": {"verification_url": f"https://ci.internal/runs/{NUMBER}"},
    "a user in a log": {"log": "ran as user ann\npass step2\nopen files 12\nuser ann 34.5k\n"},
    "requests with a number": {"api-keys": ["your-api-key-1", "your-api-key-2"]},
    "one letter": {"clientSecret": "A" * 19, "token": "a" * 14},
    "a masked key with a beginning": {"api_key": "rk_live_***"},
    "a reference of a chart": {
        "DB_PASSWORD": {
            "valueFrom": {"secretKeyRef": {"name": "{{ .Release.Name }}-postgresql", "key": "postgres-password"}}
        }
    },
    "a database without a password": {"connection-string": "postgresql://postgres@localhost/sales.eu"},
    "links": {"links": {"credentials": LINK, "token": "/v1/orders?limit=2&sort=token"}},
    "links as HAL has them": {"_links": {"apiCredentials": {"href": LINK, "method": "GET"}}},
    "permissions": {"permissions": {"id-token": "write", "secrets": "read"}},
    "permissions that are switches": {"permissions": {"secrets": False}},
    "units": {"TokenValidityUnits": {"AccessToken": "minutes", "RefreshToken": "days"}},
    "versions of packages": {"dependencies": {"jsonwebtoken": "^9.0.2", "cookie": "0.4.1", "express-jwt": "^7"}},
    "a locked package": {
        "basic-auth": {
            "version": "2.0.1",
            "resolved": "https://packages.internal/basic-auth/-/basic-auth-2.0.1.tgz",
            "integrity": invent("sha512-<86 base64>=="),
            "requires": {"safe-buffer": "5.1.2"},
        }
    },
    "packages with a scope": {"devDependencies": {"@types/cookie": "0.4.1", "@nestjs/jwt": "^11.0.0"}},
    "pages of an interface": {
        "/users/password": {"put": {"summary": "Change it", "responses": {"200": {"description": "OK"}}}},
        "/tokens": {"get": {"tags": ["tokens"], "responses": {"200": {"$ref": "#/responses/ok"}}}},
    },
    "how secrets are sent": {
        "sessionToken": {"type": "apiKey", "name": "X-Session-Token", "in": "header"},
        "bearerToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    },
    "a schema by reference": {
        "client_secret": {"$ref": "#/$defs/Digest", "title": "Client Secret", "description": "The hash of the secret."},
        "access_token": {"oneOf": [{"type": "string"}, {"type": "integer"}], "title": "Access Token"},
    },
    "a schema with its fields": {
        "auth": {
            "type": "object",
            "title": "Authentication",
            "properties": {
                "username": {"type": "string", "title": "RabbitMQ user", "form": True},
                "password": {"type": "string", "title": "RabbitMQ password", "description": "Random by default"},
            },
            "required": ["username", "password"],
        }
    },
    "a parameter with its description": {
        "mail.password": {
            "name": "mail.password",
            "description": "The password to access the mailbox",
            "priority": "HIGH",
            "required": "true",
        },
        "APP_SECRET": {"description": "Used to generate unique values", "generator": "secret", "required": True},
    },
    "a template of AWS's": {
        "Parameters": {"ApiKey": {"Type": "String", "Default": "", "Description": "Key of the API", "NoEcho": True}},
        "Conditions": {"CreateSecret": {"Fn::Not": [{"Fn::Equals": [{"Ref": "SecretArn"}, ""]}]}},
        "Resources": {"DbSecret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "db"}}},
        "Environment": {"DB_PASSWORD": {"Ref": "DbSecret"}},
    },
    "the variable that holds it": {"rcon.password": {"env": "RCON_PASSWORD"}},
    "words of a page": {
        "login": {"password": "Password", "token": "Personal Access Token", "reset_secret": "Reset webhook secret"},
        "messages": {"no_token": "You have not created any personal access tokens.", "apiKey": "Create API key"},
    },
    "what policies of passwords ask for": {
        "password": {"min_length": 14, "require_symbol": True, "history": 5, "max_age_days": 90}
    },
    "by what somebody logs in": {"auth": "api_token", "user_auth": "service account"},
    "the type of a parameter": {"parameters": {"linkedServicePassword": "SecureString"}},
    "whether somebody is logged in": [{"auth": "Logged In", "level": "free"}, {"auth": "Guest", "level": "paid"}],
    "variables of Compose": {"services": {"db": {"secrets": ["DB_USER", "DB_PASSWORD"]}}},
    "where Compose reads a secret": {"secrets": {"db_password": {"environment": "DB__PASSWORD"}}},
    "secrets of a calling workflow": {"jobs": {"test": {"uses": "./a.yml", "secrets": "inherit"}}},
    "a field of BigQuery's": {"token": {"type": "string", "mode": "NULLABLE", "description": "The token"}},
    "what Spring Cloud Config encrypted": {"password": "{cipher}" + NUMBER + NUMBER},
    "a template that may leave it out": {"session_token": "{{ security_token | default(omit) }}"},
    "a request in two words": {"api": {"key": "replace_api_key"}},
    "countries": dict.fromkeys(("US", "GB", "DE", "FR", "ES", "IT", "CN", "JP", "PW", "QA"), 18092),
    "an expression of n8n": {"apiKey": "={{ $json.apiKey }}"},
    "a schema": {
        "properties": {
            "api_key": {
                "type": "string",
                "enum": ["read"],
                "description": "the key of a client",
                "example": "<your key>",
            }
        }
    },
    "servers of ZooKeeper": {"ZookeeperConnectString": "z-1.demo.kafka.internal:2181,z-2.demo.kafka.internal:2181"},
    "a moment": {"webhook": {"lastModifiedSecret": 1556311319.069}},
    "a certificate of OpenSSH": {"certKey": "ssh-rsa-cert-v01@openssh.com AAAA" + "Ab3" * 20},
    "the key of Web Push": {"applicationServerKey": OPAQUE * 5},
    "how to log in": {"auth": {"identity": {"methods": ["password", "totp"]}}},
    "roles": {"credential": {"roles": [{"id": NUMBER, "name": "reader"}]}},
    "how codes are made": {"totp": {"issuer": "app.example.org", "time_step": 30, "code_length": 6, "skew": 2}},
    "variables of a Secret": {
        "secrets": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "b", "key": "ms-token"}}}]
    },
}

IN_PARTS: dict[str, tuple[JSON, Paths]] = {
    "what a login of JSON-RPC gives": ({"jsonrpc": "2.0", "result": NUMBER, "id": 1}, {("result",)}),
    "a cookie that scripts cannot read": (
        [{"name": "li", "value": invent("<32 base62>"), "domain": "a.internal", "httpOnly": True}],
        {(0, "value")},
    ),
    "a command of Redis": (["ACL", "SETUSER", "ann", "on", ">Winter-Boot77", "~a:*"], {(4,)}),
    "the bundle of a secret": ({"contentType": "BASE64", "content": "V2ludGVyNzc=", "stage": "LIVE"}, {("content",)}),
    "a session of SAP": (
        {"SessionId": "bfcfdecb-ace5-40c3-952a-6ef961206ced", "SessionTimeout": 30},
        {("SessionId",)},
    ),
    "a signature in parts": ({"sv": "1.0", "sp": "/triggers/run", "sig": invent("<43 url-safe>")}, {("sig",)}),
    "the key of an integration": ({"routing_key": NUMBER, "event_action": "trigger"}, {("routing_key",)}),
    "the key of an account": (
        {
            "AccessKey": {
                "UserName": "load",
                "Status": "Active",
                "SecretAccessKey": OPAQUE,
                "CreateDate": "2024-11-28T12:00:00Z",
            }
        },
        {("AccessKey", "SecretAccessKey")},
    ),
    "a token of a participant": (
        {"participantToken": {"expirationTime": "2023-03-07T09:47:43+00:00", "participantId": "AB3", "token": OPAQUE}},
        {("participantToken", "token")},
    ),
    "a key that is one by its form": (
        {
            "api_key": {
                "id": NUMBER,
                "issued": "2024-11-28T12:00:00Z",
                "full": invent("sk-proj-<74 base62>T3BlbkFJ<74 base62>"),
                "status": "active",
            }
        },
        {("api_key", "full")},
    ),
    "an id beside a secret": (
        {"application_credential": {"id": NUMBER, "secret": "dragon", "links": {"self": LINK}}},
        {("application_credential", "secret")},
    ),
    "an id alone": ({"token": {"id": OPAQUE, "expires": "2018-02-02T21:13:19.000000Z"}}, {("token",)}),
    "a jar of cookies": (
        {"cookies": [{"name": "PHPSESSID", "value": OPAQUE, "domain": ".example.org", "path": "/", "httpOnly": True}]},
        {("cookies", 0, "value")},
    ),
    "secrets of a chart": (
        {
            "secrets": {
                "DB_HOST": "db.internal",
                "DB_PORT": 5432,
                "DB_USER": "app",
                "DB_PASSWORD": "dragon",
                "DEBUG": True,
                "OTHER": "tiger",
            }
        },
        {("secrets", "DB_PASSWORD"), ("secrets", "OTHER")},
    ),
    "users in a section": (
        {
            "auth": {
                "users": [
                    {"username": "admin", "password_hash": "tiger", "password_plain": "dragon", "roles": ["admin"]}
                ]
            }
        },
        {("auth", "users", 0, "password_hash"), ("auth", "users", 0, "password_plain")},
    ),
    "users by what they are for": (
        {
            "secret": {
                "db": {"username": "postgres", "password": "dragon"},
                "smtp": {"username": "apikey", "password": "tiger"},
            }
        },
        {("secret", "db", "password"), ("secret", "smtp", "password")},
    ),
    "dicts of secrets of a chart": (
        {
            "secrets": {
                "rabbitmq-credentials": {"RABBITMQ_USERNAME": "app", "RABBITMQ_PASSWORD": "dragon"},
                "mail": {"SMTP_SERVER": "smtp.internal", "SMTP_PASSWORD": "dragon"},
                "other": {"OTHER_TOKEN": "tiger"},
            }
        },
        {
            ("secrets", "rabbitmq-credentials", "RABBITMQ_PASSWORD"),
            ("secrets", "mail", "SMTP_PASSWORD"),
            ("secrets", "other"),
        },
    ),
}

SEALED: dict[str, JSON] = {
    "a key below what it opens": {
        "private": {"key": invent("<43 base62>") + "=", "key_id": "568250167242549743"},
    },
    "a code of authorization": {"authorization_code": "48392017"},
    "a credential of systemd": {"load_credential": "hunter2xQ9"},
    "digits that are called a hint": {"pin": {"hint": "472", "keyId": "1"}},
    "two words that salt": {"hash_salt": "winter.snow"},
    "JSON with a word for an account": {"SecretString": '{"service_account": "Sunshine1987"}'},
    "JSON with an address": {"secret": '{"hook_url": "https://x.example/hook/9fe2ff9ee4384b1894a90878d3e92bab"}'},
    "JSON with a number": {"api_key": '{"value": 12345678}'},
    "JSON with a length": {"password": '{"length": 4711}'},
    "a key that is called an id": {"api_key": {"id": invent("<32 base62>"), "name": "ci"}},
    "a key with its version": {"fernet": {"key_id": 1, "key": invent("<43 base62>") + "="}},
    "a code of digits": {"sms_auth_code": "482913"},
    "a code of few digits": {"auth_code": "0042"},
    "a password with steps": {"env": "DB_PASSWORD=app/data/x:Kx82mPq0wLz71\n"},
    "a password that was revoked": {"revoked_password": "hunter2x"},
    "a word beside a type": {"password": {"type": "string", "string": "Sommer"}},
    "the digits of a card": {"cvv": {"hint": "123"}},
    "a password on a line of its own": {
        "mail": "Use the temporary password\n\n    Pinsel.Dachs.5512\n\nand change it."
    },
    "a user of Oracle with a password": {"login": "hr/Quartz_Leaf83@//ora.internal:1521/HRPDB"},
    "a Secret's name that was drawn": {"keycloak.credentials.secret": invent("<32 base62>")},
    "a link with base64 in its query": {"StreamingURL": f"https://a.internal/x?parameters={LETTERS}4+8/{OPAQUE}=="},
    "a long name with dots": [["Gateway.WANDevice.1.WANConnection.1.PPPConnection.1.Password", "Boot-7731x", "string"]],
    "JSON with a user and a password": {"credentials": '{"user":"ann","password":"Winter77x"}'},
    "JSON in which a name stands twice": {"credentials": '{"user":"Winter77x","user":null}'},
    "a query of four arguments": {"sql": "SELECT * FROM remote('a:9000', db.tab, 'reader', 'Winter-Boot77')"},
    "a header in Portuguese": [["filial", "usuario", "senha"], ["01", "int", "Caju@Serra53"]],
    "a key behind its id": [invent("LTAI5t<18 base62>"), invent("<30 base62>"), "acme-raw"],
    "a link of Drupal's": {"printed": invent("https://a.internal/user/reset/1/1773051300/<43 url-safe>/login")},
    "a line for a pool's database": {"line": "pool.internal:6432:sales:loader:Pepper-Sill29\n"},
    "a password for a user": {"log": "Simple auth manager | Password for user 'admin': maNWTqVQimc5XdHC"},
    "a link to accept something": {"inviteUrl": f"https://acme.internal/i/{OPAQUE}x"},
    "a link with letters alone": {"invite_link": f"https://acme.internal/join/{LETTERS}"},
    "a link with its token in the query": {"activation_link": f"https://acme.internal/start?t={OPAQUE}"},
    "two words with a slash": {"secret": "winter/rain"},
    "a passphrase with a slash beside a user": {"user": "ann", "secret": "correct-horse/battery-staple"},
    "a word for a placeholder beside a user": {"auth": {"user": "ann", "password": "changeme"}},
    "a link in capitals": {"inviteUrl": f" HTTPS://acme.internal/i/{OPAQUE}x"},
    "a secret of a client with a slash": {"client_secret": "summer/winter"},
    "a secret with a slash and digits": {"secret": "k3xq9/zr41b"},
    "an id of a key without the name of one": {"user": invent("AKIA2E<14 base32>")},
    "a text with an id of a key": {"access_key_id": f"{invent('AKIA2E<14 base32>')} {OPAQUE}"},
    "a password for a default": {"private_key": "{{ key | default('Winter2024!xyz') }}"},
    "a password of Azure": {
        "connection_string": f"Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={OPAQUE}="
    },
    "a passphrase in base64": {"slack-token": invent("<b64 summer-sky-2026-rain>")},
    "a salt": {"USER_PASSWORD_SALT": "pfefferkorn"},
    "a salt of digits": {"password_salt": "83726154"},
    "a salt of few digits": {"hmac_salt": 4711},
    "a salt that reads like a date": {"token_salt": "2026-08-11"},
    "a salt that reads like a version": {"invite_salt": "v1.24.3"},
    "a password beside a state": {"auth": {"user": "ann", "password": "locked"}},
    "a password that everybody tries": {"url": "mongodb://root:123456@mongo.internal:27017"},
    "a link with a token": {"links": {"token": f"https://api.internal/?access_token={OPAQUE}"}},
    "a link with a user": {"links": {"secret": "https://ann:dragon@api.internal/"}},
    "a link under the name of a secret": {"links": {"webhook_secret": "https://hooks.internal/T00/9fK2xQ7LmZpR4vTb"}},
    "a link with a token amid it": {"links": {"login_token": "https://a.io/9fK2xQ7LmZpR4vTb/edit"}},
    "a link with a token for a host": {"links": {"token": "https://9fK2xQ7LmZpR4vTb.a.io/x"}},
    "a default of a parameter": {
        "ApiKey": {"Type": "String", "Default": "Winter2024!", "Description": "Key of the API"}
    },
    "a constant of a schema": {"password": {"type": "string", "const": "Winter2024!"}},
    "a part that no schema has": {"password": {"type": "string", "title": "Password", "current": "Winter2024!"}},
    "a secret below a field": {"auth": {"type": "object", "properties": {"password": "Winter2024!"}}},
    "a default among choices": {"password": {"anyOf": [{"type": "string", "default": "hunter2"}, {"type": "null"}]}},
    "a list that no schema has": {"password": {"type": "object", "required": [{"a": 1}, "x"], "properties": {"x": 1}}},
    "a condition of a template": {"password": {"Fn::Or": [{"value": "Winter2024!"}]}},
    "an answer that no page has": {"tokens": {"post": {"responses": {"a": "x"}, "x": "Winter2024!xyz"}}},
    "an extension of a field": {"password": {"type": "string", "x-default": ["hunterhunter"]}},
    "names of variables that were drawn": {"secrets": ["K3JD_9LMQ_TOKEN"]},
    "a password among countries": {
        **dict.fromkeys(("US", "GB", "DE", "FR", "ES", "IT", "CN"), "x"),
        "PW": "hunter2-x9",
    },
    "an address without its scheme": {"signed_url": "x.y/z?sig=aB3xY9kLm2pQrZZ81 until"},
    "items of a field": {"recovery_codes": {"type": "array", "items": ["83f9-22ka", "92kf-1l9s"]}},
    "members of a field": {"secrets": {"type": "object", "properties": {"db": "Winter2024!", "mail": "hunter2"}}},
    "choices of a field": {"password": {"type": "string", "oneOf": ["hunter2"]}},
    "what hides a field": {"password": {"type": "string", "hidden": {"value": "Winter2024!"}}},
    "what is required of a field": {"password": {"type": "string", "required": ["sunshine"]}},
    "the name of a format": {"password": {"type": "string", "format": "sunshine"}},
    "a label of a field": {"password": {"type": "string", "label": "sunshine"}},
    "a function of a template": {"password": {"Ref": {"value": "Winter2024!"}}},
    "a comparison of a template": {"password": {"Fn::Equals": ["Winter2024!"]}},
    "what a resource was": {"DbPassword": {"Type": "AWS::SecretsManager::Secret", "Metadata": {"was": "Winter2024!"}}},
    "a method of a page": {"tokens": {"get": {"responses": {}}, "post": "Winter2024!xyz"}},
    "where a secret is sent": {"credentials": {"type": "basic", "name": "ann", "in": "Winter2024!xyz"}},
    "words for a key of a network": {"wifi_key": "Purple Monkey Dishwasher"},
    "a sentence of a person": {"passphrase": "My secret dog eats keys!"},
    "the word for one with a sign": {"password": "Password!"},
    "short names": {
        **dict.fromkeys(("id", "ip", "os", "cpu", "ram", "dc", "env", "tag", "loc", "org", "usr"), "a"),
        "pwd": "Winter2024!",
    },
    "addresses on lines": {"webhook_urls": "https://chat.acme.io/in/a81xq99z\nhttps://chat.acme.io/in/b77yk"},
    "an address and a word": {"webhook_url": "https://chat.acme.io/in/a81xq99z (prod)"},
    "what a reference resolved to": {"secret": {"ref": "vault:db", "resolved": "Winter2024!xyz"}},
    "a name with a scope": {"@acme/api_key": "Winter2024!xyz"},
    "a date for a password": {"password": "24.12.1987", "pin": "12.34.56"},
    "a version and a word": {"passcode": "2024.10.1-dragon", "token": "1.2.3-hunter"},
    "a large version": {"password": {"version": 471147}},
    "a variable of one word": {"api_key": {"env": "X9F3K2L8Q7M1N5P4"}},
    "a literal in a template of n8n": {"password": "={{ 'Winter2024!' }}"},
    "a password beside a page": {"/db/password": {"get": "Winter2024!"}},
    "words of a passphrase": {"password": "My secret garden", "passphrase": "Correct Horse Battery Staple"},
    "words for an encryption key": {"encryption_key": "Correct Horse Battery Staple"},
    "a password that is a version and more": {"password": "1.2.3-Winter2024!"},
    "words in capitals": {"secrets": ["DRAGON_FIRE", "CORRECT_HORSE"]},
    "few codes": {"PW": "dragon", "OA": 1, "OB": 2},
    "a literal in a function": {"DB_PASSWORD": {"Fn::Join": ["", ["Winter2024!", {"Ref": "Stage"}]]}},
    "a word where a variable is named": {"password": {"env": "Winter2024!"}},
    "keys of a search service": dict.fromkeys(("primaryKey", "secondaryKey"), invent("<52 base62>")),
    "a key of an API at Amazon": {"id": "a1", "value": invent("<40 base62>"), "stageKeys": [], "name": "acme"},
    "a key for delegation": {"signed_service": "b", "signed_expiry": "2026-11-30", "value": invent("<43 base64>=")},
    "a key with its last characters": {"type": "api_keys", "attributes": {"key": NUMBER, "last4": "3bab"}},
    "a token of Django's": [{"key": NUMBER + "3bab3bab", "created": "2026-02-01T08:00:00Z", "user_id": 7}],
    "a key beside a place": {"q": "London", "appid": NUMBER, "units": "metric"},
    "cookies of SharePoint": {"FedAuth": invent("<80 base64>"), "rtFa": invent("<80 base64>")},
    "a hash of MySQL's in a row": [["app", "%", "mysql_native_password", invent("*<40 HEX>")]],
    "words for a pattern of a schema": {"password": {"type": "string", "pattern": "Winter2024!"}},
    "a link with a code": {"links": {"login_token": "https://app.internal/login?code=482913"}},
    "an example of a schema": {"password": {"type": "string", "example": "Winter2024!"}},
    "a member of a schema": {"password": {"type": "string", "enum": ["Winter2024!"]}},
    "a login that was authorized": {
        "authorization": {"code": "a1b2c3d4e5f6a7b8c9d0", "state": "3f2a", "client_id": "Iv1", "redirect_uri": "x"}
    },
    "a bearer that was authorized": {"authorization": {"id": OPAQUE, "status": "ok", "type": "Bearer", "amount": 1}},
    "the id of a session": {"session_token": {"id": NUMBER, "secret": "x"}},
    "a number beside a password": {"credentials": {"id": "482913", "password": "dragon"}},
    "a random name of a cookie": {"cookies": [{"name": OPAQUE, "value": "", "domain": "example.org"}]},
    "a random path of a cookie": {
        "cookies": [{"name": "a", "value": "", "domain": "example.org", "path": f"/{OPAQUE}"}]
    },
    "words as a key": {"api_key": {"name": "prod", "key": "correctHorseBattery"}},
    "words for ways to log in": {"auth": {"methods": ["dragon", "hunter"]}},
    "a word among links": {"links": {"password": "dragon"}},
    "a word among permissions": {"permissions": {"password": "dragon"}},
    "a word among units": {"units": {"password": "dragon"}},
    "a default of a schema": {"api_key": {"type": "string", "default": OPAQUE}},
    "a list with a password": {"ZookeeperConnectString": f"z-1.demo.internal:2181,z-2:{OPAQUE}@demo.internal:2181"},
    "credentials in an authorization": {
        "authorization": {"id": "1", "status": "active", "scheme": "basic", "value": "dragon"}
    },
    "a word beside a token": {"token": {"token": OPAQUE, "other": "dragon"}},
    "a cookie without attributes": {"cookies": [{"name": "a", "value": OPAQUE}]},
    "an unknown part of a cookie": {"cookies": [{"name": "a", "value": "b", "domain": "c", "other": "dragon"}]},
    "a word for a lock": {"password": {"lock": "dragon"}},
    "digits for a lock": {"password": {"lockTime": 482913}},
    "an issuer of one word": {"totp": {"issuer": "dragon", "digits": 6}},
    "words beside users by what they are for": {"secret": {"db": {"user": "a", "password": "x"}, "smtp": "dragon"}},
    "words among users by what they are for": {"secret": {"db": {"user": "a", "password": "x", "other": "dragon"}}},
    "words in an address": {"token": "https://hooks.internal/9fK2xQ7LmZpR4vTb/login"},
    "an address that lets somebody in": {"reset_token": "https://login.internal.org/magic/purple-monkey-dishwasher"},
    "an address whose host is the secret": {"token": "https://a1b2c3d4e5f6.tunnel.io"},
    "an address whose step is the secret": {"token": "https://hook.internal.org/abcqwertzuioplkj"},
    "words in a long path": {"token": "https://a.io/a/b/swordfish-tiger/c/token"},
    "a host alone": {"token": "http://hunter2"},
    "a variable's name under a password": {"db_password_env": "Xk29fQz7"},
    "one small letter": {"password": "a" * 12},
    "a word in a request": {"password": "your-dragon-key-1"},
    "a word beside a template": {"password": {"name": "{{ x }}hunter2", "key": "token"}},
    "a word before a template": {"password": {"name": "dragon-{{ x }}", "key": "token"}},
    "words in a list in a section": {"credentials": {"providers": [{"host": "hunter2", "type": "dragon"}]}},
    "people in a list in a section": {"auth": {"answers": [{"name": "Rover Junior"}]}},
    "words for networks": {"auth": {"ips": "correct,horse,battery,staple"}},
    "a sentence for an issuer": {"otp": {"issuer": "Correct horse battery staple", "digits": 6}},
    "a user that is the password": {"dsn": "postgres://secrettoken@h:5432/db"},
    "a user in a path": {"auth": {"host": "/.purple/monkey"}},
    "a word for a network": {"auth": {"whitelist": ["dragon7"]}},
    "a list below credentials": {"credentials": {"others": [{"word": "dragon"}]}},
    "words beside dicts of variables": {"secrets": {"mail": {"A_PASSWORD": "x", "A_HOST": "h"}, "other": "dragon"}},
    "a dict of words beside dicts of variables": {"secrets": {"mail": {"A_PASSWORD": "x"}, "other": {"bob": "dragon"}}},
}


def _sealed(value: JSON, **options: str) -> Paths:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return {finding.path for finding in findings_of(scan(value, "out", policy))}


@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE)
def test_what_only_tells_of_secrets_stays_readable(value: JSON) -> None:
    assert _sealed(value) == set()


@pytest.mark.parametrize(("value", "paths"), IN_PARTS.values(), ids=IN_PARTS)
def test_the_secret_of_an_answer_is_sealed_and_the_rest_of_it_stays(value: JSON, paths: Paths) -> None:
    assert _sealed(value) == paths


@pytest.mark.parametrize("value", SEALED.values(), ids=SEALED)
def test_what_may_be_a_secret_is_sealed(value: JSON) -> None:
    assert _sealed(value)


@pytest.mark.parametrize(("value", "paths"), IN_PARTS.values(), ids=IN_PARTS)
def test_the_row_shows_what_is_readable_and_the_consumer_gets_the_value(value: JSON, paths: Paths) -> None:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    routes = SingleRoute(InMemoryStore(), InMemoryKeyProvider())
    exchange = Exchange(unrecorded_runtime(FakeHost(listed=()), routes, lambda: 0.0), policy)
    row = exchange.push(value, PLACE)
    for path in paths:
        secret: JSON = value
        for step in path:
            secret = secret[step]  # type: ignore[index, call-overload]
        assert str(secret) not in str(row)
    assert exchange.pull(row, query(PLACE)) == value


@pytest.mark.parametrize(
    ("value", "name", "path"),
    [
        ({"credential": {"id": NUMBER, "secret": "dragon"}}, "id", ("credential", "id")),
        ({"cookies": [{"name": "a", "value": OPAQUE, "domain": "example.org"}]}, "domain", ("cookies",)),
        ({"links": {"self": LINK, "token": LINK}}, "self", ("links", "self")),
        ({"secrets": {"DB_HOST": "db", "DB_PASSWORD": "dragon"}}, "DB_HOST", ("secrets",)),
    ],
    ids=["an id", "an attribute of a cookie", "a link", "a host"],
)
def test_what_the_operator_names_is_sealed_where_it_would_stay_readable(
    value: JSON, name: str, path: tuple[str | int, ...]
) -> None:
    assert path in _sealed(value, sensitive_keys=name)
