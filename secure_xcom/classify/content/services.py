"""Rules for the tokens of services for teams: documents, tickets, files, customers, mapping."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import URL_SAFE, Rule, row
from secure_xcom.classify.randomness import is_drawn, is_random

_ACTS: Final = "Reads and changes the workspace as its owner."
_UUID: Final = "<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>"

_KINDS_OF_TOKENS: Final = tuple(
    f"{sign}{kind}{sign}"
    for kind in ("sk", "pat", "oat", "sat", "uat", "key", "token", "secret", "api", "live", "prod", "sandbox")
    for sign in ("_", "-")
)
"""What providers write between their name and what is random in a token."""


def _is_of_a_product(found: re.Match[str]) -> bool:
    """Whether a name stands before the kind of token, and small letters, capitals and digits take turns behind it."""
    before = found.string[max(0, found.start() - _LONGEST_NAME) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    return (
        is_drawn(found["secret"])
        and is_random(found["secret"])
        and _product().search(before) is not None
        and not (after.isalnum() or after in ("_", "-"))
    )


_LONGEST_NAME: Final = 32
_product: Final = late(r"(?<![A-Za-z0-9_/.-])[a-z][a-z0-9]{1,11}(?:[_-](?:v[0-9]|org|team|user|app))?$", re.ASCII)

RULES: Final[tuple[Rule, ...]] = (
    row(
        "linear-key",
        "Linear API key or OAuth token",
        _ACTS,
        "lin_api_ lin_oauth_ lin_wh_",
        r"lin_(?>api|oauth|wh)_[A-Za-z0-9]{32,64}+",
        example="lin_api_<40 base62>",
        counterexample="lin_api_<8 base62>",
        source="https://linear.app/developers/graphql",
    ),
    row(
        "notion-token",
        "Notion integration token",
        _ACTS,
        "ntn_ secret_",
        r"(?>ntn_[0-9]{8,14}+[A-Za-z0-9]{30,40}+|secret_[A-Za-z0-9]{43})",
        example="ntn_<11 digits>J<34 base62>",
        counterexample="secret_manager",
        source="https://developers.notion.com/docs/authorization",
    ),
    row(
        "asana-token",
        "Asana personal access token",
        _ACTS,
        "0/ 1/ 2/",
        r"[012]/[0-9]{13,17}+(?>/[0-9]{13,17}+)?+:[a-f0-9]{32}",
        example="2/<16 digits>/<16 digits>:<32 hex>",
        counterexample="2/<16 digits>",
        source="https://developers.asana.com/docs/personal-access-token",
        boundary=r"A-Za-z0-9_/",
    ),
    row(
        "figma-token",
        "Figma personal access or OAuth token",
        "Reads files as its owner.",
        "figd_ figo_ figu_ figor_ figoh_",
        r"fig(?>d|o|u|or|oh)_[\w\-]{38,64}+",
        example="figd_<40 base62>",
        counterexample="figd_<4 base62>",
        source="https://developers.figma.com/docs/rest-api/authentication/",
        boundary=URL_SAFE,
    ),
    row(
        "dropbox-token",
        "Dropbox access token",
        "Reads and changes files as its owner.",
        "sl. sl.u.",
        r"sl\.(?>u\.)?+[\w\-=]{120,1400}+",
        example="sl.B<140 base62>",
        counterexample="sl.domain",
        source="https://developers.dropbox.com/oauth-guide",
        boundary=URL_SAFE,
    ),
    row(
        "postman-key",
        "Postman API key or collection access key",
        "Reads collections, which hold requests with their secrets.",
        "PMAK- PMAT-",
        r"PM(?>AK-[a-f0-9]{24}-[a-f0-9]{34}|AT-[A-Z0-9]{26})",
        example="PMAK-<24 hex>-<34 hex>",
        counterexample="PMAK-<4 hex>",
        source="https://learning.postman.com/docs/developer/postman-api/authentication/",
        boundary=URL_SAFE,
    ),
    row(
        "clickup-token",
        "ClickUp API token",
        _ACTS,
        "pk_",
        r"pk_[0-9]{5,12}+_[A-Z0-9]{32}",
        example="pk_<8 digits>_<32 upper>",
        counterexample="pk_<8 digits>",
        source="https://developer.clickup.com/docs/authentication",
    ),
    row(
        "trello-token",
        "Trello token",
        _ACTS,
        "ATTA",
        r"ATTA[a-f0-9]{64}[A-F0-9]{0,8}+",
        example="ATTA<64 hex><8 HEX>",
        counterexample="ATTA<8 hex>",
        source="https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/",
    ),
    row(
        "hubspot-token",
        "HubSpot private app token",
        "Reads and changes contacts.",
        "pat-",
        r"pat-(?>na|eu|ap)[0-9]{0,2}+-[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        example=f"pat-na1-{_UUID}",
        counterexample="pat-na1",
        source="https://developers.hubspot.com/docs/guides/apps/private-apps/overview",
        boundary=URL_SAFE,
    ),
    row(
        "salesforce-session",
        "Salesforce session id or access token",
        "Reads and changes records as its owner.",
        "00D",
        r"00D[A-Za-z0-9]{12,15}+![A-Za-z0-9_.]{80,200}+",
        example="00D<12 base62>!AQ<94 base62>",
        counterexample="00D<12 base62>",
        source="https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/quickstart_oauth.htm",
    ),
    row(
        "typeform-token",
        "Typeform personal access token",
        "Reads answers to forms.",
        "tfp_",
        r"tfp_[\w\-.=]{40,80}+",
        example="tfp_<44 base62>_<14 base62>",
        counterexample="tfp_<8 base62>",
        source="https://www.typeform.com/developers/get-started/personal-access-token/",
        boundary=URL_SAFE,
    ),
    row(
        "readme-key",
        "ReadMe API key",
        "Changes documentation.",
        "rdme_",
        r"rdme_[a-z0-9]{70}",
        example="rdme_<70 lower>",
        counterexample="rdme_<8 lower>",
        source="https://docs.readme.com/main/reference/authentication",
    ),
    row(
        "frameio-token",
        "Frame.io developer token",
        "Reads and changes projects.",
        "fio-u-",
        r"fio-u-[\w\-=]{64}",
        example="fio-u-<64 base62>",
        counterexample="fio-u-<8 base62>",
        source="https://developer.frame.io/docs/getting-started/authentication",
        boundary=URL_SAFE,
    ),
    row(
        "adobe-client-secret",
        "Adobe client secret",
        "Gets tokens as the application.",
        "p8e-",
        r"p8e-[A-Za-z0-9_\-]{32}",
        example="p8e-<32 base62>",
        counterexample="p8e-<4 base62>",
        source="https://developer.adobe.com/developer-console/docs/guides/authentication/",
        boundary=URL_SAFE,
    ),
    row(
        "intra-42-secret",
        "42 Intra client secret",
        "Gets tokens as the application.",
        "s-s4t2ud- s-s4t2af-",
        r"s-s4t2(?>ud|af)-[a-f0-9]{64}",
        example="s-s4t2ud-<64 hex>",
        counterexample="u-s4t2ud-<64 hex>",
        source="https://api.intra.42.fr/apidoc/guides/getting_started",
        boundary=URL_SAFE,
    ),
    row(
        "settlemint-token",
        "SettleMint application, personal or service access token",
        "Manages networks as its owner.",
        "sm_aat_ sm_pat_ sm_sat_",
        r"sm_[aps]at_[A-Za-z0-9]{16,64}+",
        example="sm_aat_<16 base62>",
        counterexample="sm_aat_<4 base62>",
        source="https://console.settlemint.com/documentation/",
    ),
    row(
        "n8n-api-key",
        "n8n API key",
        "Runs flows and reads their data.",
        "n8n_api_",
        r"n8n_api_[A-Za-z0-9]{40,120}+",
        example="n8n_api_<80 base62>",
        counterexample="n8n_api_<8 base62>",
        source="https://docs.n8n.io/api/authentication/",
    ),
    row(
        "wakatime-key",
        "WakaTime API key",
        "Reads what its owner worked on.",
        "waka_",
        r"waka_(?>(?>sec|tok|ref)_[A-Za-z0-9]{40,120}+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
        example=f"waka_{_UUID}",
        counterexample="waka_time",
        source="https://wakatime.com/developers",
    ),
    row(
        "pubnub-secret",
        "PubNub secret key",
        "Grants rights to channels.",
        "sec-c-",
        r"sec-c-[A-Za-z0-9+/=\-]{36,64}+",
        example="sec-c-<48 base62>",
        counterexample="sub-c-<48 base62>",
        source="https://www.pubnub.com/docs/general/metadata/users-metadata",
        boundary=r"A-Za-z0-9_+/\-",
    ),
    row(
        "meraki-api-key",
        "Cisco Meraki API key, beside its name",
        "Manages the organisation.",
        "meraki MERAKI X-Cisco-Meraki-API-Key",
        r"[\w\-]{6,32}+(?>\\{0,2}+[\"'])?+\s{0,4}+[=:]\s{0,4}+(?>\\{0,2}+[\"'])?+(?P<secret>[a-f0-9]{40})",
        example="MERAKI_DASHBOARD_API_KEY=<40 hex>",
        counterexample="MERAKI_DASHBOARD_API_KEY=<40 x>",
        source="https://developer.cisco.com/meraki/api-v1/authorization/",
        boundary="",
    ),
    row(
        "zoho-token",
        "Zoho OAuth access or refresh token",
        _ACTS,
        "1000.",
        r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}",
        example="1000.<32 hex>.<32 hex>",
        counterexample="1000.<8 hex>.<8 hex>",
        source="https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token.html",
        boundary=r"A-Za-z0-9_.",
    ),
    row(
        "snyk-token",
        "Snyk personal access or service account token",
        _ACTS,
        "snyk_uat. snyk_sat.",
        r"snyk_[us]at\.[0-9a-f]{8}\.[\w\-.]{40,512}+",
        example="snyk_uat.<8 hex>.<90 url-safe>",
        counterexample="snyk_uat.<8 hex>",
        source="https://docs.snyk.io/snyk-api/authentication-for-api",
        boundary=r"A-Za-z0-9_.\-",
    ),
    row(
        "onfido-token",
        "Onfido API token",
        _ACTS,
        "api_live. api_sandbox. api_live_us. api_live_ca.",
        r"api_(?>live|sandbox)(?>_us|_ca)?+\.[\w\-]{8,16}+\.[\w\-]{24,48}+",
        example="api_live.<11 url-safe>.<32 url-safe>",
        counterexample="api_live.<4 lower>",
        source="https://documentation.onfido.com/getting-started/general-introduction",
        boundary=r"A-Za-z0-9_.\-",
    ),
    row(
        "product-token",
        "Token that says whose it is and what for, as product_pat_... does",
        "Acts as its owner. Providers that nobody listed name their tokens so.",
        _KINDS_OF_TOKENS,
        r"[_\-][a-z]{2,6}[_\-](?>(?>live|test|prod|v[0-9]|eu|us)[_\-])?+(?P<secret>[A-Za-z0-9]{24,256}+)",
        example="acme_pat_<40 base62>",
        counterexample="acme_pat_<40 lower>",
        source="https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
        boundary="",
        check=_is_of_a_product,
    ),
)
