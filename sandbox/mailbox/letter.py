"""A message as its reader sees it: sender, subject, both bodies."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property

from sandbox.mailbox.store import Received


@dataclass(frozen=True)
class Letter:
    received: Received

    @cached_property
    def _message(self) -> EmailMessage:
        return message_from_bytes(self.received.raw, policy=policy.default)

    @property
    def sender(self) -> str:
        return str(self._message["From"] or self.received.envelope_from)

    @property
    def subject(self) -> str:
        return str(self._message["Subject"] or "")

    @property
    def headers(self) -> list[list[str]]:
        """Every header in its order, decoded and on one line."""
        return [[name, str(value)] for name, value in self._message.items()]

    @property
    def text(self) -> str | None:
        return self._body("plain")

    @property
    def html(self) -> str | None:
        return self._body("html")

    @property
    def raw(self) -> str:
        """The bytes as text; what is not UTF-8 can be turned back by `surrogateescape`."""
        return self.received.raw.decode(errors="surrogateescape")

    @property
    def readable_raw(self) -> str:
        """The same for a page, which cannot show half characters."""
        return self.received.raw.decode(errors="replace")

    def _body(self, kind: str) -> str | None:
        part = self._message.get_body(preferencelist=(kind,))
        if part is None:
            return None
        content: str = part.get_content()
        return content.replace("\r\n", "\n")

    def in_list(self) -> dict[str, object]:
        return {
            "id": self.received.id,
            "to": self.received.to,
            "from": self.sender,
            "subject": self.subject,
            "received_at": self.received.received_at.isoformat(),
        }

    def in_full(self) -> dict[str, object]:
        return {
            "id": self.received.id,
            "envelope_from": self.received.envelope_from,
            "to": self.received.to,
            "received_at": self.received.received_at.isoformat(),
            "headers": self.headers,
            "text": self.text,
            "html": self.html,
            "raw": self.raw,
        }
