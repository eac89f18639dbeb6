"""A mail relay to test against: takes messages over real SMTP and can be told to misbehave."""

import asyncio
import email
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HANG_UP = "hang up"


@dataclass(frozen=True)
class Delivered:
    """One message as it went over the wire."""

    sender: str
    recipient: str
    options: list[str]
    content: bytes
    session: int

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, policy=default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Sink:
    """`says[step]` are the next answers to that step: a reply, or HANG_UP; without one it accepts.

    The step `DATA` is the answer to the final dot. The message is kept before the answer, as a relay
    does that has it on disk when the connection breaks; only a refusal keeps nothing.
    """

    port: int = 0
    delay: float = 0.0
    delivered: list[Delivered] = field(default_factory=list)
    says: dict[str, deque[str]] = field(default_factory=dict)
    sessions: int = 0
    greetings: list[str] = field(default_factory=list)
    password: str = "not asked for"
    farewells: int = 0
    _numbers: dict[Any, int] = field(default_factory=dict)

    def will_say(self, step: str, *replies: str) -> None:
        self.says.setdefault(step, deque()).extend(replies)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def message_ids(self) -> list[str]:
        return [each.message_id for each in self.delivered]

    def _answer(self, server: SMTP, step: str, otherwise: str) -> str:
        replies = self.says.get(step)
        reply = replies.popleft() if replies else otherwise
        if reply == HANG_UP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return reply

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.sessions += 1
        self.greetings.append(hostname)
        self._numbers[session.peer] = self.sessions
        session.host_name = hostname
        return answers

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._answer(server, "MAIL", "250 OK")
        if reply.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._answer(server, "RCPT", "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        replies = self.says.get("DATA")
        if not replies or replies[0] == HANG_UP or replies[0].startswith("250"):
            self._keep(session, envelope)
        if self.delay:
            await asyncio.sleep(self.delay)
        return self._answer(server, "DATA", f"250 2.0.0 kept as {len(self.delivered)}")

    def _keep(self, session: Session, envelope: Envelope) -> None:
        [recipient] = envelope.rcpt_tos
        assert isinstance(envelope.original_content, bytes)
        self.delivered.append(
            Delivered(
                sender=str(envelope.mail_from),
                recipient=recipient,
                options=list(envelope.mail_options),
                content=envelope.original_content,
                session=self._numbers[session.peer],
            )
        )

    async def handle_QUIT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.farewells += 1
        return "221 Bye"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, given: Any) -> Any:
        return AuthResult(success=given.password == self.password.encode(), handled=False)


@contextmanager
def listening(*, tls: ssl.SSLContext | None = None, implicit: bool = False, **options: Any) -> Iterator[Sink]:
    """A sink on a free port of the loopback, in a thread of its own, until the end of the block."""
    sink = Sink()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def protocol() -> SMTP:
        return SMTP(
            sink,
            hostname="relay.example",
            loop=loop,
            tls_context=None if implicit else tls,
            authenticator=sink.authenticate,
            **options,
        )

    async def begin() -> asyncio.Server:
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)

    async def end() -> None:
        server.close()
        await server.wait_closed()
        conversations = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
