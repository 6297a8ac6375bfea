"""Rules for tokens that their beginning tells apart, and nothing else: what follows it is random.

Providers are many, and most of them document the beginning alone. So lengths are bounds, and wider than any that was
seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from secure_xcom.classify.content.rule import BASE64, URL_SAFE, WORD, Rule, row

_ALPHABETS: Final[Mapping[str, str]] = {
    "base62": "[A-Za-z0-9]",
    "url-safe": r"[\w\-]",
    "hex": "[0-9a-f]",
    "lower": "[0-9a-z]",
    "upper": "[0-9A-Z]",
    "base64": "[A-Za-z0-9+/]",
}
"""What tokens are made of, by its name in ``content.invention``."""


def _token(provider: str, beginnings: str, alphabet: str, lengths: tuple[int, int], source: str) -> Rule:
    """Return a rule for tokens that begin with one of ``beginnings`` and have so many further characters."""
    least, most = lengths
    begun = "|".join(sorted(map(re.escape, beginnings.split()), reverse=True))
    first = beginnings.split()[0]
    length = f"{{{least}}}" if least == most else f"{{{least},{most}}}+"
    return row(
        re.sub("[^a-z0-9]+", "-", f"{provider} token".lower()),
        f"{provider} key or token",
        "Calls the provider's interface as its owner.",
        beginnings,
        rf"(?>{begun})(?P<secret>{_ALPHABETS[alphabet]}{length})",
        example=f"{first}<{least} {alphabet}>",
        counterexample=f"{first}<4 {alphabet}>",
        source=source,
        check=_is_mixed if alphabet == "base62" else None,
        checks_itself=alphabet == "base62",
        boundary=f"{BASE64}_" if alphabet == "base64" else URL_SAFE if alphabet == "url-safe" or "-" in first else WORD,
    )


def _is_mixed(found: re.Match[str]) -> bool:
    """Whether small letters and capitals stand in the secret, as in nearly all that is drawn from both."""
    secret = found["secret"]
    return secret not in (secret.lower(), secret.upper())


RULES: Final[tuple[Rule, ...]] = (
    _token("Adafruit IO", "aio_", "base62", (28, 28), "https://io.adafruit.com/api/docs/"),
    _token("Apify", "apify_api_", "base62", (32, 48), "https://docs.apify.com/platform/integrations/api"),
    _token("Baidu Cloud", "bce-v3/ALTAK-", "base62", (16, 32), "https://cloud.baidu.com/doc/qianfan-api/s/ym9chdsy5"),
    _token("Braintrust", "bt-st-", "base62", (32, 64), "https://www.braintrust.dev/docs/reference/api"),
    _token(
        "Browserbase", "bb_live_ bb_test_", "url-safe", (20, 48), "https://docs.browserbase.com/reference/introduction"
    ),
    _token("Cal.com", "cal_live_ cal_test_", "hex", (32, 32), "https://cal.com/docs/api-reference/v1/introduction"),
    _token("Cartesia", "sk_car_", "url-safe", (20, 48), "https://docs.cartesia.ai/get-started/make-an-api-request"),
    _token(
        "CockroachDB",
        "CCDB1_",
        "url-safe",
        (40, 96),
        "https://www.cockroachlabs.com/docs/cockroachcloud/managing-access",
    ),
    _token(
        "Coralogix",
        "cxtp_ cxup_ cxth_",
        "base62",
        (24, 48),
        "https://coralogix.com/docs/user-guides/account-management/api-keys/",
    ),
    _token("Courier", "pk_prod_ dk_prod_", "upper", (28, 28), "https://www.courier.com/docs/reference/auth/intro"),
    _token("Crunchy Bridge", "cbkey_", "base62", (24, 64), "https://docs.crunchybridge.com/concepts/api-keys"),
    _token("Cursor", "crsr_ key_", "hex", (64, 64), "https://cursor.com/docs/cli/reference/authentication"),
    _token(
        "Depot", "depot_project_ depot_user_ depot_org_", "hex", (64, 64), "https://depot.dev/docs/cli/authentication"
    ),
    _token("DevCycle", "dvc_server_", "url-safe", (24, 80), "https://docs.devcycle.com/essentials/keys"),
    _token("FireHydrant", "fhb-", "hex", (32, 64), "https://docs.firehydrant.com/docs/api-keys"),
    _token("GitBook", "gb_api_", "base62", (32, 48), "https://gitbook.com/docs/developers/gitbook-api/authentication"),
    _token(
        "GrowthBook", "secret_admin_ secret_readonly_", "base62", (32, 64), "https://docs.growthbook.io/api-overview"
    ),
    _token("Healthchecks.io", "hcw_ hcr_", "base62", (28, 28), "https://healthchecks.io/docs/api/"),
    _token("Helicone", "sk-helicone-", "url-safe", (20, 64), "https://docs.helicone.ai/helicone-headers/helicone-auth"),
    _token("Hex", "hxtp_ hxtw_", "hex", (64, 128), "https://learn.hex.tech/docs/api-integrations/api/overview"),
    _token("Honeybadger", "hbp_", "base62", (36, 36), "https://docs.honeybadger.io/api/"),
    _token("incident.io", "inc_live_ inc_test_", "base62", (24, 64), "https://api-docs.incident.io/"),
    _token(
        "Inngest",
        "signkey-prod- signkey-test- signkey-branch-",
        "hex",
        (32, 64),
        "https://www.inngest.com/docs/platform/signing-keys",
    ),
    _token("JumpCloud", "jca_", "base62", (36, 36), "https://jumpcloud.com/support/create-api-keys"),
    _token("Kit", "kit_", "hex", (32, 32), "https://developers.kit.com/api-reference/overview"),
    _token(
        "Klarna",
        "klarna_live_api_ klarna_test_api_",
        "url-safe",
        (48, 160),
        "https://docs.klarna.com/api/authentication/",
    ),
    _token("Letta", "sk-let-", "url-safe", (40, 160), "https://docs.letta.com/letta-agent/letta-api-key"),
    _token(
        "Lightdash", "ldpat_ ldsvc_", "hex", (32, 32), "https://docs.lightdash.com/references/workspace/personal-tokens"
    ),
    _token(
        "Logfire",
        "pylf_v1_us_ pylf_v1_eu_ pylf_v2_us_ pylf_v2_eu_",
        "base62",
        (32, 64),
        "https://logfire.pydantic.dev/docs/how-to-guides/create-write-tokens/",
    ),
    _token("MailerSend", "mlsn.", "hex", (64, 64), "https://developers.mailersend.com/general.html"),
    _token(
        "Materialize",
        "mzp_",
        "hex",
        (64, 64),
        "https://materialize.com/docs/security/cloud/users-service-accounts/create-service-accounts/",
    ),
    _token("Mem0", "m0-", "base62", (40, 40), "https://docs.mem0.ai/api-reference"),
    _token("Metabase", "mb_", "base64", (43, 43), "https://www.metabase.com/docs/latest/people-and-groups/api-keys"),
    _token("Mintlify", "mint_dsc_ mint_", "base62", (22, 48), "https://www.mintlify.com/docs/api/introduction"),
    _token("NetBird", "nbp_", "base62", (36, 36), "https://docs.netbird.io/api/guides/authentication"),
    _token(
        "OneSignal",
        "os_v2_app_ os_v2_org_",
        "lower",
        (80, 128),
        "https://documentation.onesignal.com/docs/en/keys-and-ids",
    ),
    _token(
        "Persona",
        "persona_production_ persona_sandbox_",
        "url-safe",
        (24, 64),
        "https://docs.withpersona.com/api-introduction",
    ),
    _token(
        "Polar",
        "polar_oat_ polar_pat_ polar_whs_ polar_at_u_ polar_at_o_",
        "base62",
        (32, 64),
        "https://polar.sh/docs/integrate/oat",
    ),
    _token(
        "Retool", "retool_", "lower", (26, 26), "https://docs.retool.com/org-users/guides/retool-api/authentication"
    ),
    _token("Samsara", "samsara_api_", "base62", (28, 40), "https://developers.samsara.com/docs/authentication"),
    _token("Socket", "sktsec_", "url-safe", (24, 64), "https://docs.socket.dev/docs/api-keys"),
    _token("Stytch", "secret-live- secret-test-", "url-safe", (33, 40), "https://stytch.com/docs/api/authentication"),
    _token(
        "Trigger.dev",
        "tr_dev_ tr_prod_ tr_stg_ tr_preview_ tr_pat_",
        "base62",
        (18, 48),
        "https://trigger.dev/docs/apikeys",
    ),
    _token("ntfy", "tk_", "lower", (29, 29), "https://docs.ntfy.sh/config/#access-tokens"),
    _token("UpCloud", "ucat_", "upper", (26, 26), "https://upcloud.com/docs/guides/getting-started-upcloud-api/"),
    _token("Val Town", "vtwn_", "base62", (24, 40), "https://docs.val.town/reference/api/authentication/"),
    _token("VK", "vk1.a.", "url-safe", (80, 256), "https://dev.vk.com/en/api/access-token/getting-started"),
    _token("Volcengine", "AKLT", "base62", (42, 48), "https://www.volcengine.com/docs/6291/65568"),
    _token("WooCommerce", "ck_ cs_", "hex", (40, 40), "https://woocommerce.github.io/woocommerce-rest-api-docs/"),
    _token("Xata", "xau_", "base62", (30, 48), "https://xata.io/docs/platform/rest-api"),
)
"""What the providers' pages show. Their lengths were mostly seen in examples, and are not promised."""
