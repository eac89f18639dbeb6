"""What a bank may print on a statement."""

from typing import Any

from sandbox.stripe.errors import invalid
from sandbox.stripe.params import text


def descriptor(value: Any, where: str) -> str:
    """A statement descriptor, or what is added to one: it is printed by banks."""
    words = str(text(22)(value, where))
    if any(letter in words for letter in "<>\\'\"*") or not words.isascii():
        raise invalid(
            "The statement descriptor cannot contain any of the following characters: <, >, \\, ', \", *",
            where,
        )
    if not any(letter.isalpha() for letter in words):
        raise invalid("The statement descriptor must contain at least one letter.", where)
    return words
