"""Rules for links to files, forms and calendars that need no login."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.content.rule import Rule, row

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
)
