"""What the donor typed on the page: a card and a payer, or what is wrong with it."""

import re
from dataclasses import dataclass

from sandbox.stripe import cards
from sandbox.stripe.cards import Card
from sandbox.stripe.countries import COUNTRIES
from sandbox.stripe.objects.completion import Payer
from sandbox.stripe.world import World

NAMES = ("email", "number", "expiry", "cvc", "name", "country")


@dataclass(frozen=True)
class Filled:
    """A form without mistakes."""

    card: Card
    expiry: tuple[int, int]
    payer: Payer


def read(world: World, values: dict[str, str], mistakes: dict[str, str]) -> Filled | None:
    """The form as a card and a payer; what is wrong goes into `mistakes`, field by field."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", values["email"]):
        mistakes["email"] = "Your email address is incomplete."
    card = cards.named(values["number"]) or cards.unknown(values["number"])
    if card is None:
        mistakes["number"] = "Your card number is invalid."
    expiry = read_expiry(values["expiry"])
    if expiry is None:
        mistakes["expiry"] = "Your card's expiration date is incomplete."
    elif expired(world, expiry):
        mistakes["expiry"] = "Your card's expiration date is in the past."
    if not re.fullmatch(r"\d{3,4}", values["cvc"]):
        mistakes["cvc"] = "Your card's security code is incomplete."
    if not values["name"]:
        mistakes["name"] = "Enter the name on the card."
    if values["country"] not in COUNTRIES:
        mistakes["country"] = "Choose a country."
    if mistakes or card is None or expiry is None:
        return None
    payer = Payer(values["email"], values["name"], values["country"])
    return Filled(card, expiry, payer)


def read_expiry(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/ -]?\s*(?:20)?(\d\d)", text)
    return (int(found[1]), 2000 + int(found[2])) if found else None


def expired(world: World, expiry: tuple[int, int]) -> bool:
    today = world.clock.iso()[:7]
    return f"{expiry[1]:04d}-{expiry[0]:02d}" < today
