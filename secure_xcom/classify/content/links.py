"""Rules for links to files, forms and calendars that need no login."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.rule import SECRET, Rule, row

_BEFORE: Final = 4096
"""Characters of an address in which its code stands."""


def _has_code(found: re.Match[str]) -> bool:
    before = found.string[max(0, found.start() - _BEFORE) : found.start()]
    code = before.rpartition("?")[2].rpartition("code=")[2].partition("&")[0]
    return len(code) >= _SHORTEST_CODE and any(map(str.isdigit, code))


_SHORTEST_CODE: Final = 40


def _is_mixed(found: re.Match[str]) -> bool:
    return any(map(str.isdigit, found[SECRET])) and any(map(str.isalpha, found[SECRET]))


RULES: Final[tuple[Rule, ...]] = (
    row(
        "dropbox-link",
        "Temporary link to a file of Dropbox's",
        "Reads the file until it expires.",
        ".dl.dropboxusercontent.com/cd/0/",
        r"\.dl\.dropboxusercontent\.com/cd/0/[a-z]{2,8}+/(?P<secret>[\w\-]{40,512}+)",
        example="https://uc1.dl.dropboxusercontent.com/cd/0/get/<120 url-safe>/file",
        counterexample="https://uc1.dl.dropboxusercontent.com/cd/0/get/file",
        source="https://www.dropbox.com/developers/documentation/http/documentation#files-get_temporary_link",
        boundary="",
    ),
    row(
        "docusign-link",
        "Link to sign a document at DocuSign",
        "Signs as the recipient, for a few minutes.",
        ".docusign.net/Signing/",
        r"\.docusign\.net/Signing/[\w/\-]{1,128}+\?[a-z]{1,8}+=(?P<secret>[\w\-]{40,1024}+)",
        example="https://eu.docusign.net/Signing/MTRedeem/v1/<8 hex>?slt=<200 url-safe>",
        counterexample="https://eu.docusign.net/Signing/MTRedeem/v1/<8 hex>",
        source="https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createrecipient/",
        boundary="",
    ),
    row(
        "google-calendar-link",
        "Secret address of a calendar of Google's",
        "Reads all events of the calendar.",
        "calendar.google.com/calendar/ical/",
        r"calendar\.google\.com/calendar/ical/[\w.%@\-]{1,128}+/private-(?P<secret>[0-9a-f]{32})",
        example="https://calendar.google.com/calendar/ical/ann%40example.org/private-<32 hex>/basic.ics",
        counterexample="https://calendar.google.com/calendar/ical/ann%40example.org/public/basic.ics",
        source="https://support.google.com/calendar/answer/37648",
        boundary="",
    ),
    row(
        "google-upload-link",
        "Address of a resumable upload to Google Cloud Storage",
        "Writes the object, for a week.",
        "upload_id=",
        r"upload_id=(?P<secret>[\w\-]{60,512}+)",
        example="https://storage.googleapis.com/upload/storage/v1/b/a/o?uploadType=resumable&upload_id=<120 url-safe>",
        counterexample="https://storage.googleapis.com/upload/storage/v1/b/a/o?uploadType=resumable&upload_id=1",
        source="https://cloud.google.com/storage/docs/resumable-uploads",
    ),
    row(
        "terraform-archive-link",
        "Link to a state or a plan that HCP Terraform keeps",
        "Reads all that the state holds, for a day.",
        "archivist.terraform.io/v1/object/",
        r"archivist\.terraform\.io/v1/object/(?P<secret>[\w\-.=~%]{40,4096}+)",
        example="https://archivist.terraform.io/v1/object/<120 url-safe>",
        counterexample="https://archivist.terraform.io/v1/object/",
        source="https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions",
        boundary="",
    ),
    row(
        "salesforce-login-link",
        "Address with which Salesforce's command line signs in",
        "Signs in as the user, until it is revoked.",
        "force://",
        r"force://[\w.]{0,128}+:[\w.]{0,128}+:(?P<secret>[\w.!%\-]{16,256}+)@",
        example="force://PlatformCLI::<80 base62>@acme.my.salesforce.com",
        counterexample="force://PlatformCLI::$TOKEN@acme.my.salesforce.com",
        source="https://developer.salesforce.com/docs/atlas.en-us.sfdx_cli_reference.meta/sfdx_cli_reference/"
        "cli_reference_org_commands_unified.htm",
        boundary="",
    ),
    row(
        "bitrix-webhook",
        "Address of an incoming webhook of Bitrix24",
        "Calls the portal as the user who made it.",
        ".bitrix24.",
        r"\.bitrix24\.[a-z.]{2,8}+/rest/[0-9]{1,10}+/(?P<secret>[a-z0-9]{16,32}+)(?![\w\-])",
        example="https://acme.bitrix24.com/rest/17/<16 lower>/crm.deal.list",
        counterexample="https://acme.bitrix24.com/rest/17/crm.deal.list",
        source="https://apidocs.bitrix24.com/local-integrations/local-webhooks.html",
        boundary="",
    ),
    row(
        "quicksight-link",
        "Address of a dashboard of Amazon QuickSight that signs in",
        "Sees the dashboard as the user, once.",
        "isauthcode=true",
        r"isauthcode=true",
        example="https://eu-west-1.quicksight.aws.amazon.com/embed/<32 hex>?code=<200 url-safe>&isauthcode=true",
        counterexample="https://eu-west-1.quicksight.aws.amazon.com/embed/<32 hex>?isauthcode=true",
        source="https://docs.aws.amazon.com/quicksight/latest/APIReference/API_GetDashboardEmbedUrl.html",
        entropy=0,
        check=_has_code,
    ),
    row(
        "slack-socket",
        "Address of a socket of Slack's",
        "Receives the app's events, until it is used.",
        ".slack.com/link/?ticket=",
        r"\.slack\.com/link/\?ticket=(?P<secret>[0-9a-f]{8}-[0-9a-f\-]{27})",
        example="wss://wss-primary.slack.com/link/?ticket=<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>&app_id=<64 hex>",
        counterexample="wss://wss-primary.slack.com/link/?ticket=",
        source="https://docs.slack.dev/apis/events-api/using-socket-mode",
        boundary="",
    ),
    row(
        "mattermost-webhook",
        "Address of a webhook of Mattermost's",
        "Posts to the channel.",
        "/hooks/",
        r"/hooks/(?P<secret>[a-z0-9]{26})(?![\w\-])",
        example="https://chat.internal/hooks/<26 hex>",
        counterexample="https://git.internal/hooks/post-receive-notify-all-teams",
        source="https://developers.mattermost.com/integrate/webhooks/incoming/",
        boundary="",
        check=_is_mixed,
    ),
)
