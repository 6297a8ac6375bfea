"""What stands where a secret could stand: masks, templates, references, paths, words for a state, public keys.

``classify.values`` asks for it. The patterns are compiled when the first value under the name of a secret is looked at.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final


@cache
def stands_for_any() -> re.Pattern[str]:
    """Match what stands in the place of a secret under any name. No part of a pattern may begin where another ends."""
    return re.compile("|".join((*_MASKS, *_TEMPLATES, *_REFERENCES, *_RANGES, *_PLACEHOLDERS, _ROOTED_PATH)))


@cache
def hides_any() -> re.Pattern[str]:
    """Match a mask, and a template without a default."""
    return re.compile("|".join((*_MASKS, *_TEMPLATES)))


@cache
def stands_for_weak() -> re.Pattern[str]:
    """Match what stands in the place of a secret, or tells of one, under a name with other meanings."""
    return re.compile("|".join((*_PATHS, *_CONSTANTS, *_DATABASES, *_VERSIONS)))


@cache
def names_a_key() -> re.Pattern[str]:
    """Match what names a key of a key service."""
    return re.compile("|".join(_NAMES_OF_KEYS))


@cache
def public_key() -> re.Pattern[str]:
    """Match a public key, or a certificate, from its beginning to its end."""
    return re.compile("|".join(_PUBLIC_KEYS))


@cache
def key_of_a_map() -> re.Pattern[str]:
    """Match a key under which a Secret of Kubernetes keeps something, if it is made of small words or capitals."""
    return re.compile(r"[a-z]{2,15}(?:[._-][a-z]{2,15}){0,5}|[A-Z]{2,15}(?:_[A-Z]{2,15}){0,5}")


_NAMES_OF_KEYS: Final = (
    r"(?:key/)?(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-f]{32})",
    r"alias/[\w/-]{1,250}",
    r"(?i:aes|rsa|ecc?|hmac|sha|des)[_-]?[0-9]{1,4}(?:[_-](?i:cbc|gcm|ctr|oaep|kwp?|sha[_-]?[0-9]{1,3})){0,3}",
)
"""Ids, ids of several regions and aliases of AWS's KMS ("Key identifiers" in its guide), and algorithms."""

_HIDDEN: Final = "(?i:redacted|masked|hidden|secret|sensitive|removed|filtered|scrubbed)"

_MASKS: Final = (
    r"[*\u2022\u25cf]+|\.{3,}|\u2026|-+|_{3,}",
    rf"[\[(<*]{{1,3}}{_HIDDEN}[\])>*]{{1,3}}|REDACTED|MASKED|HIDDEN|ENC X{{4,64}}",
    r"[\w+/=.-]{1,12}+\*{6,64}+(?>[\w+/=.-]{1,9}+\*{6,64}+){0,2}+[\w+/=.-]{0,12}+",
    r"\((?:sensitive value|known after apply|sensitive)\)",
)
"""What programs write where they hide a text; the last line is Terraform's."""

_DESCRIBED: Final = (
    "(?:an?|the|your|our|my|own|long|random|secret|secure|strong|unique|safe|real|actual|something|some|at|least|of|in|"
    "string|key|password|token|value|chars?|characters?|bytes|bits|code|hex|base64|prod|production|[0-9]{1,3})"
)
"""Words that describe a secret, in a request to write one."""

_UNIT: Final = "(?:char(?:acter)?|byte|bit|digit)s?"

_TEMPLATES: Final = (
    r"\{\{(?![^{}]*default)[^{}]*\}\}|=\{\{ ?\$[^{}]*\}\}|\{%[^{}%]*%\}|\$\{\{[^{}]*\}\}|#\{[^{}]*\}|<%[^<>%]*%>",
    r"\{\{ ?[\w.]{1,64} ?\| ?default\((?:omit|''|\"\"|None|none)(?:, ?true)?\) ?\}\}",
    r"\$\{[\w. ]+(?::?-?|:?\?[^{}]*)\}",
    r"\$\{\w+:?-(?i:!{1,3}change_?me!{1,3})\}",
    r"\$\{\w+:[A-Z]{2,16}(?:_[A-Z]{2,16}){1,6}\}|\$\([^()]*\)|(?P<quote>['\"]?)\$[A-Z]+(?:_[A-Z0-9]+)*(?P=quote)|%[A-Z_][A-Z0-9_]*%",
    r"(?:\$_(?:ENV|SERVER)\[|getenv\()['\"][A-Z]{2,16}(?:_[A-Z0-9]{1,16}){0,8}['\"][\])]",
    (
        r"!(?:env_var|secret|vault|ref|Ref|GetAtt) (?:[a-z]{2,24}|[A-Z]{2,24})[0-9]{0,2}"
        r"(?:[_./-](?:[a-z]{1,24}|[A-Z]{1,24})[0-9]{0,2}){0,8}"
    ),
    r"env\([A-Z][A-Z0-9]{0,15}(?:_[A-Z0-9]{1,16}){1,8}\)|\$\{[a-z][a-z0-9]{0,31}(?:\.[a-z][a-z0-9-]{0,31}){1,8}\}",
    r"%%[A-Z][A-Z0-9]{0,15}(?:_[A-Z0-9]{1,16}){0,8}%%|__[A-Z]{2,16}(?:_[A-Z0-9]{1,16}){1,8}__",
    r"@[a-z][a-z0-9]{0,31}(?:[.-][a-z][a-z0-9]{0,31}){1,8}@|@[A-Z]{2,16}(?:_[A-Z0-9]{1,16}){1,8}@|#\{[\w.-]{1,64}\}#",
    r"(?i:(?:bearer|basic|token) )\$\{[\w.]{1,64}\}|(?i:(?:bearer|basic|token) )\{\{[\w. $]{1,64}\}\}",
    r"(?:[a-z]{2,10}://)?\$\{[A-Z][A-Z0-9_]{0,63}\}(?:[./:@-]{0,3}\$\{[A-Z][A-Z0-9_]{0,63}\}){1,6}/?",
    r"%[a-z]{2,24}(?:[._][a-z]{2,24}){1,6}%|%(?:secret|password|token)%|%env\([\w:]{1,64}\)%",
    r"\{\.\w{1,32}(?:\[['\"][\w.-]{1,128}['\"]\]|\.[\w-]{1,64}){1,4}\}",
    r"%\([a-zA-Z_]\w*\)s|%s|\{[A-Za-z_.]+\}|\[?<[A-Za-z][A-Za-z_ .:/-]*>\]?|\[[A-Za-z]+(?:[_ -]+[A-Za-z]+)+\]",
    r"<(?:[A-Za-z]{1,16}:? ){2,12}-{1,2}[a-z]{1,8}[0-9]{0,3}(?: [0-9]{1,3})?>",
    rf"<(?i:(?:{_DESCRIBED}[ _-]){{0,4}}base(?:32|58|64)(?:[ _-](?:{_DESCRIBED}|encoded|here|secret)){{0,4}})>",
    rf"<(?:[A-Za-z]{{1,16}} ){{0,6}}[0-9]{{1,3}}[ -](?:[A-Za-z]{{1,16}} ){{0,2}}{_UNIT}(?: [a-z]{{1,16}}){{0,4}}>",
)
"""Jinja, Helm, GitHub Actions, Ruby and ERB; PHP; tags of YAML (Home Assistant, CloudFormation); shells, Windows,
Supabase, Spring and Symfony, whose names have a dot and may have a dash; marks of pipelines, which replace
what stands between them; Python, and words in brackets for people to fill in.

A template with a default, as in ``${DB_PASSWORD:-x}``, is not harmless: the default may be the secret.
"""

_REFERENCES: Final = (
    r"arn:aws[a-z-]*:[\w.-]+:[\w-]*:[0-9]*:[\w+=,.@:/*-]+",
    r"projects/[\w.:-]+(?:/locations/[\w-]+)?/secrets/[\w-]+(?:/versions/[\w-]+)?",
    r"projects/[\w.:-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+(?:/cryptoKeyVersions/[0-9]+)?",
    r"/subscriptions/[0-9a-fA-F-]{36}/resource[gG]roups/[\w.()-]+/providers/[\w.]+(?:/[\w.-]+)+",
    r"crn:v1(?::[\w./-]*){8}",
    r"ocid1\.[a-z0-9]+\.[a-z0-9-]+\.[a-z0-9-]*(?:\.[a-z0-9_-]+){1,2}",
    r"https://[a-z0-9-]+\.vault\.azure\.net/[\w/.-]*|@Microsoft\.KeyVault\([^()]*\)",
    r"op://[\w ./-]+|(?:ref\+)?(?:vault|awssm|awsssm|gcpsecrets|azurekeyvault|secretref|keyref|ssm|sm|gcpsm|gsm|secretmanager|secretsmanager)://?[\w./#:@+-]+",
    r"(?:(?:aws|gcp|azure|oci|ibm)-(?:sm|ssm|kv|secrets?)|akv|conjur|akeyless)://(?>[a-z]{1,24}+[0-9]{0,2}+[/#:._-]){1,8}+[a-z]{1,24}+",
    r"tls\.(?:crt|key)|ca\.crt",
    r"vault:[\w-]+(?:/[\w-]+)+(?:#[\w.-]+)?|secretref:[\w.-]+",
    r"\{cipher\}[0-9a-f]{32,512}",
)
"""Names in the secret stores of AWS, Google, Azure, IBM, Oracle, 1Password, Kubernetes and Vault, as they document
them, and what Spring Cloud Config encrypted."""

_ASKED: Final = "(?:please[_ -])?(?:change|replace)(?:[_ -](?:me|this|it))?[_ -](?:to|with|by)"

_TOLD: Final = "(?:[a-z]{1,16}|[0-9]{1,4}|base(?:32|58|64)|sha(?:256|512)|ed25519)"
"""Words, a number, and names of formats: nothing that a password alone would be made of."""

_NAMED: Final = (
    "(?:password|passphrase|secret|token|key|api|credentials?|value|user|username|name|id|account|domain|host|hostname|"
    "url|uri|project|org|organization|app|client|database|db|email|license|code|string|here|region|tenant|server|login)"
)
"""What somebody is asked to write: ``save-your-tears`` asks for nothing, and may be a password."""

_BEGINNINGS: Final = (
    r"(?:[spr]k[_-](?:(?:test|live|proj|ant)[_-])?|whsec_|gh[opsu]_|github_pat_|glpat-|xox[abps]-|AKIA|AIza|eyJ|hf_|"
    r"SG\.|npm_|\$2[aby]\$(?:[0-9]{2}\$)?)"
)
"""How providers begin their tokens, and bcrypt its hashes."""

_STAGE: Final = "(?:prod|production|dev|development|staging|env)"

_MADE: Final = "(?:generate|get|obtain|create|paste|copy)"

_RELEASE: Final = r"(?:-(?:alpha|beta|rc|canary|next|dev|preview|snapshot)(?:[.-]?[0-9]{1,4})?)?"

_RANGES: Final = (
    rf"[~^][0-9]{{1,3}}(?:\.[0-9]{{1,5}}){{2}}{_RELEASE}",
    r"sha(?:1-[A-Za-z0-9+/]{27}=|256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)",
)
"""Ranges of versions of packages, and their digests (W3C, Subresource Integrity)."""

_VERSIONS: Final = (rf"v?[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{2}}{_RELEASE}", r"[~^][0-9]{1,3}(?:\.[0-9]{1,5})?")
"""Versions of packages, of which some are called ``jsonwebtoken``."""

_PLACEHOLDERS: Final = (
    rf"(?i:!{{0,3}}change[_ -]?(?:me|this|it)(?:[_ -]?(?:please|now|too|in[_ -]{_STAGE}))?[!.]*)",
    r"(?i:replace[_-](?:api[_-]?)?(?:key|token|password|secret))",
    r"(?i:replace[_ -]?(?:me|this)|generate[_ -]?(?:me|this)|fill[_ -]?me[_ -]?in)",
    r"(?i:to[_ -]?be[_ -]?(?:modified|changed|replaced|filled|defined|set))",
    r"(?i:your(?:password|secret|token|api_?key|passkey|passphrase|secretkey|accesskey))",
    "YOUR[_ -]PASS(?:KEY|CODE|PHRASE)",
    "(?:api|client|access|auth|consumer|app)(?:Secret|Key|Token)",
    "EDIT_?ME|SET[_-]ME(?:[_-]PLEASE)?",
    "REDACTED_(?:[A-Z]{2,16}_){0,3}(?:PASSWORD|SECRET|TOKEN|KEY|CREDENTIALS?|VALUE)",
    r"(?i:replacemewith(?:an?|the|your|some)[a-z]{1,60})",
    "you_must_generate_a_random_string_of_more_than_[a-z]{3,9}_chars_and_configure_this",
    r"\*{2,8} (?:LOADED|SET|READ|INJECTED) (?:FROM|IN|BY|VIA)(?: [A-Z]{1,16}){0,4} (?:VAULT|ENV|SECRETS) \*{2,8}",
    r"-{2,} ?(?i:change[ _-]me(?:[ _-]now)?) ?-{2,}",
    r"-{2,} ?[A-Za-z]{1,16}(?: [A-Za-z]{1,16}){0,6} here ?-{2,}",
    r"(?i:[a-z]{1,16}(?: [a-z]{1,16}){1,6} (?:with|of) [0-9]{1,3}[ -](?:chars?|characters?|bytes?|bits?))",
    rf"(?i:(?:insert|enter)[_ -](?:{_TOLD}[_ -]){{0,6}}(?:password|secret|token|key|credentials?|value|here))",
    r"(?i:todo|tbd|fixme|placeholder|null|none|nil|undefined|n/a|<none>|\(none\)|not[_ -]set|unset|example|dummy)",
    r"[xX]{3,}(?:[ -][xX]{3,})*\.*|[A-Za-z_-]{1,12}[xX]{6,}",
    r"(?P<one>[a-z])(?P=one){3}(?: (?P=one){4}){3}|abcd(?: abcd){3}|(?P<same>[A-Z])(?P=same){11,}",
    r"(?i:replace[_ -]with[_ -][a-z _-]+)",
    r"(?i:your (?:password|email|account|token|phone number) (?:has been|was|is) (?:changed|reset|updated|expired))",
    rf"(?i:replace[_ -](?:(?:me|this|it)[_ -])?with[_ -](?:{_TOLD}[_ -]){{0,11}}{_NAMED})",
    rf"(?i:{_MADE}[_ -](?:an?|the|some)[_ -](?:(?:[a-z]{{1,12}}|[0-9]{{1,4}})[_ -]){{1,6}}{_NAMED}(?:[_ -]here)?)",
    rf"{_BEGINNINGS}(?:\.{{3}}|\u2026|\*{{3,}}|[xX]{{3,}}|(?i:(?:change|replace)[_-]?me))",
    r"<(?i:your)[_ -][A-Za-z0-9]{1,24}(?:[_ -][A-Za-z0-9]{1,24}){0,6}>",
    r"[?#]{1,8}|(?:sk|pk|rk|ghp|gho|xox[abp]|api|key)[-_]\?{0,8}",
    rf"(?i:(?:[a-z]{{1,12}}[_ -]){{1,3}}your[_ -](?:[a-z]{{1,12}}[_ -]){{0,6}}{_NAMED}(?:[_ -](?:here|goes|now))*)",
    rf"(?i:{_ASKED}(?:[_ -]{_DESCRIBED}){{1,8}}(?<![0-9]))",
    r"(?:\u8bf7)?\u586b\u5199\u4f60\u7684[A-Za-z\u4e00-\u9fff]{1,24}",
    r"\{\}|\[\]|string|SecureString|''|\"\"",
)
"""What people write until there is a secret, as in ``YOUR_API_KEY`` and ``insert-token-here``; the last but one is
Chinese for "fill in your"."""

_ROOTS: Final = "etc|var|opt|home|usr|run|tmp|mnt|root|srv|app|data|dev|proc|Users|secrets|keys|certs|config|workspace"

_ROOTED_PATH: Final = rf"/(?:{_ROOTS})(?:/[\w.@ -]+)+/?"
"""As in ``/run/secrets/db``, or the shell's ``PWD``: nobody has such a password."""

_EXTENSIONS: Final = (
    "pem|key|keytab|keystore|crt|ca|cer|der|p12|pfx|jks|json|ya?ml|toml|ini|txt|env|conf|kdbx|ppk|pub|properties"
)

_PATHS: Final = (
    r"(?:~|\.{1,2}|<[A-Z_]{1,32}>)(?:/[\w.@ -]+)+/?",
    rf"(?:[A-Za-z]:)?[/\\]{{0,2}}(?:[\w.@ -]+[/\\]{{1,2}})*[\w@ -][\w.@ -]*\.(?i:{_EXTENSIONS})",
    r"(?:s3|gs|abfss?|wasbs?|file|hdfs|dbfs)://?[\w.@/ -]+",
    r"%kernel\.\w{1,32}%(?:/[\w.-]{1,64}){1,8}",
    r"classpath\*?:/?[\w-]+(?:/[\w-]+)*(?:\.[a-z0-9]{2,10}|(?<=_key))",
)
"""Where a secret is kept; a path has a known extension, a scheme or stands below a home."""

_CONSTANTS: Final = (
    r"[a-z][a-z0-9]{0,15}(?:[_-][a-z][a-z0-9]{0,15}){1,4}[_-](?:creds|credentials)",
    r"(?:[a-z][a-z0-9]{0,30}\.){1,10}[A-Z][A-Za-z]{1,60}Module (?:required|requisite|sufficient|optional) ?;?",
    r"(?P<letter>[a-z])(?P=letter){11,}|[0-9]{44}|Guest",
    r"[A-Z]{2,15}(?:_[A-Z]{2,15}){1,5}|(?i:scram-sha-(?:1|256|512)|aws4-hmac-sha256)",
)
"""Names of files with credentials, as Kafka's images take them, modules of JAAS without options, and members of
enumerations, as ``CUSTOM_JWT``. One letter stands for a token, and 44 digits are the number of an invoice in Brazil.
A user who has not logged in is a ``Guest``."""

_SPEAKING: Final = r"mongodb(?:\+srv)?|postgres(?:ql)?|mysql|rediss?|amqps?|sqlserver|tcp"

_HOST: Final = "(?:[a-z0-9-]{1,63}(?:[.][a-z0-9-]{1,63}){1,8}|localhost)(?::[0-9]{2,5})?"
"""A host with a dot: what stands alone may be a token, as NATS takes one there."""

_OPTION: Final = (
    "(?i:database(?:name)?|encrypt|trustservercertificate|integratedsecurity|logintimeout|usessl|sslmode|useunicode|"
    "characterencoding|servertimezone|allowpublickeyretrieval|autoreconnect|zerodatetimebehavior|currentschema|"
    "createdatabaseifnotexist|rewritebatchedstatements|usetimezone|uselegacydatetimecode|allowmultiqueries)"
)
"""Options of drivers of JDBC whose values are switches, numbers and names."""

_VARIABLE: Final = r"(?:\$\{\w{1,64}\}|\{\{ ?[\w.]{1,64} ?\}\})"

_DATABASES: Final = (
    rf"(?:{_SPEAKING})://[\w.,:-]+(?:/[\w-]{{0,63}})?(?:\?[a-z_]{{1,32}}=(?:[0-9]|true|false))?",
    r"(?:postgres(?:ql)?|mysql)(?:\+[a-z0-9]{2,16})?://(?:postgres|root|admin|user|app|airflow|sa|guest)@[a-z0-9.-]{1,128}(?::[0-9]{2,5})?/[a-z][\w.-]{0,63}",
    rf"jdbc:[a-z]{{2,16}}://[\w.,:-]{{1,253}}(?:/\w[\w-]{{0,63}})?(?:[?&;]{_OPTION}=[\w/.-]{{0,32}}){{0,12}};?",
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}:[0-9]{2,5}",
    r"sqlite(?:\+(?:py|aio)sqlite)?:/{2,4}(?::memory:|(?:[A-Za-z]:)?[\w./\\ {}$-]{0,200})",
    rf"[a-z][a-z0-9+.-]{{1,30}}://(?:{_VARIABLE}|[\w.-]{{0,64}}):{_VARIABLE}@[\w.,:-]{{1,256}}(?:/(?:{_VARIABLE}|\w{{0,63}}))?",
    rf"(?:grpcs?|nats|smtps?)://{_HOST}",
    "smtp://(?:mail(?:hog|pit|catcher|dev|er)?|smtp|postfix|localhost):[0-9]{2,5}",
    r"[A-Za-z][\w-]{0,63}:?@(?:tcp|unix)\([\w.:/-]{1,253}\)/\w{0,63}(?:\?[A-Za-z]{2,24}=[\w/%-]{1,32}(?:&[A-Za-z]{2,24}=[\w/%-]{1,32}){0,8})?",
    r"[a-z][\w.-]{0,252}:[0-9]{4,5}/[a-z][\w.-]{0,126}",
    r"(?:doctrine|sync|null|in-memory)://(?:default|null)?(?:\?(?:auto_setup=(?:[01]|true|false)|queue_name=[a-z_]{1,64}))?",
    r"(?:[a-z0-9][a-z0-9-]{0,62}\.){2,8}[a-z]{2,24}(?::[0-9]{2,5})?",
    r"(?:[a-z][a-z0-9+.-]{1,30}://)?[\w.%+-]{0,64}:\*{3}(?:@[\w.,:-]{1,256}(?:/\w{0,63})?)?",
)
"""Where a database is, without a password, and where nothing is kept. Go's, Oracle's "easy connect", a host.

The last has the mask of Airflow where the password was: what a task rendered or printed with a masked one.
"""

_PUBLIC: Final = "(?:PUBLIC KEY|CERTIFICATE)"

_KIND_OF_KEY: Final = "(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp[0-9]{3})"

_PUBLIC_KEYS: Final = (
    rf"{_KIND_OF_KEY}(?:-cert-v01@openssh\.com)? AAAA[A-Za-z0-9+/]++={{0,2}}(?: [\w.@-]{{1,128}})?",
    rf"(?:-----BEGIN {_PUBLIC}-----[A-Za-z0-9+/=\s]++-----END {_PUBLIC}-----\s*+){{1,4}}+",
)
"""Keys of OpenSSH (sshd(8), "AUTHORIZED_KEYS FILE FORMAT") and PEM (RFC 7468), which everybody may have."""

LONGEST_PUBLIC_KEY: Final = 8192
"""Characters of a chain of four certificates; an RSA key of 16,384 bits has 2,800."""

TRUTHS: Final = frozenset(("true", "false", "yes", "no", "on_create", "inherit"))
"""What a text says in place of a bool, Ansible's ``update_password`` and ``secrets`` of GitHub Actions too."""

STATES: Final = frozenset(
    """
    true false yes no on off enabled enable disabled disable active inactive valid invalid expired revoked expiring
    unknown ok pass passed fail failed error success succeeded failed failure pending required optional allowed
    denied present absent available unavailable new ready creating created updating updated deleting deleted
    rotating rotated verified unverified authorized unauthorized authenticated unauthenticated allow deny default
    noauth auto automatic manual inherit inherited open closed public private internal external managed custom any all
    never always sometimes missing found approved rejected granted refused accepted declined completed cancelled
    confirmed offline online

    bearer basic digest negotiate ntlm kerberos ldap saml saml2 oauth oauth1 oauth2 oidc openid iam jwt opaque mac
    hmac token tokens password passwd secret key keys apikey api_key api-key cookie cookies session sessions
    credentials certificate certificates mtls tls ssl x509 pkce plain login gssapi scram sasl spnego ntlmv2 md5
    crypt sso htpasswd publickey keyboard-interactive api_token access_token personal_access_token service_account
    client_credentials username_password basic_auth oauth2.0 securestring

    preferred_username email_verified offline_access

    rsa dsa ecdsa ed25519 ed448 ec okp oct aes aes-128 aes-256 aes128 aes256 aes-256-gcm des 3des sha1 sha256 sha384
    sha512 hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 eddsa sse-s3 sse-kms aws:kms aws s3 kms
    """.split()  # noqa: SIM905 - a list of words reads best as words
).union(("logged in", "logged out", "api key", "service account"))
"""Words for a status, for kinds of authentication, for claims (OpenID Connect Core, section 5.1) and for algorithms."""
