"""The words of ``classify.sections``: last words of names of settings, and what stands under them."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_words import PERIODS, words

SPANS: Final = PERIODS | words(
    """
    in age exp ms msec millis milliseconds timebox inactivity idle window delay renew renewal detect frequency cooldown
    leeway skew wait expire period minute hour day
    expiracao expiracion minutos horas dias segundos minuten stunden tage sekunden heures jours
    """
)
"""Last words of names of periods."""
TIMED: Final = (("expire", "time"), ("expiration", "time"), ("lock", "time"), ("lockout", "time"), ("wait", "time"))
"""Last words of names of periods that are called a time."""

DATED: Final = words("at date time timestamp expires expiry expiration")

LABELS: Final = words(
    """
    user username login email mail host hostname server domain realm db database dbname schema tenant role roles group
    groups scope scopes driver dialect protocol warehouse catalog region type scheme algorithm alg method provider
    namespace status state issuer iss audience aud emissor emisor audiencia mode kind usernames emails subject
    """
)
"""Last words of names of settings that people write."""

WRITERS: Final = words("user username usr email mail login sender from")
"""Last words of names under which an address of mail stands."""

ALGORITHMS: Final = words("algorithm algorithms alg cipher digest variant")
"""Last words of names of how something is signed or encrypted."""

COSTS: Final = words("memory parallelism cost")
"""Last words of names of how much work it is to hash a password."""

TYPES: Final = words("jwt jws jwe at+jwt access refresh bearer")
"""What the header of a token says that it is (RFC 7519, section 5.1; RFC 9068, section 2.1)."""

NUMBERED: Final = words("db database")
"""Last words of names of what Redis numbers."""

NETWORKS: Final = words("whitelist allowlist blacklist denylist blocklist ips cidr cidrs ranges networks proxies")
"""Last words of names of who may log in from where."""

SAID_TOGETHER: Final = words("algorithms roles groups scopes audiences providers")
"""Last words of names of lists that are written with commas."""

LISTED: Final = NETWORKS | words(
    "algorithms roles groups scopes hosts urls uris audience audiences aud issuers endpoints usernames emails providers"
)
"""Last words of names of lists of settings."""

ADDRESSES: Final = words(
    """
    url urls uri uris endpoint endpoints issuer issuers iss audience audiences aud emissor emisor audiencia host path
    server ip
    """
)

SITED: Final = words("domain host url address server")
"""Last words of names under which an address stands, or words in its place."""

OPENING: Final = words("reset magic invite invitation verify verification activation confirm signed sas webhook hook")
"""Words of addresses that let somebody in."""

IDS: Final = words("id ids")

OWNERS: Final = words(
    """
    user db database host server client app application service account schema region realm project cluster tenant
    organization organisation org workspace directory subscription sender role group domain participant customer
    company member trust
    """
)
"""What has a name, or an id, that everybody may know."""

LIMITING: Final = words("limit limits quota quotas throttle throttling timeouts retries ttl")
"""Last words of names of groups whose numbers are limits or periods, whatever each is called."""

LASTING: Final = words(
    "ttl ttls lifetime lifetimes lifespan lifespans timeouts durations expire expires expiry expiration"
)
"""Last words of names of dicts of periods."""

BOUNDING: Final = words("max min maximum minimum")
"""First words of names of limits."""

CARRYING: Final = words("header head prefix with style")
"""Last words of names under which it stands how a token is sent: ``token-start-with``."""

CARRIED: Final = (("token", "name"), ("cookie", "name"), ("header", "name"))
"""Last words of names under which it stands what carries a token."""

SITES: Final = words("strict lax none unset")
"""Which sites a cookie is sent to (RFC 6265bis, section 5.6.7)."""

STAGES: Final = words("prod production dev development stage staging test testing qa uat preprod local")
"""Where something runs. Nobody is let in by one of these words under the name of an environment."""

PARTIES: Final = words("issuer issuers iss audience audiences aud emissor emisor audiencia")
"""Last words of names of who hands out a token, and for whom."""

PREFIXED: Final = words("key prefix")
"""Last words of names under which it stands how the keys of a cache begin."""

CARRIERS: Final = words(
    """
    proxy-authorization bearer basic uuid simple-uuid random-32 random-64 random-128 tik cookie set-cookie x-api-key
    """
)
"""Names of headers, and words before a token in them."""

LEVELS: Final = words("trace verbose debug info information notice warn warning error critical fatal off none all")
"""How much programs log, in the words of Spring, Python and .NET."""
