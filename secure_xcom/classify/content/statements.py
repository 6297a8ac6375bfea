"""Rules for statements of SQL and calls in code that hand over a password by its place alone."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import SECRET, Rule, row
from secure_xcom.classify.content.values import is_secret_value

_SIGNS_IN: Final = "Signs in to the database as the user."
_QUOTED: Final = r"[\"'](?P<secret>[^\"'\r\n]{3,128}+)[\"']"
_TEXT: Final = r"[\"'][^\"'\r\n]{1,128}+[\"']"
_NEXT: Final = r"[ \t\r\n]{0,16}+,[ \t\r\n]{0,16}+"


def _is_password(found: re.Match[str]) -> bool:
    return is_secret_value("password", found[SECRET], is_quoted=True, is_line=True)


def _is_chosen(found: re.Match[str]) -> bool:
    """Whether it is a password, with letters of both cases and digits: a function may take a name in its place."""
    said = found[SECRET]
    has_all = all(any(map(kind, said)) for kind in (str.islower, str.isupper, str.isdigit))
    return has_all and _is_password(found) and not _is_address(said)


def _is_identified(found: re.Match[str]) -> bool:
    """Whether it is a password: without quotes a statement about a user stands before."""
    said = found[SECRET]
    if found.string[found.start(SECRET) - 1] in "\"'":
        return _is_password(found)
    before = found.string[max(0, found.start() - 128) : found.start()].upper()
    is_statement = any(map(before.__contains__, ("USER ", "CONNECT TO ", "ROLE ", "GRANT ")))
    is_word = _MIXED().search(said) is None and not found[0][:10].isupper()
    return is_statement and not is_word and is_secret_value("password", said, is_quoted=False, is_line=True)


def _is_address(text: str) -> bool:
    return any(map(text.__contains__, "/:")) or text.count(".") > 1


_MIXED: Final = late(r"(?=[^0-9]{0,127}[0-9])(?=[^A-Za-z]{0,127}[A-Za-z])")

RULES: Final[tuple[Rule, ...]] = (
    row(
        "sql-identified-by",
        "Password of a user in SQL, in double quotes or in none",
        _SIGNS_IN,
        ("IDENTIFIED BY ", "identified by ", "Identified by ", "Identified By "),
        r"(?i:IDENTIFIED BY) (?>(?i:VALUES) )?+[\"']?+(?P<secret>[^\s\"';,()<>&$]{3,128}+)",
        example='ALTER USER etl IDENTIFIED BY "<12 base62>"',
        counterexample="rows are identified by name",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/sqlrf/ALTER-USER.html",
        boundary="",
        entropy=0,
        check=_is_identified,
    ),
    row(
        "sql-identified-with",
        "Password of a user of MySQL or ClickHouse, with the name of a plugin",
        _SIGNS_IN,
        ("IDENTIFIED WITH ", "identified with "),
        rf"(?i:IDENTIFIED WITH) [\"'`]?+\w{{3,48}}+[\"'`]?+ (?i:(?>BY|AS)) {_QUOTED}",
        example="CREATE USER etl IDENTIFIED WITH sha256_password BY '<12 base62>'",
        counterexample="CREATE USER etl IDENTIFIED WITH ldap SERVER 'directory'",
        source="https://dev.mysql.com/doc/refman/8.4/en/create-user.html",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-set-password",
        "Password of a user in SQL, behind a sign",
        _SIGNS_IN,
        ("PASSWORD FOR ", "password for ", "PASSWORD = N'", "PASSWORD=N'", "password = N'", "PASSWORD('", "password('"),
        r"(?i:PASSWORD)(?> (?i:FOR) [^=\r\n]{1,128}+=[ ]?+(?>(?i:PASSWORD)\()?+| ?+= ?+N|\()"
        r"'(?P<secret>[^'\r\n]{3,128}+)'",
        example="SET PASSWORD FOR 'etl'@'%' = '<12 base62>'",
        counterexample="SET PASSWORD FOR 'etl'@'%' = @password",
        source="https://mariadb.com/kb/en/set-password/",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-login-procedure",
        "Password among the arguments of a procedure of SQL Server",
        _SIGNS_IN,
        ("sp_addlogin ", "sp_password ", "OPENROWSET(", "openrowset("),
        r"(?>sp_(?>addlogin|password) (?>@\w{1,32}+ ?+= ?+)?+N?+'[^']{1,128}+'|"
        r"(?i:OPENROWSET)\([ ]?+'[^']{1,64}+',[ ]?+'[^']{0,128}+';'[^']{1,128}+')"
        r"[ ]?+[,;][ ]?+(?>@\w{1,32}+ ?+= ?+)?+N?+'(?P<secret>[^'\r\n]{3,128}+)'",
        example="EXEC sp_addlogin 'etl', '<12 base62>'",
        counterexample="EXEC sp_addlogin @name, @password",
        source="https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-addlogin-transact-sql",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-encryption",
        "Key of a function of SQL that encrypts",
        "Decrypts what the statement reads.",
        (
            *("sym_encrypt(", "sym_decrypt(", "AES_ENCRYPT(", "AES_DECRYPT(", "aes_encrypt(", "aes_decrypt("),
            *("ENCRYPTBYPASSPHRASE(", "DECRYPTBYPASSPHRASE(", "EncryptByPassPhrase(", "DecryptByPassPhrase("),
        ),
        rf"(?>sym_(?>en|de)crypt|(?i:AES_(?>EN|DE)CRYPT))\([^,'\r\n]{{1,128}}+,[ ]?+{_QUOTED}",
        example="SELECT pgp_sym_decrypt(iban, '<12 base62>') FROM accounts",
        counterexample="SELECT pgp_sym_decrypt(iban, current_setting('app.key')) FROM accounts",
        source="https://www.postgresql.org/docs/current/pgcrypto.html",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-pragma-key",
        "Key of an encrypted database of SQLite",
        "Opens the database.",
        ("PRAGMA key", "PRAGMA rekey", "pragma key", "PRAGMA hexkey"),
        rf"(?i:PRAGMA (?>re|hex)?+key) ?+= ?+{_QUOTED}",
        example="PRAGMA key = '<12 base62>'",
        counterexample="PRAGMA key = ?",
        source="https://www.zetetic.net/sqlcipher/sqlcipher-api/",
        entropy=0,
        check=_is_password,
    ),
    row(
        "sql-connect",
        "User and password in a statement of SQL*Plus",
        _SIGNS_IN,
        ("CONNECT ", "connect ", "CONN ", "conn "),
        r"(?i:CONN(?>ECT)?+) [A-Za-z][\w$#]{0,31}+/(?P<secret>[^\s\"'<>$;&|@/\-][^\s\"'<>;&|@/]{2,128}+)@(?=\w)",
        example="CONNECT etl/<12 base62>@sales",
        counterexample="CONNECT /@sales",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/23/sqpug/CONNECT.html",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "call-user-and-password",
        "Password in code, behind the user",
        "Signs in to what the code calls.",
        (
            *(
                ".login(",
                "BasicAuth(",
                "DigestAuth(",
                "auth=(",
                "auth = (",
                "NetworkCredential(",
                "BasicAuthentication(",
            ),
            *("cx_Oracle.connect(", "oracledb.connect(", "DriverManager.getConnection("),
        ),
        r"(?>\.login|BasicAuth(?>entication)?+|DigestAuth|auth ?+= ?+|NetworkCredential|"
        r"(?>cx_Oracle|oracledb)\.connect|"
        rf"DriverManager\.getConnection\([ ]?+{_TEXT},[ ]?+(?={_TEXT}))\(?+[ \t\r\n]{{0,16}}+{_TEXT}{_NEXT}{_QUOTED}",
        example="requests.get(url, auth=('etl', '<12 base62>'))",
        counterexample="requests.get(url, auth=(user, password))",
        source="https://docs.python-requests.org/en/latest/user/authentication/",
        boundary="",
        entropy=0,
        check=_is_password,
    ),
    row(
        "call-host-user-and-password",
        "Password in code, behind a host and a user",
        "Signs in to what the code calls.",
        (".connect(", "mysqli(", "mysqli_connect(", "mysql_connect("),
        rf"(?>\.connect|mysqli(?>_connect)?+|mysql_connect)\([ ]?+{_TEXT}(?>{_NEXT}[0-9]{{2,5}}+)?+"
        rf"{_NEXT}{_TEXT}{_NEXT}{_QUOTED}",
        example='pymysql.connect("db.internal", "etl", "<12 base62>", "sales")',
        counterexample="pymysql.connect(host, user, password)",
        source="https://pymysql.readthedocs.io/en/latest/modules/connections.html",
        boundary="",
        entropy=0,
        check=_is_chosen,
    ),
    row(
        "expect-send",
        "Password that a script of expect types",
        "Signs in to what the script talks to.",
        ('send "', 'send -- "', "send '", "sendline('", 'sendline("'),
        r"send(?>line\(| --)?+ ?+[\"'](?P<secret>[^\"'\r\n\\]{6,128}+)(?>\\[rn]|(?=[\"']\)))",
        example='expect "assword:"\nsend "<12 base62>\\r"',
        counterexample='expect "name:"\nsend "etl\\r"',
        source="https://core.tcl-lang.org/expect/index",
        boundary="",
        entropy=0,
        check=lambda found: _is_chosen(found) and " " not in found[SECRET],
    ),
)
