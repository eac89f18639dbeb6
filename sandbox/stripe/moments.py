"""A moment in a parameter: Unix seconds, or a word that stands for some."""

from typing import Any

from sandbox.stripe.params import Reader, integer


def moment_or(*words: str) -> Reader:
    """Unix seconds, or one of these words."""

    def read(value: Any, where: str) -> int | str:
        return value if value in words else integer(value, where)

    return read
