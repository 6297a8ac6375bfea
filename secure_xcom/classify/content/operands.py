"""Rules for command lines whose program takes the secret as a word of its own, and for signs of Windows."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.commands import BOUNDARY, GAP, SIGNS_IN, VALUE, command, is_password
from secure_xcom.classify.content.named_values import looks_sensitive
from secure_xcom.classify.content.rule import SECRET, Rule, row
from secure_xcom.classify.content.values import is_secret_value

_WORD: Final = r"[^\s|;&\"'-][^\s|;&\"']{0,127}+"


def _is_password_with_a_digit(found: re.Match[str]) -> bool:
    """Whether it is one with a digit: words of a manual have none."""
    return any(map(str.isdigit, found[SECRET])) and is_password(found)


def _is_value_of_name(found: re.Match[str]) -> bool:
    """Whether what is set has the name of a secret."""
    name = found["name"].rpartition("/")[2].lstrip(":")
    return looks_sensitive(name) and is_secret_value(name, found[SECRET], is_quoted=False, is_line=True)


RULES: Final[tuple[Rule, ...]] = (
    command(
        "command-named-setting",
        (
            *("airflow variables set", "pulumi config set", "npm config set", "yarn config set", "consul kv put"),
            *("git config", "wp config set", "gh secret set", "doppler secrets set", "gcloud config set"),
            *("conda config --set", "etcdctl put", "poetry config", "composer config", "dvc remote modify"),
            *("bundle config", "set -x"),
        ),
        rf"(?P<name>[^\s|;&\"'=\-][^\s|;&\"'=]{{2,127}}+)(?>{GAP}(?>--body|--value|-b|--set|--local|--global))?+{GAP}{VALUE}",
        example="airflow variables set api_key <20 base62>",
        counterexample="airflow variables set region eu-central-1",
        source="https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html",
        words=r"(?>--|-)[a-z][\w-]{0,31}+(?=[ \t])",
        most=3,
        check=_is_value_of_name,
    ),
    command(
        "command-stored-secret",
        (
            *("aws secretsmanager create-secret", "aws secretsmanager put-secret-value"),
            *("aws secretsmanager update-secret", "az keyvault secret set", "gh secret set", "op item create"),
            *("az webapp config appsettings set", "vercel env add"),
        ),
        rf"(?>--secret-string|--value|--body|-b|--content)(?>=|{GAP}){VALUE}",
        example="aws secretsmanager create-secret --name db --secret-string <12 base62>",
        counterexample="aws secretsmanager create-secret --name db --secret-string file://db.json",
        source="https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/create-secret.html",
        check=_is_password_with_a_digit,
    ),
    command(
        "command-secure-parameter",
        ("aws ssm put-parameter",),
        rf"--value(?>=|{GAP}){VALUE}",
        example="aws ssm put-parameter --name /db --type SecureString --value <16 base62>",
        counterexample="aws ssm put-parameter --name /size --type String --value large42",
        source="https://docs.aws.amazon.com/cli/latest/reference/ssm/put-parameter.html",
        check=lambda found: "SecureString" in _around(found) and is_password(found),
    ),
    command(
        "command-user-and-password",
        (
            *("rabbitmqctl add_user", "rabbitmqctl change_password", "rabbitmqctl authenticate_user"),
            *("wpa_passphrase", "net user", "net use"),
        ),
        rf"{_WORD}{GAP}(?!\\){VALUE}(?=[ \t\r\n\"'|;&]|$)",
        example="rabbitmqctl add_user etl <16 base62>",
        counterexample="rabbitmqctl add_user etl",
        source="https://www.rabbitmq.com/docs/man/rabbitmqctl.8",
        words=r"(?>-[A-Za-z]{1,8}+|[A-Z]:)(?=[ \t])",
        most=4,
        check=_is_password_with_a_digit,
    ),
    row(
        "command-htpasswd",
        "Password among the arguments of htpasswd",
        SIGNS_IN,
        ("htpasswd -",),
        rf"htpasswd(?>{GAP}-[A-Za-z]{{1,8}}+){{1,4}}+(?>{GAP}{_WORD}){{2}}{GAP}{VALUE}",
        example="htpasswd -b users.txt ann <12 base62>",
        counterexample="htpasswd -c users.txt ann",
        source="https://httpd.apache.org/docs/current/programs/htpasswd.html",
        entropy=0,
        check=_is_password_with_a_digit,
    ),
    row(
        "command-isql",
        "Password among the arguments of isql",
        SIGNS_IN,
        ("isql ",),
        rf"isql{GAP}{_WORD}{GAP}{_WORD}{GAP}{VALUE}",
        example="isql sales ann <16 base62>",
        counterexample="isql sales -b",
        source="https://www.unixodbc.org/doc/UserManual/",
        entropy=0,
        check=_is_password_with_a_digit,
    ),
    command(
        "command-alias",
        ("mc alias set", "mcli alias set", "mc config host add"),
        rf"https?+://[^\s|;&\"']{{3,256}}+{GAP}[\"']?+{_WORD}[\"']?+{GAP}{VALUE}",
        example="mc alias set store https://store.internal <20 base62> <40 base62>",
        counterexample="mc alias set store https://store.internal",
        source="https://min.io/docs/minio/linux/reference/minio-mc/mc-alias-set.html",
        most=3,
        check=_is_password_with_a_digit,
    ),
    command(
        "command-after-password",
        ("nmcli", "mysqladmin", "mariadb-admin", "rclone"),
        rf"(?>password|obscure){GAP}{VALUE}",
        example="nmcli dev wifi connect office password <12 base62>",
        counterexample="nmcli dev wifi connect office",
        source="https://networkmanager.dev/docs/api/latest/nmcli.html",
        check=is_password,
    ),
    command(
        "command-snmp",
        ("snmpwalk", "snmpget", "snmpset", "snmpbulkwalk", "snmpbulkget", "snmptable", "snmpstatus"),
        rf"-[cAX](?>{GAP})?+{VALUE}",
        example="snmpget -v3 -u etl -l authPriv -A <12 base62> router.internal sysUpTime.0",
        counterexample="snmpget -v3 -u etl router.internal sysUpTime.0",
        source="https://net-snmp.sourceforge.io/docs/man/snmpcmd.html",
        check=_is_password_with_a_digit,
    ),
    command(
        "command-without-database",
        ("expdp", "impdp", "sqlldr"),
        r"(?>userid=)?+[A-Za-z][\w$#]{0,31}+/(?P<secret>[^\s\"'<>$;&|@/\-][^\s\"'<>;&|@/]{2,128}+)(?=[ \t])",
        example="impdp ann/<12 base62> directory=dumps",
        counterexample="impdp help=y",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/sutil/oracle-data-pump-import-utility.html",
    ),
    row(
        "command-windows-option",
        "Password in an option of a command of Windows",
        SIGNS_IN,
        ("/password:", "/Password:", "/PASSWORD:", "/pass:", "/pwd:", "/PWD:", "/Pwd:", "/rp ", "/RP "),
        rf"/(?i:(?>password:|pass:|pwd:|rp )){VALUE}",
        example="cmdkey /add:db.internal /user:etl /pass:<12 base62>",
        counterexample="cmdkey /add:db.internal /user:etl /pass:%PASSWORD%",
        source="https://learn.microsoft.com/windows-server/administration/windows-commands/cmdkey",
        boundary=BOUNDARY + "/:",
        entropy=0,
        check=_is_password_with_a_digit,
    ),
    row(
        "command-remote-desktop",
        "Password in an option of FreeRDP",
        SIGNS_IN,
        ("xfreerdp ", "wfreerdp ", "xfreerdp3 "),
        rf"[xw]freerdp3?+(?>{GAP}(?!/p:)[^\s|;&]{{1,128}}+){{0,12}}+{GAP}/p:{VALUE}",
        example="xfreerdp /v:host.internal /u:etl /p:<12 base62>",
        counterexample="xfreerdp /v:host.internal /u:etl",
        source="https://github.com/FreeRDP/FreeRDP/wiki/CommandLineInterface",
        entropy=0,
        check=is_password,
    ),
    row(
        "command-here-string",
        "Password that a shell writes into a program",
        SIGNS_IN,
        ("kinit ", "--password-stdin", "sudo -S", "--with-token", "cryptsetup ", "chpasswd"),
        r"(?>kinit|--password-stdin|sudo -S|--with-token|cryptsetup|chpasswd)[^\r\n<]{0,96}+"
        r"<<<[ ]?+[\"']?+(?P<secret>[^\s\"'<>$;&|]{3,256}+)",
        example="kinit etl <<< '<12 base62>'",
        counterexample="kinit etl <<< $PASSWORD",
        source="https://www.gnu.org/software/bash/manual/html_node/Redirections.html",
        boundary="",
        entropy=0,
        check=is_password,
    ),
)


def _around(found: re.Match[str]) -> str:
    """Return a command with what stands behind it, over the ends of lines."""
    return found.string[found.start() : found.end() + _BEHIND]


_BEHIND: Final = 96
"""Characters behind the value in which the type of a parameter is said."""
