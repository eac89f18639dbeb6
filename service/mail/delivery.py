"""Delivery: claims what is due, writes each letter at the last moment, and hands it to the relay.

It opens one transaction to claim, one to write the letter, one before the end of the content goes out
and one for the outcome, and none while it talks to the relay: with settling's rounds, the one place
that takes the sessionmaker instead of a session.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from service import clock
from service.logs import masked, working_for
from service.mail import claims, composing, letters
from service.mail.addressing import Route, Unroutable
from service.mail.claims import LeaseLost
from service.mail.endings import Lost, NeedsSmtpUtf8, Refused, RelayAway, Reply, Unanswered
from service.mail.letters import Skip
from service.mail.models import Message
from service.mail.relay import Relay
from service.mail.writing import Written, write
from service.parts import Parts

PASS_SECONDS = 20.0

log = logging.getLogger(__name__)


def deliver_due(parts: Parts, relay: Relay, *, seconds: float = PASS_SECONDS) -> int:
    """Deliver until nothing is due, for about `seconds` at most; returns how many the relay has taken."""
    delivery = Delivery(parts, relay, composing.sender(parts.settings), clock.stopwatch() + seconds)
    if delivery.over:
        return 0
    with parts.sessions.begin() as session:
        if taken_back := claims.take_back(session):
            log.warning("leases had run out", extra={"messages": taken_back})
    taken = 0
    try:
        while not delivery.over:
            with parts.sessions.begin() as session:
                claimed = claims.claim_due(session, letters.registered())
            if not claimed:
                break
            taken += delivery.deliver(claimed)
    finally:
        relay.hang_up()
    return taken


@dataclass(frozen=True, repr=False)
class Delivery:
    """One pass through the outbox, over one connection."""

    parts: Parts
    relay: Relay
    sender: Route
    ends_at: float

    @property
    def over(self) -> bool:
        return self.relay.resting or clock.stopwatch() >= self.ends_at

    def deliver(self, claimed: list[Message]) -> int:
        """Each of them; what is left when time is up or the relay is away goes back untouched."""
        taken = 0
        waiting = iter(claimed)
        for message in waiting:
            with working_for(message.request_id):
                try:
                    taken += self._deliver_one(message)
                except RelayAway as away:
                    log.error("the relay takes no mail", extra={"reason": str(away)})
                    self._put_back([message])
                except LeaseLost:
                    log.warning("another worker has taken over", extra={"mail_id": message.id})
            if self.over:
                self._put_back(waiting)
        return taken

    def _deliver_one(self, message: Message) -> bool:
        written = self._write(message)
        if written is None:
            return False
        try:
            reply = self._hand_over(message, written)
        except Refused as refused:
            if refused.for_now:
                self._try_later(message, "the relay put it off", reply=str(refused))
            else:
                self._fail(message, "the relay refused it", reply=str(refused))
        except NeedsSmtpUtf8 as unable:
            self._fail(message, str(unable))
        except Lost as lost:
            self._try_later(message, masked(str(lost)))
        except Unanswered as unanswered:
            self._doubt(message, masked(str(unanswered)))
        else:
            with self.parts.sessions.begin() as session:
                claims.sent(session, message, str(reply))
            log.info("message sent", extra={"mail_id": message.id, "kind": message.kind})
            return True
        return False

    def _write(self, message: Message) -> Written | None:
        """The letter, or None when there is none to send now; what becomes of the message is then said."""
        if message.deadline is not None and message.deadline < clock.now():
            self._fail(message, "its deadline has passed")
            return None
        try:
            with self.parts.sessions.begin() as session:
                written = write(session, self.parts, message)
        except Unroutable as nowhere:
            self._fail(message, str(nowhere))
            return None
        except Exception as failure:  # one letter that cannot be written must not stop the others
            log.exception("a letter could not be written", extra={"mail_id": message.id})
            self._try_later(message, f"it could not be written: {type(failure).__name__}")
            return None
        if isinstance(written, Skip):
            self._skip(message, written)
            return None
        return written

    def _hand_over(self, message: Message, written: Written) -> Reply:
        """At once again when the connection ends early: relays close one that has carried enough."""
        try:
            return self._hand_over_once(message, written)
        except Lost:
            return self._hand_over_once(message, written)

    def _hand_over_once(self, message: Message, written: Written) -> Reply:
        self.relay.offer(self.sender, written.to, written.content)
        with self.parts.sessions.begin() as session:
            claims.take_off(
                session,
                message,
                message_id=written.message_id,
                template_version=written.template_version,
            )
        return self.relay.finish()

    def _put_back(self, messages: Iterable[Message]) -> None:
        with self.parts.sessions.begin() as session:
            for message in messages:
                try:
                    claims.put_back(session, message)
                except LeaseLost:
                    log.warning("another worker has taken over", extra={"mail_id": message.id})

    def _skip(self, message: Message, skip: Skip) -> None:
        with self.parts.sessions.begin() as session:
            claims.skip(session, message, reason=skip.reason)
        log.info("message skipped", extra={"mail_id": message.id, "reason": skip.reason})

    def _fail(self, message: Message, reason: str, reply: str | None = None) -> None:
        with self.parts.sessions.begin() as session:
            claims.fail(session, message, reason=reason, reply=reply)
        log.warning("message failed", extra={"mail_id": message.id, "reason": reason, "reply": reply})

    def _try_later(self, message: Message, reason: str, reply: str | None = None) -> None:
        with self.parts.sessions.begin() as session:
            again = claims.try_later(session, message, reason=reason, reply=reply)
        said = "message put off" if again else "message given up"
        log.warning(said, extra={"mail_id": message.id, "reason": reason, "reply": reply})

    def _doubt(self, message: Message, reason: str) -> None:
        with self.parts.sessions.begin() as session:
            claims.doubt(session, message, reason=reason)
        log.warning("message in doubt", extra={"mail_id": message.id, "reason": reason})
