"""Composing: a letter and its recipient become the bytes that travel."""

import hmac
import unicodedata
from base64 import b32encode
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from service.mail.addressing import Route
from service.mail.letters import Letter
from service.mail.models import Message
from service.settings import Settings

# Seven bits and lines that may be at most 998 long: nothing on the way has to encode it again.
POLICY = SMTP.clone(cte_type="7bit")


def sender(settings: Settings) -> Route:
    return Route.to(settings.mail_from)


def message_id(settings: Settings, message: Message) -> str:
    """The same for the same message whenever it is asked for; it tells nothing about who gets it."""
    named = "\0".join(("message-id", message.kind, message.subject, message.period)).encode()
    digest = hmac.digest(settings.secret_key.encode(), named, sha256)[:15]
    return f"<{message.kind}.{b32encode(digest).decode().lower()}@{sender(settings).domain}>"


def compose(
    settings: Settings, letter: Letter, *, kind: str, to: Route, message_id: str, at: datetime
) -> bytes:
    """The whole message, text before HTML, with the headers of mail that a program writes to one person."""
    message = EmailMessage(policy=POLICY.clone(utf8=to.needs_smtputf8))
    message["From"] = sender(settings).header(one_line(settings.newsroom_name))
    message["To"] = to.header()
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    # Asked for by RFC 3834 and by Exchange, so that no holiday notice comes back.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-Mailru-Msgtype"] = kind
    message["Content-Language"] = letter.language
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message.as_bytes()


def one_line(text: str) -> str:
    """Without line breaks and control characters: what stands in a header or a salutation stays in it."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())
