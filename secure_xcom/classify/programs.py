"""Programs that take a secret among their arguments, by how they take it. Each is documented in its own manual."""

from __future__ import annotations

from typing import Final

SMALL_U: Final = ("curl", "etcdctl")
"""``-u user:password``."""

AUTH: Final = ("http", "https", "xh", "xhs")
"""``-a user:password``."""

LOGINS: Final = (
    *("docker login", "podman login", "nerdctl login", "buildah login", "skopeo login", "crane auth login"),
    *("helm registry login", "oras login", "az login", "oc login", "cf login", "airflow users create"),
)
"""``-p password``, where without the other words it would be a port."""

BEFORE_ANOTHER: Final = ("sshpass",)
"""``-p password`` before the name of another program, whose options mean something else."""

SMALL_P: Final = (
    *("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "cqlsh", "beeline"),
    *("rabbitmqadmin", "psexec", "twine upload", "ncftpput", "ncftpget", "rdesktop", "racadm", "hdbsql", *LOGINS),
)
"""``-p password``."""

NO_JOINED_P: Final = "(?>ipeline|ort|rotocol|arallel|lugin-dir|ath|rogress|ager|rompt|rofile|rint)(?![^\\s\"'])"
"""What stands after ``-p`` in an option that is spelt with one hyphen by mistake, and in no password."""

JOINED_P: Final = (
    *("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mariadb", "mariadb-dump", "mariadb-admin"),
    *("7z", "7za", "7zr", "rar", "unrar"),
)
"""``-ppassword``: what stands apart is something else."""

LARGE_P: Final = (
    *("sqlcmd", "bcp", "osql", "tsql", "freebcp", "zip", "unzip", "ipmitool", "mosquitto_pub", "mosquitto_sub"),
)
"""``-P password``."""

SMALL_A: Final = ("redis-cli", "valkey-cli", "keydb-cli")
"""``-a password``."""

SERVERS: Final = ("redis-server", "valkey-server", "keydb-server")
"""``--requirepass password``."""

SMALL_W: Final = (
    "ldapsearch",
    "ldapmodify",
    "ldapadd",
    "ldapdelete",
    "ldapwhoami",
    "ldappasswd",
    "ldapcompare",
    "vsql",
    "security add-generic-password",
    "security add-internet-password",
)
"""``-w password``."""

PW: Final = ("plink", "pscp", "psftp", "putty", "nzsql", "nzload")
"""``-pw password``."""

WITH_PASS: Final = ("openssl",)
"""``pass:password``."""

PERCENT: Final = ("smbclient", "rpcclient", "winexe", "smbget")
"""``-U user%password``."""

COMMA: Final = ("lftp",)
"""``-u user,password``."""

SLASH: Final = ("sqlplus", "sqlldr", "expdp", "impdp", "rman")
"""``user/password@database``."""

FIRST: Final = ("vault login", "flyctl auth token", "fly auth token", "snyk auth")
"""The token itself, after options."""

SETTING: Final = ("aws configure set",)
"""``aws_secret_access_key secret``."""

_ALL: Final = (
    *(*SMALL_U, *AUTH, *BEFORE_ANOTHER, *SMALL_P, *JOINED_P, *LARGE_P, *SMALL_A, *SERVERS, *SMALL_W),
    *(*PW, *WITH_PASS, *PERCENT, *COMMA, *SLASH, *FIRST, *SETTING),
)

PROGRAMS: Final = frozenset(name.partition(" ")[0] for name in _ALL)
"""The first words of all of them."""

BEFORE_PROGRAM: Final = 4
"""Arguments in which a program is looked for: others may stand before it, as in ``["sudo", "-E", "mysql"]``."""
