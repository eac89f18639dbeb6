"""Header lines in seven bits, folded: what Python's own address folding gets wrong, done here.

(`email.policy` of Python 3.11 loses the quotes of a long name when it folds it, so that a comma in the
name of a newsroom would make a second sender.)
"""

import re
import unicodedata
from email.header import Header

from service.mail.addressing import Route

LINE = 76
# Words of a display name that need no quotes (RFC 5322 atext).
UNQUOTED = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def one_line(text: str) -> str:
    """Without line breaks and control characters: what stands in a header or a salutation stays in it."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())


def line(name: str, value: str) -> str:
    """A header whose value is ASCII and short, as our own ids, dates and addresses are."""
    return f"{name}: {value}\r\n"


def text_line(name: str, text: str) -> str:
    """A header of free text, in any letters and of any length."""
    return line(name, _words(name, one_line(text)))


def mailbox_line(name: str, display: str, route: Route) -> str:
    """A header with one address and the name that is shown for it."""
    return line(name, f"{_phrase(name, one_line(display))} <{route}>")


def _phrase(name: str, display: str) -> str:
    if not _plain(name, display):
        return _words(name, display) + "\r\n"
    if UNQUOTED.fullmatch(display):
        return display
    escaped = re.sub(r'(["\\])', r"\\\1", display)
    return f'"{escaped}"'


def _words(name: str, text: str) -> str:
    if _plain(name, text):
        return text
    return Header(text, "utf-8", LINE, name).encode(linesep="\r\n")


def _plain(name: str, text: str) -> bool:
    """Fits its first line as it is, and cannot be taken for an encoded word."""
    return text.isascii() and len(name) + 2 + len(text) <= LINE and "=?" not in text
