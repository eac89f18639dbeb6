"""Composing: a letter and its recipient become the bytes that travel."""

import hmac
from base64 import b32encode
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from service.mail.addressing import Route
from service.mail.headers import line, mailbox_line, text_line
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
    head = [
        mailbox_line("From", settings.newsroom_name, sender(settings)),
        line("To", str(to)),
        text_line("Subject", letter.subject),
        line("Date", format_datetime(at)),
        line("Message-ID", message_id),
        # Asked for by RFC 3834 and by Exchange, so that no holiday notice comes back.
        line("Auto-Submitted", "auto-generated"),
        line("X-Auto-Response-Suppress", "All"),
        # Splits the figures that mail.ru shows to a sender.
        line("X-Mailru-Msgtype", kind),
        line("Content-Language", letter.language),
    ]
    body = EmailMessage(policy=POLICY)
    body.set_content(letter.text)
    body.add_alternative(letter.html, subtype="html")
    return "".join(head).encode() + body.as_bytes()
