"""Log lines: a constant text with `field=%s` places, and nothing that could be a patient's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.structure.source_tree import dotted, source_files, words

LOG_CALLS = {"debug", "info", "warning", "error", "critical", "log"}
LOGGERS = {"log", "logger", "_log", "_logger", "logging"}
# What a line may tell: ids of ours, kinds, codes, counts, places in the code.
ALLOWED_FIELDS = {
    "account", "alert", "appointments", "at", "attempt", "attempts", "batch", "bytes", "caller", "channel", "clinic",
    "code", "count", "delay_s", "dequeue_count", "duration_ms", "elapsed_ms", "failed", "field", "function", "job",
    "key_id", "kind", "length", "line", "message", "operation", "outcome", "page", "pages", "parameter", "place",
    "planned", "provider", "queue", "reason", "retry_after_s", "route", "rows", "run", "size", "skipped", "source",
    "state", "status", "step", "table", "topic", "trigger", "type", "version",
}  # fmt: skip
# Names in an argument that say it is, or holds, a patient's.
PATIENT_WORDS = {
    "address", "birth_on", "body", "contact", "contacts", "content", "email", "exc", "exception", "family", "from_user",
    "given", "msisdn", "name_of", "nhs_number", "number", "openid", "openids", "parameters", "params", "patient",
    "patient_id", "patient_name", "payload", "person", "phone", "phone_number", "phones", "raw", "recipient",
    "reference", "reply", "request_body", "sender", "text", "to", "touser", "url", "wa_id",
}  # fmt: skip

PLACE = re.compile(r"(?P<field>\w+)=%[sdrfi]|%[^%]")


def log_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            logger = dotted(node.func.value).rpartition(".")[2]
            if logger in LOGGERS and node.func.attr in LOG_CALLS | {"exception"}:
                yield node


def faults(call: ast.Call) -> list[str]:
    """What is wrong with a log call; empty if nothing is."""
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr == "exception" or any(keyword.arg in ("exc_info", "stack_info") for keyword in call.keywords):
        return ["prints an exception's text"]
    arguments = call.args[1:] if call.func.attr == "log" else call.args
    if not arguments or not isinstance(arguments[0], ast.Constant) or not isinstance(arguments[0].value, str):
        return ["its text is not a constant"]
    found = []
    for place in PLACE.finditer(arguments[0].value.replace("%%", "")):
        if place["field"] not in ALLOWED_FIELDS:
            found.append(f"field {place['field'] or '(none)'} is not among the allowed ones")
    for argument in arguments[1:]:
        if isinstance(argument, ast.Name) and argument.id in ("error", "problem", "exc", "e", "err"):
            found.append("hands an exception to the log")
        found += [f"{word} may be a patient's" for word in words(argument) if word.lower() in PATIENT_WORDS]
    return found


def test_no_log_line_can_hold_patient_data() -> None:
    found = [
        f"{file.at(call)} {fault}"
        for file in source_files("shared", "functions", "function_app.py")
        for call in log_calls(file.tree)
        for fault in faults(call)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('log.info(f"sent to {phone}")', "its text is not a constant"),
        ('log.info("sent to %s", x)', "field (none) is not among the allowed ones"),
        ('log.info("sent patient=%s", x)', "field patient is not among the allowed ones"),
        ('log.info("sent code=%s", message.recipient.value)', "recipient may be a patient's"),
        ('log.error("failed code=%s", error)', "hands an exception to the log"),
        ('log.exception("failed")', "prints an exception's text"),
        ('log.error("failed", exc_info=True)', "prints an exception's text"),
        ('log.log(logging.INFO, "failed at=%s", contact)', "contact may be a patient's"),
    ],
)
def test_the_rule_sees(line: str, fault: str) -> None:
    [call] = log_calls(ast.parse(line))
    assert fault in faults(call)


def test_the_rule_lets_a_proper_line_pass() -> None:
    [call] = log_calls(ast.parse('log.info("send outcome=%s attempt=%d", type(outcome).__name__, job.attempt)'))
    assert faults(call) == []
