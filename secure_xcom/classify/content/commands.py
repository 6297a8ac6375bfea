"""Rules for command lines: a secret among the arguments of a program, which names it by a short option or by none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from secure_xcom.classify import programs
from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import ENTROPY, SECRET, Rule, row
from secure_xcom.classify.content.values import is_secret_value

GAP: Final = r"[ \t]{1,8}+(?>\\\r?+\n[ \t]{0,16}+)?+"
"""What separates words, over an escaped end of a line too."""

VALUE: Final = r"[\"']?+(?P<secret>[^\s\"'<>$;&|\-][^\s\"'<>;&|]{2,256}+)"

BOUNDARY: Final = r"\w.\-"

SIGNS_IN: Final = "Signs in to what the command calls."


def is_password(found: re.Match[str]) -> bool:
    return is_secret_value("password", found[SECRET], is_quoted=False, is_line=True)


def _is_password_and_no_word(found: re.Match[str]) -> bool:
    """Whether it is one. A word is one only after the option of a user, or after an option that no prose names."""
    if found[SECRET].isalpha() and not found[0].startswith(_NOT_IN_PROSE) and not _follows_user(found):
        return False
    return is_password(found)


def _follows_user(found: re.Match[str]) -> bool:
    """Whether the option of a user stands before, and what follows is no word of a manual, and no source."""
    before = found.string[max(0, found.start() - _BEFORE) : found.start()]
    is_said = found[SECRET] in _SOURCES or found[SECRET].isupper()
    # What is quick comes first: a text made for it has such an option at each twentieth character.
    has_user = any(option in before for option in (" -u", " -U", " -login"))
    return has_user and not is_said and _user().search(before) is not None


_SOURCES: Final = ("file", "stdin", "ask", "prompt", "env", "argument", "option", "flag")
"""Where a program takes a password from, and words of its manual."""

_BEFORE: Final = 96
"""Characters before an option in which that of a user stands."""

_user: Final = late(
    r" -(?:user|username|login|U|u) (?!(?:and|or|with|is|are|the|flag|option|argument|NAME|USER)\b)"
    r"[\w.@-]{2,48}(?: -[A-Za-z]{1,16}(?: [\w./:@-]{1,32})?){0,2} $"
)
"""The option of a user, before that of a password."""

_NOT_IN_PROSE: Final = ("-storepass", "-keypass", "-srcstorepass", "-deststorepass")


def command(  # noqa: PLR0913 - a row of the table
    id: str,  # noqa: A002 - the name of the field
    names: Sequence[str],
    option: str,
    *,
    example: str,
    counterexample: str,
    source: str,
    words: str = r"(?>-\w'[^'\s]{0,8}+'|[^\s|;&]{1,128}+)",
    most: int = 12,
    check: Callable[[re.Match[str]], bool] | None = is_password,
    entropy: float = 0,
) -> Rule:
    """Return a rule for ``option``, which holds the secret, after at most ``most`` other ``words`` of a command."""
    program, ahead = "|".join(sorted(map(re.escape, names), reverse=True)), re.sub(r"\(\?P<\w+>", "(?>", option)
    return row(
        id,
        f"Secret among the arguments of {names[0]}" + (" and the like" if len(names) > 1 else ""),
        SIGNS_IN,
        tuple(f"{name} " for name in names),
        # The next command is read from its own beginning, and not once more from here.
        rf"(?>{program})(?>{GAP}(?!{ahead}|(?>{program})[ \t]){words}){{0,{most}}}+{GAP}{option}",
        example=example,
        counterexample=counterexample,
        source=source,
        boundary=BOUNDARY,
        entropy=entropy,
        check=check,
        checks_itself=check is not None,
    )


_HOST: Final = (
    r"(?>localhost|host(?>name)?+|server|(?>[0-9]{1,3}+\.){3}[0-9]{1,3}+):"
    r"(?>443|3000|5000|80(?!\d)|[89][0-9]{3})(?!\w)"
)
"""A host and a port of the web where a user and a password belong."""

_USER_AND_PASSWORD: Final = rf"(?>=|{GAP})?+[\"']?+(?!{_HOST})[^\s:\"']{{0,64}}+:(?!//){VALUE}"

RULES: Final[tuple[Rule, ...]] = (
    command(
        "command-small-u",
        programs.SMALL_U,
        rf"(?>-[a-tv-zA-TV-Z]{{0,6}}+[uU]|--(?>proxy-)?+user){_USER_AND_PASSWORD}",
        example="curl -s -u ann:<12 base62> https://api.internal/v1",
        counterexample="curl -s -u ann:$PASSWORD https://api.internal/v1",
        source="https://curl.se/docs/manpage.html",
        most=20,
    ),
    command(
        "command-auth",
        programs.AUTH,
        rf"(?>-a|--auth){_USER_AND_PASSWORD}",
        example="http -a ann:<12 base62> https://api.internal/v1",
        counterexample="http -a ann: https://api.internal/v1",
        source="https://httpie.io/docs/cli/authentication",
    ),
    command(
        "command-before-another",
        programs.BEFORE_ANOTHER,
        rf"-p(?>{GAP})?+{VALUE}",
        example="sshpass -p <12 base62> ssh ann@host.internal",
        counterexample="sshpass -e ssh -p <6 digits> ann@host.internal",
        source="https://sourceforge.net/projects/sshpass/",
        words=r"-[^\s|;&]{1,128}+",
    ),
    command(
        "command-small-p",
        programs.SMALL_P,
        rf"-p(?>=|{GAP})?+{VALUE}",
        example="docker login -u ann -p <12 base62> registry.internal",
        counterexample="docker run -p <6 digits> registry.internal/app",
        source="https://docs.docker.com/reference/cli/docker/login/",
    ),
    command(
        "command-joined-p",
        programs.JOINED_P,
        rf"-p(?!{programs.NO_JOINED_P}){VALUE}",
        example="mysql -h db.internal -u ann -p<12 base62> sales",
        counterexample="mysql -h db.internal -u ann -p sales",
        source="https://dev.mysql.com/doc/refman/8.4/en/password-security-user.html",
    ),
    command(
        "command-large-p",
        programs.LARGE_P,
        rf"-P(?>{GAP})?+{VALUE}",
        example="sqlcmd -S db.internal -U ann -P <12 base62> -Q report",
        counterexample="sqlcmd -S db.internal -U ann -P $PASSWORD -Q report",
        source="https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility",
    ),
    command(
        "command-small-a",
        programs.SMALL_A,
        rf"-a(?>{GAP})?+{VALUE}",
        example="redis-cli -h cache.internal -a <12 base62> ping",
        counterexample="redis-cli -h cache.internal ping",
        source="https://redis.io/docs/latest/develop/tools/cli/",
    ),
    command(
        "command-server",
        programs.SERVERS,
        rf"--(?>requirepass|masterauth)(?>=|{GAP}){VALUE}",
        example="redis-server --appendonly yes --requirepass <12 base62>",
        counterexample="redis-server --appendonly yes --requirepass $PASSWORD",
        source="https://redis.io/docs/latest/operate/oss_and_stack/management/config/",
        most=20,
    ),
    command(
        "command-small-w",
        programs.SMALL_W,
        rf"-w(?>{GAP})?+{VALUE}",
        example="ldapsearch -x -D cn=ann -w <12 base62> -b dc=internal",
        counterexample="ldapsearch -x -D cn=ann -W -b dc=internal",
        source="https://www.openldap.org/software/man.cgi?query=ldapsearch",
    ),
    command(
        "command-pw",
        programs.PW,
        rf"-pw{GAP}{VALUE}",
        example="plink -ssh ann@host.internal -pw <12 base62> uptime",
        counterexample="plink -ssh ann@host.internal uptime",
        source="https://the.earth.li/~sgtatham/putty/latest/htmldoc/Chapter3.html",
    ),
    command(
        "command-pass-phrase",
        programs.WITH_PASS,
        rf"(?>-pass(?>in|out)?+{GAP}[\"']?+pass:|-k{GAP}){VALUE}",
        example="openssl rsa -in key.pem -passin pass:<12 base62>",
        counterexample="openssl rsa -in key.pem -passin env:PASSPHRASE",
        source="https://docs.openssl.org/master/man1/openssl-passphrase-options/",
    ),
    command(
        "command-user-percent-password",
        programs.PERCENT,
        rf"(?>-U|--user)(?>=|{GAP})?+[\"']?+[^\s%\"']{{1,64}}+%{VALUE}",
        example="smbclient //files.internal/sales -U ann%<12 base62>",
        counterexample="smbclient //files.internal/sales -U ann",
        source="https://www.samba.org/samba/docs/current/man-html/smbclient.1.html",
    ),
    command(
        "command-user-comma-password",
        programs.COMMA,
        rf"(?>-u|--user)(?>=|{GAP})?+[\"']?+[^\s,\"']{{1,64}}+,{VALUE}",
        example="lftp -u ann,<12 base62> sftp://files.internal",
        counterexample="lftp -u ann sftp://files.internal",
        source="https://lftp.yar.ru/lftp-man.html",
    ),
    command(
        "command-user-slash-password",
        programs.SLASH,
        r"(?>userid=)?+[\"']?+[A-Za-z][\w$#]{0,31}+/(?P<secret>[^\s\"'<>$;&|@/\-][^\s\"'<>;&|@/]{2,128}+)(?=@)",
        example="sqlplus -s ann/<12 base62>@db.internal/sales",
        counterexample="sqlplus -s /nolog",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/sqpug/starting-SQL-Plus.html",
    ),
    command(
        "command-first",
        programs.FIRST,
        # Long, and with a digit: a message goes on with words.
        r"(?P<secret>[A-Za-z0-9](?=[A-Za-z._\-]{0,32}+[0-9])[^\s\"'<>$;&|=]{15,256}+)",
        example="vault login -no-print <20 base62>",
        counterexample="vault login -method=userpass username=ann",
        source="https://developer.hashicorp.com/vault/docs/commands/login",
        words=r"-[^\s|;&]{1,128}+",
        check=None,
        entropy=ENTROPY,
    ),
    command(
        "command-setting",
        programs.SETTING,
        rf"(?>[\w\-]{{1,64}}+\.){{0,4}}+aws_(?>secret_access_key|session_token){GAP}{VALUE}",
        example="aws configure set aws_secret_access_key <40 base62> --profile sales",
        counterexample="aws configure set region eu-central-1",
        source="https://docs.aws.amazon.com/cli/latest/reference/configure/set.html",
        most=2,
    ),
    row(
        "command-db2",
        "Password of a user in a command of Db2",
        SIGNS_IN,
        ("connect to ", "CONNECT TO ", "attach to ", "ATTACH TO "),
        r"(?>connect|CONNECT|attach|ATTACH) (?>to|TO) \w{1,32}+ (?>user|USER) \w{1,64}+ (?>using|USING) " + VALUE,
        example="db2 connect to SALES user ann using <12 base62>",
        counterexample="db2 connect to SALES user ann using $PASSWORD",
        source="https://www.ibm.com/docs/en/db2/11.5?topic=commands-connect",
        entropy=0,
        check=is_password,
    ),
    row(
        "command-piped-password",
        "Password that echo writes into a command",
        SIGNS_IN,
        "echo printf",
        rf"(?>echo|printf)(?>{GAP}-[neE]{{1,3}}+)?+{GAP}[\"']?+(?>[\w.\-]{{1,64}}+:)?+{VALUE}[\"']?+"
        r"[ \t]{0,8}+\|[ \t]{0,8}+(?>[\w/]{1,32}+/)?+"
        r"(?>sudo[ \t]{1,4}+-[A-RT-Za-z]{0,4}+S|chpasswd|passwd --stdin|kinit|cryptsetup|su(?= |$)|"
        r"(?>docker|podman|helm|oras|gh|gpg)(?> (?!login|--passphrase-fd)[^\s|;&]{1,64}+){0,6}+ "
        r"(?>login|--passphrase-fd))",
        example="echo <12 base62> | sudo -S systemctl restart sales",
        counterexample="echo <12 base62> | tee report.txt",
        source="https://www.sudo.ws/docs/man/sudo.man/",
        boundary="",
        entropy=0,
        check=is_password,
    ),
    row(
        "command-long-option",
        "Value of an option of one hyphen that takes a secret",
        SIGNS_IN,
        ("-password ", "-Password ", "-storepass ", "-keypass ", "-srcstorepass ", "-deststorepass "),
        rf"-[A-Za-z]{{4,16}}+{GAP}{VALUE}",
        example="keytool -list -keystore sales.jks -storepass <12 base62>",
        counterexample="Option -password requires an argument",
        source="https://docs.oracle.com/en/java/javase/21/docs/specs/man/keytool.html",
        boundary=BOUNDARY,
        entropy=0,
        check=_is_password_and_no_word,
    ),
    row(
        "command-secure-string",
        "Secret in clear that PowerShell makes a SecureString of",
        SIGNS_IN,
        ("ConvertTo-SecureString ", "convertto-securestring "),
        rf"(?i:ConvertTo-SecureString)(?>{GAP}-(?>[Ss]tring|[Aa]s[Pp]lain[Tt]ext|[Ff]orce)){{0,3}}+{GAP}(?=[\"']){VALUE}",
        example='ConvertTo-SecureString "<12 base62>" -AsPlainText -Force',
        counterexample="ConvertTo-SecureString $password -AsPlainText -Force",
        source="https://learn.microsoft.com/powershell/module/microsoft.powershell.security/convertto-securestring",
        boundary="",
        entropy=0,
        check=is_password,
    ),
    row(
        "teradata-logon",
        "Logon of Teradata's BTEQ",
        SIGNS_IN,
        (".logon ", ".LOGON ", ".Logon "),
        rf"\.(?i:logon){GAP}(?>[\w.\-]{{1,64}}+/)?+[\w.\-]{{1,64}}+,{VALUE}",
        example=".LOGON td.internal/ann,<12 base62>;",
        counterexample=".LOGON td.internal/ann",
        source="https://docs.teradata.com/r/Enterprise_IntelliFlex_VMware/Basic-Teradata-Query-Reference",
        boundary="",
        entropy=0,
        check=is_password,
    ),
)
