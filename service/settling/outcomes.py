"""What came of settling an object."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """Nothing is left to do; `also` are objects that are to be settled because of this one."""

    outcome: str = "settled"
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotYet:
    """What could be done is done; the rest waits for Stripe, or for `also` to be settled first."""

    reason: str
    also: tuple[str, ...] = ()
