"""Exchange rates: they move from day to day as the seed wishes, the same in every run."""

import hashlib

from sandbox.stripe import money
from sandbox.stripe.clock import DAY
from sandbox.stripe.money import Settled
from sandbox.stripe.world import World

# How far a rate may be from where it began: in a month, and from one day to the next; millionths.
MONTHLY, DAILY = 40_000, 6_000


def settled(world: World, amount: int, currency: str) -> Settled:
    """An amount as it reaches the balance today."""
    return money.settle(amount, currency, world.settings.settles, drift(world, currency))


def presented(world: World, amount: int, currency: str, into: str) -> Settled | None:
    """An amount as a donor who thinks in another currency sees it today; None without a rate."""
    if currency == into or not {currency, into} <= money.PER_DOLLAR.keys():
        return None
    return money.exchange(amount, currency, into, drift(world, currency + into))


def drift(world: World, currency: str) -> int:
    """By how many millionths today's rate differs from the first day's."""
    day = (world.now() - int(world.store.remember("first moment", str(world.now())))) // DAY
    if day <= 0:
        return 0
    return part(world, MONTHLY, currency, "month", day // 30) + part(world, DAILY, currency, "day", day)


def part(world: World, most: int, *words: object) -> int:
    """Somewhere from `-most` to `most`, always the same for the same words."""
    text = ":".join(map(str, (world.seed, *words)))
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return number % (2 * most + 1) - most
