"""``names_of_output``: what a command calls what it prints, as in ``vault kv get -field=password db``.

A command is read as a shell's user writes it, and nothing of it is run. What prints is the last pipeline's last program
that does more than pass on what it reads.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from secure_xcom.classify.name_words import words

_LONGEST: Final = 4096
"""Characters of a command that is read. A longer one is a script, which prints more than one thing."""

_MOST_POSITIONAL: Final = 4
"""Words of a command before its arguments: ``gcloud auth print-access-token``."""

_BEFORE: Final = words("sudo time exec command nohup env eval")
_CARRIES: Final = words("tr head tail cut sed awk gawk sort uniq xargs tee base64 rev fold paste column strings iconv")
"""Programs that pass on what they read."""

_SHOWS_FILES: Final = words("cat head tail tac less more type zcat sops gpg base64 ansible-vault bat nl get-content")

_OF_SECRETS: Final = words("secrets auth credentials secret")
"""Files, endings and folders of nothing but secrets. What is called so elsewhere may be a list of names."""

_REDIRECTIONS: Final = (">", ">>", "<", ">&", "&>")

_QUERIES: Final = words("jq yq")

_NAMED_BY_OPTIONS: Final = {
    **dict.fromkeys(("vault", "bao"), ("-field", "--field")),
    "aws": ("--query", "--name", "--secret-id"),
    "az": ("--query", "--name"),
    **dict.fromkeys(("kubectl", "oc"), ("-o", "--output", "--template")),
    "gcloud": ("--format", "--secret"),
    "op": ("--fields", "--field"),
}
"""Options that name what is printed, or the secret that it is read from."""

_NAMED_BY_LAST_WORD: Final = words(
    """
    printenv terraform tofu terragrunt pulumi op consul etcdctl redis-cli valkey-cli airflow doppler infisical chamber
    conjur aws git
    """
)

_VAULTS: Final = ("pass", "gopass", "lpass", "pwgen", "apg", "mkpasswd", "keyring")

_SAID: Final[dict[tuple[str, ...], str]] = {
    **{(program,): "password" for program in _VAULTS},
    ("bw", "get", "password"): "password",
    ("security", "find-generic-password"): "password",
    ("secret-tool", "lookup"): "secret",
    ("openssl", "rand"): "secret",
    ("gcloud", "secrets", "versions", "access"): "secret",
    ("az", "keyvault", "secret", "show"): "secret",
    ("kubectl", "get", "secret"): "secret",
    ("oc", "get", "secret"): "secret",
    ("oc", "whoami", "-t"): "token",
    ("oc", "whoami", "--show-token"): "token",
    ("p4", "login", "-p"): "login_ticket",
    ("wg", "genkey"): "private_key",
    ("wg", "genpsk"): "preshared_key",
    ("nk", "-gen"): "nkey_seed",
    ("htpasswd", "-nb"): "password_hash",
    ("htpasswd", "-nbB"): "password_hash",
}
"""What is printed by commands whose own words do not tell, by how they begin."""

_GENERATES: Final = ("Fernet.generate_key", "secrets.token_")
"""What a line of Python says that prints a new secret."""

_TOPICS: Final = words("auth secret secrets key keys credentials")
"""What commands are about whose next word says what they do."""

_VERBS: Final = words("get print show create generate read fetch issue display reveal new")


@lru_cache(maxsize=256)
def names_of_output(command: str) -> tuple[str, ...]:
    """Return the names under which what a command prints may be looked at, the surest first; none for most commands."""
    if not 0 < len(command) <= _LONGEST:
        return ()
    pipeline = _last_pipeline(command)
    for at in reversed(range(len(pipeline))):
        said = pipeline[at]
        program = said[0].rpartition("/")[2]
        if at and (program in _CARRIES or (program in _QUERIES and _is_everything(said))):
            continue
        return tuple(dict.fromkeys(filter(None, _names([program, *said[1:]]))))
    return ()


def _last_pipeline(command: str) -> list[list[str]]:
    """Return the programs, with their arguments, of the last line; nothing if a shell would refuse it."""
    lexer = shlex.shlex(
        command.replace("\\\n", " ").strip().replace("\n", ";"), posix=True, punctuation_chars="|&;<>()"
    )
    lexer.commenters, lexer.whitespace_split = "", True
    pipeline: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word and set(word) <= set("&;()") and word not in _REDIRECTIONS:
                pipeline = [[]] if pipeline[-1] else pipeline
            elif word in _REDIRECTIONS:
                # What follows is a file.
                next(lexer, None)
            elif word in ("|", "|&"):
                pipeline.append([])
            elif pipeline[-1] or not (_assignment().match(word) or word in _BEFORE):
                pipeline[-1].append(word)
    except ValueError:
        return []
    return pipeline if all(pipeline) else []


def _names(said: Sequence[str]) -> Iterator[str]:
    program = said[0]
    options = [word for word in said[1:] if word.startswith("-")]
    plain = [word for word in said[1:] if not word.startswith("-")]
    if program in _QUERIES:
        yield _last_step(plain[0]) if plain and _field().search(plain[0]) else ""
        return
    if program in ("grep", "egrep", "rg"):
        yield plain[0] if plain and not any(_counts().fullmatch(option) for option in options) else ""
        return
    if program == "echo":
        yield _variable(plain)
        return
    if program in _SHOWS_FILES:
        yield from _names_of_file(plain[-1]) if plain else ()
        return
    for option in _NAMED_BY_OPTIONS.get(program, ()):
        yield _last_step(_value_of(said, option))
    if program in _NAMED_BY_LAST_WORD and len(plain) > (program != "printenv"):
        yield _last_step(plain[-1])
    yield from (name for beginning, name in _SAID.items() if tuple(said[: len(beginning)]) == beginning)
    if program.startswith("python") and any(call in word for word in plain for call in _GENERATES):
        yield "secret"
    yield from _names_of_subcommand(said[1:])


def _names_of_subcommand(arguments: Sequence[str]) -> Iterator[str]:
    """Yield what the words before the arguments say: ``auth token``, ``print-access-token``, ``create token``."""
    for word in arguments[:_MOST_POSITIONAL]:
        if _subcommand().fullmatch(word) is None:
            return
        verb, _, rest = word.partition("-")
        if word not in _TOPICS:
            yield rest if verb in _VERBS else word


def _names_of_file(path: str) -> Iterator[str]:
    """Yield what a file is called: ``admin.password``, ``/run/secrets/db``, ``.pgpass``."""
    *folders, name = path.replace("\\", "/").split("/")
    parts = [part for part in name.split(".") if part]
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
    steps = _step().findall(text[:_LONGEST])
    return steps[-1] if steps else ""


@cache
def _assignment() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_]\w*=", re.ASCII)


@cache
def _step() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][\w-]*+", re.ASCII)


@cache
def _field() -> re.Pattern[str]:
    """Match a query of jq that ends with a field, whatever is made of its text."""
    made = r"(?:\s*\|\s*(?:@base64d?|@text|tostring|\.))*+"
    return re.compile(rf"""[.\["][A-Za-z_][\w-]*["\]]*(?:\[\])?{made}\s*$""", re.ASCII)


@cache
def _counts() -> re.Pattern[str]:
    """Match options of grep that print no line."""
    return re.compile("-[A-Za-z]*[clLq][A-Za-z]*|--count|--quiet|--files-with.*", re.ASCII)


@cache
def _subcommand() -> re.Pattern[str]:
    return re.compile("[a-z][a-z-]{1,40}", re.ASCII)


@cache
def _reference() -> re.Pattern[str]:
    return re.compile(r"\$\{?(?P<name>[A-Za-z_]\w*)\}?", re.ASCII)
