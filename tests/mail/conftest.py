"""A relay that can misbehave, readers to write to, and a letter short enough to be looked through."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import mail
from service.donors import recognise
from service.mail import Errand, Letter, Skip, letters, outbox
from service.mail.models import Message
from service.mail.relay import Relay
from service.parts import Parts
from tests.mail.sink import Sink, listening


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as sink:
        yield sink


@pytest.fixture
def relay(sink: Sink) -> Iterator[Relay]:
    relay = Relay(sink.url)
    yield relay
    relay.hang_up()


def note(session: Session, errand: Errand) -> Letter | Skip:
    """Any letter; the subject `gone` has none, and `broken` breaks whoever writes it."""
    if errand.subject.startswith("gone"):
        return Skip("it is gone")
    if errand.subject.startswith("broken"):
        raise KeyError(errand.subject)
    about = f"About {errand.subject}"
    return Letter(about, f"{about}\n.\nThe end.\n", f"<p>{about}</p>", language="en", version="v1")


@pytest.fixture(autouse=True)
def register() -> Iterator[None]:
    known = dict(letters._renders)
    mail.register("note", note)
    yield
    letters._renders.clear()
    letters._renders.update(known)


@pytest.fixture
def reader(parts: Parts) -> str:
    return recognised(parts, "anna@reader.example", "Анна")


def recognised(parts: Parts, address: str, name: str | None = None) -> str:
    with parts.sessions.begin() as session:
        return recognise(session, parts.keyring, email=address, name=name, locale="en")


Promise = Callable[..., None]


@pytest.fixture
def promise(parts: Parts, reader: str) -> Promise:
    """Promise a note about each subject, to the reader unless another is named."""

    def promise(*subjects: str, **changes: Any) -> None:
        with parts.sessions.begin() as session:
            for subject in subjects:
                given = {"kind": "note", "recipient": reader, "locale": "en"} | changes
                assert outbox.promise(session, subject=subject, **given)

    return promise


def look(parts: Parts, subject: str) -> Message:
    """The message about a subject, as it is now."""
    with parts.sessions.begin() as session:
        return session.scalars(select(Message).where(Message.subject == subject)).one()


def make_due(parts: Parts) -> None:
    """As if the waits and the leases of all messages had gone by."""
    with parts.sessions.begin() as session:
        for message in session.scalars(select(Message)):
            if message.next_at:
                message.next_at = message.promised_at
            if message.lease_until:
                message.lease_until = message.promised_at
