"""Rules for the tokens of cloud providers; those of AWS are in ``content.aws``."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import BASE64, URL_SAFE, Rule, row

_AZURE_STORAGE: Final = "https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage"
_AZURE_PURVIEW: Final = "https://learn.microsoft.com/purview/sit-defn-all-creds"
_GOOGLE_OAUTH: Final = "https://developers.google.com/identity/protocols/oauth2"


def _is_of_no_page(found: re.Match[str]) -> bool:
    """Whether a key is not the ``apiKey`` in the settings of a page with Firebase, where everybody reads it.

    https://firebase.google.com/docs/projects/api-keys
    """
    before = found.string[max(0, found.start() - _AROUND) : found.start()]
    is_of_page = "authDomain" in found.string[found.end() : found.end() + _AROUND] or "authDomain" in before
    return not is_of_page or _OF_PAGE().search(before) is None


_AROUND: Final = 256
_OF_PAGE: Final = late(r"(?<![A-Za-z_])apiKey\\{0,2}[\"']?\s{0,4}[:=]\s{0,4}\\{0,2}[\"']$")

RULES: Final[tuple[Rule, ...]] = (
    row(
        "google-api-key",
        "Google API key",
        "Calls Google's APIs at the project's cost.",
        "AIza",
        r"AIza[\w\-]{35}",
        example="AIza<35 base62>",
        counterexample="AIza<30 base62>",
        source="https://cloud.google.com/docs/authentication/api-keys",
        boundary=URL_SAFE,
        check=_is_of_no_page,
    ),
    row(
        "google-oauth-access-token",
        "Google OAuth access token",
        "Acts as the user or the service account that it was issued to.",
        "ya29.",
        r"ya29\.(?>[a-z]\.)?+[\w\-.]{20,2048}+",
        example="ya29.a0<120 base62>",
        counterexample="ya29.short",
        source=_GOOGLE_OAUTH,
        boundary=rf"{URL_SAFE}.",
    ),
    row(
        "google-oauth-refresh-token",
        "Google OAuth refresh token",
        "Gets new access tokens for as long as it is not revoked.",
        "1//0",
        r"1//0[\w\-]{40,256}+",
        example="1//0g<60 base62>",
        counterexample="1//0",
        source=_GOOGLE_OAUTH,
        boundary=URL_SAFE,
    ),
    row(
        "google-oauth-client-secret",
        "Google OAuth client secret",
        "Exchanges codes for tokens as the application.",
        "GOCSPX-",
        r"GOCSPX-[\w\-]{28}",
        example="GOCSPX-<28 base62>",
        counterexample="GOCSPX-<28 x>",
        source="https://developers.google.com/identity/protocols/oauth2/web-server",
        boundary=URL_SAFE,
    ),
    row(
        "google-hmac-key-id",
        "Google Cloud Storage HMAC key id",
        "Names a key for Cloud Storage. Its secret is often kept near it.",
        "GOOG1E",
        r"GOOG1E[A-Z0-9]{18,55}+",
        example="GOOG1E<55 upper>",
        counterexample="GOOG1E",
        source="https://cloud.google.com/storage/docs/authentication/hmackeys",
    ),
    row(
        "firebase-server-key",
        "Firebase Cloud Messaging server key",
        "Sends notifications to all devices of an app.",
        ":APA91b",
        r"(?<=AAAA[\w\-]{7}):(?P<secret>APA91b[\w\-]{134,180}+)",
        example="AAAA<7 base62>:APA91b<134 base62>",
        counterexample="cX<20 base62>:APA91b<134 base62>",
        source="https://firebase.google.com/docs/cloud-messaging/auth-server",
        boundary="",
    ),
    row(
        "azure-storage-key",
        "Azure storage account key",
        "Reads, changes and deletes all data of the account.",
        "AccountKey= +ASt",
        r"(?>AccountKey=(?P<secret>[A-Za-z0-9+/]{86}={1,2}+)|(?<=[A-Za-z0-9+/]{76})\+ASt[A-Za-z0-9+/]{6}==)",
        example="DefaultEndpointsProtocol=https;AccountName=logs;AccountKey=<86 base64>==;EndpointSuffix=core.windows"
        ".net",
        counterexample="AccountKey=<20 base64>",
        source=_AZURE_STORAGE,
        boundary="",
    ),
    row(
        "azure-shared-access-key",
        "Azure shared access key of Service Bus, Event Hubs, IoT Hub or Cosmos DB",
        "Sends and receives as the policy allows.",
        "SharedAccessKey=",
        r"SharedAccessKey=(?P<secret>[A-Za-z0-9+/]{42,90}+={0,2}+)",
        example="Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=all;SharedAccessKey=<43 base64>=",
        counterexample="SharedAccessKey=<value>",
        source="https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas",
        boundary="",
    ),
    row(
        "azure-identifiable-key",
        "Azure key with a signature inside: Cosmos DB, Batch, Functions, Service Bus, Event Hubs, API Managem"
        "ent and others",
        "Calls the service as its owner.",
        "ACDb +ABa AzFu +ASb +AEh +ARm +ACR AIoT AzSe AzCa +APIM JQQJ9 APIM",
        # What follows the signature is looked at first: it is shorter than what stands before it.
        r"(?>(?>\+ASb|\+AEh|\+ARm|AIoT)[A-Za-z0-9+/]{6}=(?<=[A-Za-z0-9+/]{43}=)"
        r"|(?>ACDb|\+ABa|APIM)[A-Za-z0-9+/]{6}==(?<=[A-Za-z0-9+/]{86}==)"
        r"|AzFu[A-Za-z0-9_\-]{6}==(?<=[A-Za-z0-9_\-]{54}==)|AzSe[A-Za-z0-9]{6}(?<=[A-Za-z0-9]{52})"
        r"|AzCa[A-Za-z0-9]{6}=(?<=[A-Za-z0-9]{43}=)|\+ACR[A-Za-z0-9]{6}(?<=[A-Za-z0-9+/]{42}\+ACR[A-Za-z0-9]{6})"
        r"|JQQJ9[9DH][A-Za-z0-9]{26}(?<=[A-Za-z0-9]{84})(?>[A-Za-z0-9]{2}==)?+)",
        example="<76 base62>ACDb<6 base62>==",
        counterexample="<30 base62>ACDb<6 base62>==",
        source=_AZURE_PURVIEW,
        boundary="",
        entropy=0,
    ),
    row(
        "azure-client-secret",
        "Microsoft Entra client secret",
        "Signs in as the application.",
        "0Q~ 1Q~ 2Q~ 3Q~ 4Q~ 5Q~ 6Q~ 7Q~ 8Q~ 9Q~",
        r"(?<=[A-Za-z0-9_~.\-]{3})[0-9]Q~[A-Za-z0-9_~.\-]{31,34}+",
        example="<3 base62>8Q~<34 base62>",
        counterexample="<3 base62>8Q~<20 base62>",
        source="https://learn.microsoft.com/entra/identity-platform/quickstart-register-app",
        boundary="",
    ),
    row(
        "backblaze-application-key",
        "Backblaze B2 application key",
        "Reads and writes the buckets that it is for.",
        "K001 K002 K003 K004 K005",
        r"K00[1-5][A-Za-z0-9+/]{27}",
        example="K003<27 base62>",
        counterexample="K003<12 base62>",
        source="https://www.backblaze.com/docs/cloud-storage-application-keys",
        boundary="A-Za-z0-9+/",
        entropy=3.5,
    ),
    row(
        "alibaba-access-key-id",
        "Alibaba Cloud access key id",
        "Names a key of an account. Its secret is often kept near it.",
        "LTAI",
        r"LTAI[A-Za-z0-9]{12,22}+",
        example="LTAI5t<18 base62>",
        counterexample="LTAI<4 base62>",
        source="https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair",
    ),
    row(
        "tencent-secret-id",
        "Tencent Cloud secret id",
        "Names a key of an account. Its secret is often kept near it.",
        "AKID",
        r"AKID[A-Za-z0-9]{32}",
        example="AKID<32 base62>",
        counterexample="AKID<8 base62>",
        source="https://www.tencentcloud.com/document/product/598/32675",
    ),
    row(
        "yandex-api-key",
        "Yandex Cloud API key or token",
        "Calls Yandex Cloud as the service account.",
        "AQVN y0_ t1.",
        r"(?>AQVN[\w\-]{35,38}+|y0_[\w\-]{50,64}+|t1\.[A-Z0-9a-z_\-]{10,2048}+={0,2}+\.[A-Z0-9a-z_\-]{86})",
        example="AQVN<36 base62>",
        counterexample="t1.micro",
        source="https://yandex.cloud/en/docs/iam/concepts/authorization/api-key",
        boundary=URL_SAFE,
    ),
    row(
        "digitalocean-token",
        "DigitalOcean access token",
        "Manages the account's machines and data.",
        "dop_v1_ doo_v1_ dor_v1_",
        r"do[opr]_v1_[a-f0-9]{64}",
        example="dop_v1_<64 hex>",
        counterexample="dop_v1_<12 hex>",
        source="https://docs.digitalocean.com/reference/api/create-personal-access-token/",
    ),
    row(
        "heroku-api-key",
        "Heroku API key",
        "Manages the account's apps and reads their settings.",
        "HRKU-",
        r"HRKU-[A-Za-z0-9_\-]{36,64}+",
        example="HRKU-AA<58 base62>",
        counterexample="HRKU-AA",
        source="https://devcenter.heroku.com/articles/authentication",
        boundary=URL_SAFE,
    ),
    row(
        "cloudflare-token",
        "Cloudflare API token or key",
        "Manages zones, workers and settings.",
        "cfk_ cfut_ cfat_",
        r"cf(?>k|ut|at)_[A-Za-z0-9]{40,64}+",
        example="cfut_<40 base62><8 hex>",
        counterexample="cfut_<20 base62>",
        source="https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/",
    ),
    row(
        "cloudflare-origin-ca-key",
        "Cloudflare Origin CA key",
        "Issues certificates for the zone.",
        "v1.0-",
        r"v1\.0-[a-f0-9]{24}-[a-f0-9]{146}",
        example="v1.0-<24 hex>-<146 hex>",
        counterexample="v1.0-beta",
        source="https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/",
    ),
    row(
        "fly-token",
        "Fly.io access token",
        "Deploys and reads an organisation's apps.",
        "fm1_ fm1r_ fm1a_ fm2_ fo1_",
        r"(?>fm[12][ar]?+_[A-Za-z0-9+/]{60,4096}+={0,3}+|fo1_[\w\-]{43})",
        example="fo1_<43 base62>",
        counterexample="fm2_short",
        source="https://fly.io/docs/security/tokens/",
        boundary=BASE64,
    ),
    row(
        "netlify-token",
        "Netlify access token",
        "Deploys and manages sites.",
        "nfp_ nfc_ nfo_ nfu_ nfb_",
        r"nf[pcoub]_[A-Za-z0-9_]{36}",
        example="nfp_<36 base62>",
        counterexample="nfp_<8 base62>",
        source="https://docs.netlify.com/api/get-started/",
    ),
    row(
        "vercel-token",
        "Vercel access token",
        "Deploys projects and reads their settings.",
        "vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_",
        r"(?>vc[piark]_[A-Za-z0-9]{24,64}+|vercel_blob_rw_[A-Za-z0-9]{16}_[A-Za-z0-9]{30})",
        example="vcp_<56 base62>",
        counterexample="vcp_<8 base62>",
        source="https://vercel.com/docs/rest-api",
    ),
    row(
        "render-api-key",
        "Render API key",
        "Manages services and reads their settings.",
        "rnd_",
        r"rnd_[A-Za-z0-9]{28,36}+",
        example="rnd_<32 base62>",
        counterexample="rnd_generator",
        source="https://render.com/docs/api",
    ),
    row(
        "scalingo-token",
        "Scalingo API token",
        "Manages applications and reads their settings.",
        "tk-us-",
        r"tk-us-[\w\-]{48}",
        example="tk-us-<48 base62>",
        counterexample="tk-us-east-1",
        source="https://developers.scalingo.com/",
        boundary=URL_SAFE,
    ),
    row(
        "deno-deploy-token",
        "Deno Deploy token",
        "Deploys projects.",
        "ddp_ ddo_ ddw_",
        r"dd[pow]_[A-Za-z0-9]{36}",
        example="ddp_<36 base62>",
        counterexample="ddp_<6 base62>",
        source="https://docs.deno.com/deploy/",
    ),
)
