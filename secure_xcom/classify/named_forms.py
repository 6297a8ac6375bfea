"""``NAMED_FORMS``: fields that are secrets if what stands there has the form that one service gives its keys.

The name alone means something else elsewhere: a broker's routing key is a word, and ``tan`` is a number of geometry.
"""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.kind import UUID, Kind, text_matches

NAMED_FORM: Final = "shape-named-form"

_HEX_32: Final = re.compile(r"(?=[0-9]{0,31}[a-f])(?=[a-f]{0,31}[0-9])[0-9a-f]{32}", re.ASCII)
_HEX_40: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)
_HEX_48: Final = re.compile(r"[0-9a-f]{48}(?:[0-9a-f]{16})?", re.ASCII)
_HEX_LONG: Final = re.compile(r"[0-9a-f]{64,128}", re.ASCII)
_LONG: Final = re.compile(r"[\w+/=~.-]{24,512}", re.ASCII)
_KEY_OF_STREAM: Final = re.compile(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3,5}", re.ASCII)
_KEY_OF_16: Final = re.compile(r"(?=[^0-9]{0,15}[0-9])(?=[^A-Za-z]{0,15}[A-Za-z])[!-~]{16}", re.ASCII)
_BYTES_32: Final = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_LONG_SESSION: Final = re.compile(
    r"(?=[^0-9]{0,63}[0-9])(?=[^a-z]{0,63}[a-z])(?=[^A-Z]{0,63}[A-Z])[\w-]{40,256}", re.ASCII
)
_CHARACTERS_20: Final = re.compile(r"(?=[^0-9]{0,19}[0-9])[A-Za-z0-9]{20}", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]{6}", re.ASCII)
_CHARACTERS_16: Final = re.compile(
    r"(?=[0-9]{0,15}[a-f])(?=[a-f]{0,15}[0-9])[0-9a-f]{16}|(?=[^0-9]{0,15}[0-9])(?=[^a-z]{0,15}[a-z])(?=[^A-Z]{0,15}[A-Z])"
    r"(?=[\w./-]{0,15}[^\w\s./-])\S{16}",
    re.ASCII,
)

NAMED_FORMS: Final = tuple(
    Kind(
        id=NAMED_FORM,
        needs=frozenset({role, *beside}),
        secret=(role,),
        source=source,
        holds=text_matches(role, form),
    )
    for role, beside, form, source in (
        ("routingkey", (), _HEX_32, "PagerDuty, Events API v2: the key of an integration"),
        ("localkey", (), _CHARACTERS_16, "Tuya, Cloud API: the key of a device in the local network"),
        ("sid", ("isportalport",), _LONG_SESSION, "Synology, DSM Login Web API: a session"),
        ("credentialsid", ("credentialstype",), _CHARACTERS_20, "ThingsBoard, REST API: the token of a device"),
        ("key", ("kid", "tracktype"), _HEX_32, "Widevine and PlayReady, servers of licences: the key of a track"),
        ("secondkey", (), _HEX_32, "PayU, REST API: the key with which notifications are signed"),
        ("authid", (), _HEX_LONG, "Bitrix24, REST API: the token of an application"),
        ("refreshid", (), _HEX_LONG, "Bitrix24, REST API: what renews the token of an application"),
        ("tan", (), _DIGITS, "FinTS: the number with which an order is confirmed"),
        ("result", ("jsonrpc",), _HEX_32, "Zabbix, API: the session that user.login answers with"),
        ("key", ("reusable", "ephemeral"), _HEX_48, "Headscale, command line: a key with which machines join"),
        ("sessionid", ("sessiontimeout",), UUID, "SAP Business One, Service Layer: Login"),
        ("cs", ("ci", "saak", "sask"), _LONG, "Infor OS, file of an authorized app (.ionapi)"),
        ("sask", ("ci", "cs", "saak"), _LONG, "Infor OS, file of an authorized app (.ionapi)"),
        ("streamname", ("ingestionaddress",), _KEY_OF_STREAM, "YouTube, Live Streaming API: liveStreams"),
        ("exchangekey", ("signkey",), _KEY_OF_16, "NAV Online Szamla, API: technical user"),
        *(
            (role, (), _HEX_32, "RFC 2617 section 3.2.2.2: the hash of user, realm and password")
            for role in ("ha1", "ha1b")
        ),
        ("signkey", ("exchangekey",), _LONG, "NAV Online Szamla, API: technical user"),
        ("encrypt", (), _BYTES_32, "Consul and Nomad, settings of agents: the key with which they gossip"),
        ("hostkey", (), _DIGITS, "Zoom, API: the number with which somebody becomes host of a meeting"),
        ("sha1", ("tokenlasteight",), _HEX_40, "Gitea, API: a token of a user, told once"),
    )
)
"""Each is the role of the key, what stands beside it, its form, and where that is documented."""
