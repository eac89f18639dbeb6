"""Letters: what a room has to say to one reader, and the register of those who can say it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.donors import Person


@dataclass(frozen=True, repr=False)
class Errand:
    """What a letter is wanted for: `subject` and `period` as they were promised, and who will read it."""

    subject: str
    period: str
    reader: Person
    locale: str


@dataclass(frozen=True, repr=False)
class Letter:
    """A letter as it is read. `language` is that of the text; `version` names the templates it came from."""

    subject: str
    text: str
    html: str
    language: str
    version: str


@dataclass(frozen=True)
class Skip:
    """There is nothing to write any more, and why."""

    reason: str


Render = Callable[[Session, Errand], Letter | Skip]

_renders: dict[str, Render] = {}


def register(kind: str, render: Render) -> None:
    """Messages of this kind are written by `render`; the last one registered holds."""
    _renders[kind] = render


def registered() -> list[str]:
    """The kinds that this process can write; messages of others wait for one that can."""
    return sorted(_renders)


def render(kind: str, session: Session, errand: Errand) -> Letter | Skip:
    return _renders[kind](session, errand)
