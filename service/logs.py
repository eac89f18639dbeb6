"""Logs: one JSON object a line, ids only; what could name a person or open a door is masked.

Code logs ids in `extra`; the mask is the second fence, for messages of libraries and for mistakes: it
rather takes too much than too little. The request id of the web request, or of the work that followed
from it, stands on every line.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from ipaddress import ip_address

request_id: ContextVar[str] = ContextVar("request_id", default="")

# Addresses as mail, the web and JSON write them. Each run of letters is looked through once: a long
# line without an address must not take long.
_ENDS = r"\s@＠<>\"(),;:?/\[\]"
_AT = r"(?:@|＠|%(?:25)*40|&#(?:64|x40);)"
_DOT = r"(?:[.．。]|%(?:25)*2e)"
_LABEL = r"(?:\\u[0-9a-f]{4}|(?!%(?:25)*(?:2e|40))[^\s@＠<>\"'(),;:&/?=.．。\[\]{}|\\])++"
_ADDRESS = (
    rf'(?:"[^"\n]{{1,80}}"|(?<![^{_ENDS}])[^{_ENDS}]+){_AT}(?:\[[^\]\s]+\]|{_LABEL}(?:{_DOT}{_LABEL})+)'
)
# Up to the quote that a value began with; up to the end where it was cut off.
_QUOTED = r"""(?:\\"(?:(?!\\").)*+(?:\\"|\Z)|"[^"]*+(?:"|\Z)|'(?:[^']|'')*+(?:'|\Z))"""
_OPENER = (
    r"(?:password|passwd|passphrase|pwd|secrets?|tokens?"
    r"|(?:secret|api|access|private)[_-]?key|(?:pii|lookup)_keys)"
)
_DOOR = r"(?:authorization|cookie|api-key)"
_HEX = r"[0-9a-f]"
_COLONS = (
    rf"(?:(?<![\w.])|(?<=%{_HEX}{_HEX}))((?:{_HEX}{{0,4}}(?::|%3a)){{2,7}}"
    rf"(?:(?:\d{{1,3}}\.){{3}}\d{{1,3}}|{_HEX}{{0,4}}))(?:%(?:25)?[\w.-]+)?(?![\w:])"
)


def _unless_ours(found: re.Match[str]) -> str:
    """Colons make an address only where they really do; our own machine's is nobody's secret."""
    try:
        address = ip_address(re.sub("%3a", ":", found[1], flags=re.IGNORECASE))
    except ValueError:
        return found[0]
    return found[0] if address.is_loopback or address.is_unspecified else "<ip>"


_MASKS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    # what the database tells of its rows
    (
        r"(key \([^=]{0,300}\)=\().*?(\) (?:already exists|is not present|is still ref|conflicts)|\Z)",
        r"\1…\2",
    ),
    (r"(failing row contains \().*?(\)\.(?=\n|\\n|$)|\Z)", r"\1…\2"),
    (r'((?:invalid input \w+ for|copy) [^:"\n]{1,200}: )".*?(?:"\s*(?=\n|\Z)|\Z)', r"\1…"),
    (r"(\[parameters: ).*?(\]\s*(?=\n|\Z)|\Z)", r"\1…\2"),
    (rf"(\$\d+ = ){_QUOTED}", r"\1…"),
    # names beside addresses
    (r"\b((?:from|to|cc|bcc|reply-to|sender): )[^\r\n<]{1,200}(?=<)", r"\1<name> "),
    (r'"[^"\n]{1,200}"\s*(?=<[^>\s]+@)', "<name> "),
    (r"=\?[\w-]{1,40}\?[bq]\?[^?\s]*\?=", "<encoded>"),
    # keys, and whatever opens a door
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", "<private key>"),
    (rf"({_DOOR}\\?[\"']\s*[:,=]\s*b?){_QUOTED}", r"\1<hidden>"),
    (rf"\b({_DOOR}\s*[:=]\s*)[^\r\n]+", r"\1<hidden>"),
    (r"\b((?:bearer|basic) )(?=\S*(?-i:[\d_=A-Z]))[\w.~+/=-]{8,}", r"\1<hidden>"),
    (r"\b(auth (?:plain|login|xoauth2|cram-md5) )\S+", r"\1<hidden>"),
    (rf"({_OPENER}\\?[\"']?\s*[=:]\s*)(?:{_QUOTED}|[^\s&]+)", r"\1<hidden>"),
    (r"(cast to integer value as )(?:'[^']*'|\"[^\"]*\")", r"\1<hidden>"),
    (r"\b[sre]k_(?:org_)?(?:test|live)_\w+", "<stripe key>"),
    (r"\bwhsec_[\w+/=]+", "<webhook secret>"),
    (r"(_secret_)\w{8,}", r"\1<hidden>"),
    (rf"\b(v[01]=){_HEX}{{16,}}", r"\1<signature>"),
    (r"(?<=:)[\w-]{43}=?(?![\w-])", "<key>"),
    (r"\beyJ[\w-]*\.[\w-]+\.[\w-]*", "<token>"),
    (
        r"((?:/|%2f)(?:mail|manage|sign-in)(?:/|%2f))(?![\w.-]+\.(?:py|html|txt)\b)(?:(?!%2f)[^/\s?#\"'<>]){16,}",
        r"\1<token>",
    ),
    (r"([?&](?:name|email|code|state|sig|signature)=)[^&\s\"'#]+", r"\1…"),
    (r"(://[^\s:/@]*:)[^\s/?#]*@", r"\1<password>@"),
    (r"(://)[^\s:/?#@]{16,}@", r"\1<token>@"),
    # who it is, and where from
    (_ADDRESS, "<address>"),
    (r"(?<![\w.])\+\d[\d ().-]{6,18}\d", "<telephone>"),
    (_COLONS, _unless_ours),
    (r"(?<!\d)(?<!\d\.)(?!127\.|0\.0\.0\.0(?!\d))(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)", "<ip>"),
)
MASKS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), instead) for pattern, instead in _MASKS)
# Fields whose whole value is hidden, whatever it looks like.
HIDDEN = {"authorization", "api_key", "cookie", "email", "password", "secret", "token"}
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data"}
# JSON allows these as they are; whoever splits a log into lines may not.
_LINE_ENDS = str.maketrans({end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"})


def masked(text: str) -> str:
    """The text without addresses, keys, signatures, passwords, tokens and network addresses."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """A record as one line of JSON, fields of `extra` included, every text in it masked."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if known := request_id.get():
            fields["request_id"] = known
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        line = json.dumps(_safe(fields), ensure_ascii=False).translate(_LINE_ENDS)
        return line.encode("utf-8", "backslashreplace").decode()


def _message(record: logging.LogRecord) -> str:
    """A message that does not fit its arguments is written all the same: the standard library would
    print both to stderr, unmasked."""
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - whatever an argument's own code raises
        return f"{record.msg} {' '.join(_text(each) for each in record.args or ())}"


def _safe(value: object) -> object:
    """What JSON can hold, with every text masked."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {
                masked(str(name)): "<hidden>" if str(name).lower() in HIDDEN else _safe(each)
                for name, each in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_safe(each) for each in value]
        case _:
            return masked(_text(value))


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - whatever its own code raises
        return f"<unprintable {type(value).__name__}>"


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
