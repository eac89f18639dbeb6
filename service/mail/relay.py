"""The SMTP relay: one connection kept open, one message after the other, and each kind of end told apart.

A message is handed over in two steps. `offer` does everything but the final dot: until then the relay
has accepted nothing, whatever happens. `finish` sends the dot: only if the connection ends after it
is there a doubt, and it is said as such.
"""

import re
import smtplib
from contextlib import suppress

from service import clock
from service.mail.addressing import Route
from service.mail.connecting import Destination, own_name, why
from service.mail.endings import Lost, NeedsSmtpUtf8, Refused, RelayAway, Reply, Unanswered
from service.settings import Settings

REPLY_SECONDS = 30.0
# A relay may look at the content before it answers to the dot; giving up early makes a doubt.
ACCEPT_SECONDS = 120.0
REST_SECONDS = 30.0
CLOSING = 421
# About our signing in and encryption, whatever command they answer: no message is at fault.
ABOUT_US = (530, 534, 535, 538)


class Relay:
    """Where mail goes out. Keep one for each process: it remembers to leave a relay alone that is away."""

    def __init__(
        self,
        url: str,
        greeting: str = "localhost",
        *,
        reply_seconds: float = REPLY_SECONDS,
        accept_seconds: float = ACCEPT_SECONDS,
    ) -> None:
        self._destination = Destination.parse(url)
        self._greeting = greeting
        self._reply_seconds = reply_seconds
        self._accept_seconds = accept_seconds
        self._smtp: smtplib.SMTP | None = None
        self._fresh = True
        # Between DATA and its end: whatever is sent now is content, so nothing else may be said.
        self._within_content = False
        self._rests_until = float("-inf")

    @classmethod
    def of(cls, settings: Settings) -> "Relay":
        return cls(settings.smtp_url, own_name(settings.public_url))

    @property
    def resting(self) -> bool:
        """Away a moment ago: not asked again until half a minute has passed."""
        return clock.stopwatch() < self._rests_until

    def offer(self, sender: Route, to: Route, content: bytes) -> None:
        """Hand over all but the end; raises RelayAway, Refused, NeedsSmtpUtf8 or Lost."""
        smtp = self._ready()
        if to.needs_smtputf8 and not smtp.has_extn("smtputf8"):
            raise NeedsSmtpUtf8("the address needs SMTPUTF8, which the relay does not offer")
        self._begin(f"MAIL FROM:<{sender}>{' BODY=8BITMIME SMTPUTF8' if to.needs_smtputf8 else ''}")
        for command, expected in ((f"RCPT TO:<{to}>", 2), ("DATA", 3)):
            reply = self._say(command, expected)
            if reply.code in ABOUT_US:
                raise self._away(f"the relay said {reply.code}")
            if reply.refuses:
                raise Refused(reply)
        self._within_content = True
        try:
            smtp.send(dot_stuffed(content))
        except smtplib.SMTPServerDisconnected as ended:
            self.drop()
            raise Lost("the connection ended within the content") from ended

    def finish(self) -> Reply:
        """Send the end of what was offered; raises Lost, Refused or Unanswered."""
        assert self._within_content, "nothing was offered"
        assert self._smtp is not None
        try:
            self._smtp.send(b".\r\n")
        except smtplib.SMTPServerDisconnected as ended:
            # Not even our own kernel took the end, so nobody else has it.
            self.drop()
            raise Lost("the connection ended before the end of the content") from ended
        try:
            self._wait_for(self._accept_seconds)
            reply = Reply.of(self._smtp.getreply())
        except (smtplib.SMTPException, OSError) as ended:
            self.drop()
            raise Unanswered("the connection ended after the content, without an answer") from ended
        self._fresh = self._within_content = False
        self._wait_for(self._reply_seconds)
        if reply.code == CLOSING or not (reply.refuses or reply.code // 100 == 2):
            self.drop()
        if reply.refuses:
            raise Refused(reply)
        if reply.code // 100 != 2:
            raise Unanswered(f"the answer to the content was none: {reply}")
        return reply

    def check(self) -> None:
        """Is it there, and does it let us in? Raises RelayAway."""
        self._ready()
        self.hang_up()

    def hang_up(self) -> None:
        """End the conversation as politely as the relay lets us."""
        if self._smtp is not None and not self._within_content:
            with suppress(smtplib.SMTPException, OSError):  # gone already is what we wanted
                self._smtp.docmd("QUIT")
        self.drop()

    def drop(self) -> None:
        """Close without a word: what was offered and not finished is thereby thrown away."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None
        self._within_content = False

    def _ready(self) -> smtplib.SMTP:
        """A connection on which a message can begin: the open one if it still answers, else a new one."""
        if self._smtp is not None and not self._within_content:
            with suppress(Lost):  # relays close a connection that was idle, or has carried enough
                if not self._say("RSET", 2).refuses:
                    return self._smtp
        self.drop()
        try:
            self._smtp = self._destination.connect(self._greeting, self._reply_seconds)
        except (smtplib.SMTPException, OSError, UnicodeError) as refused:
            raise self._away(why(refused)) from refused
        self._fresh = True
        return self._smtp

    def _begin(self, command: str) -> None:
        """A sender that is refused is refused for every message; so is one on a connection just made."""
        try:
            reply = self._say(command, 2)
        except Lost as ended:
            if self._fresh:
                raise self._away(str(ended)) from ended
            raise
        if reply.refuses:
            raise self._away(f"MAIL FROM was refused: {reply}")

    def _say(self, command: str, expected: int) -> Reply:
        """One command and its answer: of the expected hundred, or a refusal. Anything else ends in Lost."""
        assert self._smtp is not None
        try:
            reply = Reply.of(self._smtp.docmd(command))
        except (smtplib.SMTPException, OSError) as ended:
            self.drop()
            raise Lost("the connection ended") from ended
        if reply.code == CLOSING or not (reply.refuses or reply.code // 100 == expected):
            self.drop()
            raise Lost(f"the relay ended the conversation: {reply}")
        return reply

    def _wait_for(self, seconds: float) -> None:
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _away(self, reason: str) -> RelayAway:
        self.drop()
        self._rests_until = clock.stopwatch() + REST_SECONDS
        return RelayAway(reason)


def dot_stuffed(content: bytes) -> bytes:
    """A line that begins with a dot gets another one, so that none is taken for the end."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return re.sub(rb"^\.", b"..", ended, flags=re.MULTILINE)
