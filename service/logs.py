"""Logs: one JSON object a line, ids only; what could name a person or open a door is masked.

Code logs ids in `extra`; the mask is the second fence, for messages of libraries and for mistakes.
The request id of the web request, or of the work that followed from it, stands on every line.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

MASKS = (
    (re.compile(r"[^\s@<>\"'(),;:=&/?]+(?:@|%40)[^\s@<>\"'(),;:&/?]+\.[^\s@<>\"'(),;:&/?]+"), "<address>"),
    (re.compile(r"\b(?:sk|rk)_(?:test|live)_\w+"), "<stripe key>"),
    (re.compile(r"\bwhsec_\w+"), "<webhook secret>"),
    (re.compile(r"\b(v1=)[0-9a-f]{16,}"), r"\1<signature>"),
    (re.compile(r"(://[^\s:/@]+:)[^\s@]+@"), r"\1<password>@"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b(?!\.)(?<!\b127\.0\.0\.1)"), "<ip>"),
    (re.compile(r"(/mail/)[\w.~-]{16,}"), r"\1<token>"),
)
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data"}


def masked(line: str) -> str:
    """The line without addresses, keys, signatures, passwords, tokens and network addresses."""
    for pattern, instead in MASKS:
        line = pattern.sub(instead, line)
    return line


class JsonLines(logging.Formatter):
    """A record as one line of JSON, fields of `extra` included, masked as a whole."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known := request_id.get():
            fields["request_id"] = known
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(fields, ensure_ascii=False, default=str))


def write_json_lines(level: str) -> None:
    """Send every logger of this process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("stripe", "urllib3", "kombu", "amqp", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@contextmanager
def working_for(known: str | None) -> Iterator[None]:
    """Everything logged inside carries this request id."""
    token = request_id.set(known or "")
    try:
        yield
    finally:
        request_id.reset(token)
