"""``names_of_output``: what a command calls what it prints, as in ``vault kv get -field=password db``.

What prints is the last program of the last pipeline that does more than pass on what it reads. Programs are many, and a
word in a command is an input as often as an output: each is taken at its word in the form that its manual gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from secure_xcom.classify.name_words import words
from secure_xcom.classify.shell_words import last_pipeline
from secure_xcom.classify.words import words_of

_CARRIES: Final = words("tr head tail cut sed awk gawk sort uniq xargs tee base64 rev fold paste column strings iconv")
"""Programs that pass on what they read."""

_CUTS: Final = words("cut awk gawk sed")

_SHOWS_FILES: Final = words("cat head tail tac less more type zcat sops gpg base64 ansible-vault bat nl get-content")

_SPOKEN_FILES: Final = words("md log py sh sql html js java rst adoc pub crt csr cer yml yaml json csv")
"""Endings of files that hold more than a secret. What is one in them has a name there."""

_OF_SECRETS: Final = words("secrets auth credentials secret")
"""Files, endings and folders of nothing but secrets. What is called so elsewhere may be a list of names."""

_SETTINGS: Final = tuple(
    (word,) for word in words("user username region version host port name email id namespace database url endpoint")
)
"""Last words of files beside secrets that hold none."""

_DATABASES: Final = words("psql mysql mariadb sqlite3 clickhouse-client sqlcmd bq snowsql")

_QUERIES: Final = words("jq yq")

_VAULTS: Final = ("vault", "bao")

_FIELDS: Final = {
    **dict.fromkeys(_VAULTS, ("-field", "--field")),
    **dict.fromkeys(("kubectl", "oc"), ("-o", "--output", "--template")),
    "gcloud": ("--format",),
    "op": ("--fields", "--field"),
    **dict.fromkeys(("aws", "az"), ("--query",)),
}
"""Options that name the field that is printed."""

_SECRETS: Final = {"aws": ("--name", "--secret-id"), "az": ("--name", "-n"), "gcloud": ("--secret",)}
"""Options that name the secret whose value is printed, where the field is called ``Value``."""

_VALUES: Final = words("value secretstring plaintext data payload")
"""Fields that are all that a secret is."""

_NAMED_BY_LAST_WORD: Final = (
    *("printenv", "terraform output", "tofu output", "terragrunt output", "pulumi config get", "pulumi stack output"),
    *("op read", "consul kv get", "etcdctl get", "redis-cli get", "valkey-cli get", "airflow config get-value"),
    *("airflow variables get", "doppler secrets get", "infisical secrets get", "chamber read", "conjur variable get"),
    *("conjur variable value", "aws configure get", "heroku config:get"),
)

_SAID: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("pass show", "gopass show", "gopass cat", "lpass show", "keyring get", "bw get password", "rbw get"),
        "password",
    ),
    **dict.fromkeys(("az acr credential show", "keepassxc-cli show -a Password"), "password"),
    **dict.fromkeys(("az storage account keys list", "az redis list-keys"), "access_key"),
    **dict.fromkeys(("heroku auth:token", "npm token create"), "token"),
    "consul keygen": "secret_key",
    **dict.fromkeys(("pwgen", "apg", "mkpasswd", "security find-generic-password"), "password"),
    **dict.fromkeys(("secret-tool lookup", "openssl rand", "gcloud secrets versions access"), "secret"),
    **dict.fromkeys(("oc whoami -t", "oc whoami --show-token"), "token"),
    "p4 login -p": "login_ticket",
    "wg genkey": "private_key",
    "wg genpsk": "preshared_key",
    "nk -gen": "nkey_seed",
    **dict.fromkeys(("bw unlock", "bw login", "op signin"), "session_token"),
    **dict.fromkeys(
        (
            "kubeadm token create",
            "kubeadm token generate",
            "k3s token create",
            "docker swarm join-token",
            "step ca token",
        ),
        "token",
    ),
    **dict.fromkeys(("rails secret", "bin/rails secret", "php artisan key:generate --show"), "secret_key"),
    **dict.fromkeys(("oathtool", "pass otp", "bw get totp"), "otp"),
    **dict.fromkeys(("htpasswd -nb", "htpasswd -nbB"), "password_hash"),
}
"""What is printed by commands whose own words do not tell, by how they begin."""

_GENERATES: Final = ("Fernet.generate_key", "secrets.token_")
"""What a line of Python says that prints a new secret."""

_VERBS: Final = words("get print show create generate read fetch issue display reveal new initial mint")
_TOPICS: Final = words("create get print show generate issue new")
"""First words before what is handed out: ``create token``."""

_KINDS: Final = words("secret secrets key keys credentials password passwords")
"""What is made, listed and shown without what is in it."""

_PLACES: Final = ("-n", "--namespace", "--context", "--kubeconfig", "--profile", "--region", "--project")
"""Options with a value that may stand before what a command does."""


@lru_cache(maxsize=8)
def names_of_output(command: str) -> tuple[str, ...]:
    """Return the names under which what a command prints may be looked at, the surest first; none for most commands."""
    pipeline = last_pipeline(command)
    is_cut = False
    for at in reversed(range(len(pipeline))):
        program = pipeline[at][0].rpartition("/")[2]
        if at and (program in _CARRIES or (program in _QUERIES and _is_everything(pipeline[at]))):
            is_cut = is_cut or program in _CUTS
            continue
        said = _within(_without_places([program, *pipeline[at][1:]]))
        return tuple(dict.fromkeys(filter(None, _names(said, is_cut=is_cut))))
    return ()


def _within(said: list[str]) -> list[str]:
    """Return what is run within a container or a pod."""
    if said[:2] == ["kubectl", "exec"] or said[:2] == ["oc", "exec"]:
        return said[said.index("--") + 1 :] or said if "--" in said else said
    if said[:2] in (["docker", "exec"], ["podman", "exec"]):
        at = next((at for at, word in enumerate(said[2:], 2) if not word.startswith("-")), len(said))
        return said[at + 1 :] or said
    return said


def _without_places(said: list[str]) -> list[str]:
    if said[0] in _CUTS:
        return said
    kept, words_left = said[:1], iter(said[1:])
    for word in words_left:
        if word in _PLACES:
            next(words_left, None)
        else:
            kept.append(word)
    return kept


def _names(said: Sequence[str], *, is_cut: bool) -> Iterator[str]:
    program, plain = said[0], [word for word in said[1:] if not word.startswith("-")]
    if program in _QUERIES:
        yield _last_step(plain[0]) if plain and _field().search(plain[0]) else ""
    elif program in _CUTS:
        yield from _names_in_scripts(plain)
    elif program in _DATABASES:
        yield from _columns_in(said)
    elif program in ("grep", "egrep", "rg"):
        yield plain[0] if plain and is_cut and _variable_name().fullmatch(plain[0].strip("^=")) else ""
    elif program in ("echo", "printf"):
        yield _variable(plain[-1:]) if len(plain) == 1 or program == "printf" else ""
    elif program in _SHOWS_FILES:
        yield _last_step(_value_of(said, "--extract"))
        yield from _names_of_file(plain[-1]) if plain else ()
    else:
        yield from _names_by_manual(said, plain)


def _names_in_scripts(plain: Sequence[str]) -> Iterator[str]:
    """Yield what a line begins with that is cut: ``s/^PASSWORD=//p``, ``/API_KEY/{print $2}``."""
    return (found["name"] for word in plain if (found := _script().match(word)) is not None)


def _columns_in(said: Sequence[str]) -> Iterator[str]:
    """Yield the only column that is selected: ``select password from users``."""
    return (found["column"] for word in said if (found := _selection().match(word)) is not None)


def _names_by_manual(said: Sequence[str], plain: Sequence[str]) -> Iterator[str]:
    program = said[0]
    fields = [field for option in _FIELDS.get(program, ()) if (field := _value_of(said, option))]
    for field in fields:
        step = _last_step(field)
        yield step
        is_of_a_secret = any(word.partition("/")[0] in ("secret", "secrets") for word in plain)
        if program in _VAULTS and step == "secret_id":
            # Of a role of Vault; elsewhere a secret's id is its name.
            yield "secret"
        if step.lower() in _VALUES or (".data." in field and is_of_a_secret):
            yield from (_last_step(_value_of(said, option)) for option in _SECRETS.get(program, ()))
            yield "secret" if is_of_a_secret else ""
    lines = tuple(f"{' '.join(each)} " for each in (said, [program, *plain]))
    if plain and any(line.startswith(f"{beginning} ") for beginning in _NAMED_BY_LAST_WORD for line in lines):
        yield _last_step(plain[-1])
    yield from (name for beginning, name in _SAID.items() if lines[0].startswith(f"{beginning} "))
    if program in ("pass", "gopass") and len(plain) == 1 and "/" in plain[0]:
        yield "password"
    if program.startswith("python") and any(call in word for word in plain for call in _GENERATES):
        yield "secret"
    if not fields:
        yield from _names_of_subcommand(said[1:])


def _names_of_subcommand(arguments: Sequence[str]) -> Iterator[str]:
    """Yield what the words before the arguments hand out: ``auth token``, ``print-access-token``, ``create token``."""
    before = ""
    for at, word in enumerate(arguments):
        if _subcommand().fullmatch(word) is None:
            return
        verb, _, rest = word.partition("-")
        if verb in _VERBS and rest:
            yield rest
        elif (before == "auth" or (at == 1 and before in _TOPICS)) and word not in _KINDS:
            yield word
        before = word


def _names_of_file(path: str) -> Iterator[str]:
    """Yield what a file is called: ``admin.password``, ``/run/secrets/db``, ``.pgpass``."""
    *folders, name = path.replace("\\", "/").split("/")
    parts = [part for part in name.split(".") if part]
    if path in ("/dev/urandom", "/dev/random"):
        yield "secret"
        return
    if not parts or parts[-1].lower() in _SPOKEN_FILES or path == "/etc/passwd" or words_of(name)[-1:] in _SETTINGS:
        return
    yield "_".join(parts)
    yield from reversed(parts)
    if not _OF_SECRETS.isdisjoint((*folders[-1:], *parts)):
        yield "secret"


def _value_of(said: Sequence[str], option: str) -> str:
    for at, word in enumerate(said):
        if word == option and at + 1 < len(said):
            return said[at + 1]
        if word.startswith(f"{option}="):
            return word[len(option) + 1 :]
    return ""


def _variable(plain: Sequence[str]) -> str:
    found = _reference().fullmatch(plain[0]) if len(plain) == 1 else None
    return found["name"] if found else ""


def _is_everything(said: Sequence[str]) -> bool:
    return not any(_field().search(word) for word in said[1:] if not word.startswith("-"))


def _last_step(text: str) -> str:
    """Return the last name in a path: of ``Credentials.SecretKey``, ``{.data.password}``, ``secret/db/password``."""
    steps = _step().findall(_default().sub("", text))
    return steps[-1] if steps else ""


@cache
def _step() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][\w-]*+", re.ASCII)


@cache
def _default() -> re.Pattern[str]:
    """Match what jq makes of a field, and what it prints instead of none."""
    return re.compile(r"\s*(?:\|\s*(?:@base64d?|@text|tostring)|//\s*(?:empty|null|\"\"))\s*", re.ASCII)


@cache
def _field() -> re.Pattern[str]:
    """Match a query of jq that ends with a field, whatever is made of its text."""
    made = r"(?:\s*+(?:\|\s*+(?:@base64d?|@text|tostring|\.)|//\s*+(?:empty|null|\"\")))*+"
    return re.compile(rf"""[.\["][A-Za-z_][\w-]*+["\]]*+(?:\[\])?{made}\s*+$""", re.ASCII)


@cache
def _subcommand() -> re.Pattern[str]:
    return re.compile("[a-z][a-z-]{1,40}", re.ASCII)


@cache
def _variable_name() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)*", re.ASCII)


@cache
def _script() -> re.Pattern[str]:
    return re.compile(r"(?:s[/|,#]|/)\^?(?P<name>[A-Za-z][\w.-]{1,64})", re.ASCII)


@cache
def _selection() -> re.Pattern[str]:
    return re.compile(r"(?i:\s*select\s+(?:distinct\s+)?(?:\w+\.)?[\"`]?(?P<column>\w+)[\"`]?\s+from\s)", re.ASCII)


@cache
def _reference() -> re.Pattern[str]:
    return re.compile(r"\$\{?(?P<name>[A-Za-z_]\w*)(?::?-)?\}?", re.ASCII)
