"""Which of the newsroom's languages a reader gets."""

import re
from collections.abc import Sequence

from babel import Locale, UnknownLocaleError

TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def normal(tag: str) -> str | None:
    """`pt-br` as Babel writes it, `pt_BR`; None for what is no locale."""
    if not TAG.fullmatch(tag):
        return None
    try:
        return str(Locale.parse(tag.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        return None


def spoken(tag: str | None, offered: Sequence[str]) -> str:
    """The offered language that fits a tag best; the first offered one otherwise."""
    known = normal(tag) if tag else None
    if known:
        for candidate in (known, known.split("_")[0]):
            if candidate in offered:
                return candidate
    return offered[0]


def with_territory(tag: str | None, offered: Sequence[str]) -> str:
    """The reader's own locale where we speak its language (numbers are written as there), else our first."""
    known = normal(tag) if tag else None
    return known if known and known.split("_")[0] in {each.split("_")[0] for each in offered} else offered[0]
