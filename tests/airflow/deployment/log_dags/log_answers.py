"""Consumers that log what they were given, as ordinary tasks do: no log line of theirs may lose more than secrets."""

from __future__ import annotations

import json
import logging
import os

import structlog
from airflow.sdk import dag, task

SAID = json.loads(os.environ.get("LOG_SAID", "{}"))
"""Today's date and the secrets, chosen once for the runs that are compared."""

plain = logging.getLogger("answers.consumer")


# What a producer returns would stand in its log before it is pushed, and so before it is registered.
@dag(schedule=None, default_args={"show_return_value_in_logs": False})
def log_answers():  # noqa: C901 - one task after the other
    @task
    def authorise():
        return {
            "access_token": SAID["token"],
            "token_type": "Bearer",
            "token_status": "error",
            "token_expiry_date": SAID["today"],
            "expires_in": 3600,
        }

    @task
    def complete():
        return {"text": "Here you are.", "usage": {"total_tokens": 12690, "prompt_tokens": 12000}}

    @task
    def make_pair():
        return {"password": SAID["shorter"], "secret": SAID["longer"]}

    @task
    def make_account():
        return {
            "password": {
                "attempts": 3,
                "days": 90,
                "ratio": 0.25,
                "locked": False,
                "renewed": True,
                "state": "error",
                "level": "warning",
                "since": SAID["today"],
                "at": "12:30",
                "type": "RuntimeError",
                "number": SAID["number"],
                "none": None,
            }
        }

    @task
    def log_at_each_level(answer):
        for log in (plain, logging.getLogger("error"), logging.getLogger("airflow.task")):
            for level in (logging.INFO, logging.WARNING, logging.ERROR):
                log.log(level, "an error as of %s: 0 errors", answer["token_expiry_date"])
                log.log(level, "Authorization: %s %s", answer["token_type"], answer["access_token"])
                log.log(level, "status error, type Bearer, valid for %d s", answer["expires_in"])
                log.log(level, "%s", answer)
        return {"error": 1, "since": SAID["today"]}

    @task
    def print_counts(answer, ti):
        print("processed 12690 rows")
        print(f"{answer['usage']['total_tokens']} tokens, {answer['usage']['prompt_tokens']} of them the prompt's")
        print(answer)
        ti.xcom_push("failures", {"error": 1})
        return {"rows": 12690}

    @task
    def print_pair(pair):
        for text in (pair["password"], pair["secret"], f"{pair['secret']}{pair['password']}", str(pair)):
            print(f"<{text}>")
            plain.info("<%s>", text)

    @task
    def print_account(account):
        for name, value in account["password"].items():
            print(f"{name}: {value!r}")
            plain.warning("%s is %s", name, value)
        print(json.dumps(account))

    @task
    def log_fields(answer, account):
        log = structlog.get_logger("answers.fields")
        log.info("error", status="error", date=SAID["today"], count=12690, kind="Bearer", answer=answer["token_status"])
        log.warning("token in a field", note=f"with {answer['access_token']}", token_type="Bearer", ok=True)
        log.error(
            "nested",
            state={"error": ["error", SAID["today"], {"note": answer["access_token"]}], "rows": 12690},
            text=f"account {account['password']['number']}",
        )
        log.bind(status="error", since=SAID["today"]).info(f"as of {SAID['today']}: Bearer {answer['access_token']}")
        try:
            int(f"error on {SAID['today']} with {answer['access_token']}")
        except ValueError:
            log.exception("an error that was caught", status="error")
            plain.exception("an error that was caught")

    answer, account = authorise(), make_account()
    log_at_each_level(answer)
    print_counts(complete())
    print_pair(make_pair())
    print_account(account)
    log_fields(answer, account)


log_answers()
