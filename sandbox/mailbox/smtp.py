"""The receiving mail server: takes every message for everybody, unless told to fail."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox.faults import Fault, Faults
from sandbox.mailbox.store import Store


class Receiver:
    """What the SMTP server asks at each step (the names are aiosmtpd's)."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, host: str, answers: list[str]
    ) -> list[str]:
        session.host_name = host
        # Commands are read line by line, so they may all come at once.
        return [*answers[:-1], "250-PIPELINING", answers[-1]]

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self._faults.strikes(Fault.REFUSE_RCPT):
            return "550 5.1.1 No such mailbox"
        if self._faults.strikes(Fault.TEMPFAIL_RCPT):
            return "450 4.2.1 Mailbox busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self._faults.strikes(Fault.SLOW):
            await asyncio.sleep(self._faults.seconds)
        if self._faults.strikes(Fault.TEMPFAIL_DATA):
            return "451 4.3.0 Out of space, try again later"
        assert isinstance(envelope.original_content, bytes)
        self._store.keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        if self._faults.strikes(Fault.DROP_AFTER_DOT):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 2.0.0 Kept"


async def listen(receiver: Receiver, host: str, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(receiver, hostname="mailbox.invalid", enable_SMTPUTF8=True, loop=loop),
        host,
        port,
    )
