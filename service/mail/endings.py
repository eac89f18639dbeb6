"""How handing a message to the relay can end."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What the relay said."""

    code: int
    text: str

    @classmethod
    def of(cls, answer: tuple[int, bytes]) -> "Reply":
        code, text = answer
        return cls(code, " ".join(text.decode(errors="replace").split()))

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def refuses(self) -> bool:
        return 400 <= self.code < 600


class RelayAway(Exception):
    """The relay takes no mail from us at the moment, whoever it is for."""


class Refused(Exception):
    """The relay does not take this message. `for_now`: it may take it later."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.for_now = reply.code < 500


class NeedsSmtpUtf8(Exception):
    """The address has letters before its @ that this relay cannot carry."""


class Lost(Exception):
    """The connection ended before the content did: nothing was accepted."""


class Unanswered(Exception):
    """The whole content went out, and no answer came back: accepted or not, nobody here knows."""
