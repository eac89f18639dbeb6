"""Writing: the letter of a message, as it is true at this moment, and where it goes."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from service import clock, donors
from service.mail import composing, letters
from service.mail.addressing import Route
from service.mail.letters import Errand, Skip
from service.mail.models import Message
from service.parts import Parts


@dataclass(frozen=True, repr=False)
class Written:
    """A letter ready to go."""

    to: Route
    content: bytes
    message_id: str
    template_version: str


def write(session: Session, parts: Parts, message: Message) -> Written | Skip:
    """Raises Unroutable when the reader's address is none that mail can reach."""
    reader = donors.reveal(session, parts.keyring, message.recipient)
    if reader is None:
        return Skip("the reader has been erased")
    errand = Errand(message.subject, message.period, reader, message.locale)
    letter = letters.render(message.kind, session, errand)
    if isinstance(letter, Skip):
        return letter
    to = Route.to(reader.email)
    message_id = message.message_id or composing.message_id(parts.settings, message)
    content = composing.compose(
        parts.settings, letter, kind=message.kind, to=to, message_id=message_id, at=clock.now()
    )
    return Written(to, content, message_id, letter.version)
