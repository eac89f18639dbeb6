"""What the donor typed on the page: a card or a bank account, and a payer; or what is wrong with it."""

import re
from dataclasses import dataclass

from sandbox.stripe import cards, debits
from sandbox.stripe.cards import Card
from sandbox.stripe.countries import COUNTRIES
from sandbox.stripe.debits import BankAccount
from sandbox.stripe.objects.checkout_payer import Payer
from sandbox.stripe.world import World

NAMES = ("email", "method", "number", "expiry", "cvc", "account", "name", "country")


@dataclass(frozen=True)
class Filled:
    """A form without mistakes."""

    means: Card | BankAccount
    expiry: tuple[int | None, int | None]
    payer: Payer


def filled_in(chosen: str) -> dict[str, str]:
    """The fields of a test card or a test account, typed for the donor."""
    if card := cards.CARDS.get(chosen):
        return {"number": card.spaced, "expiry": "12 / 34", "cvc": "123", "country": card.country}
    if account := debits.ACCOUNTS.get(chosen):
        return {"account": account.number, "country": account.country}
    return {}


def read(world: World, values: dict[str, str], mistakes: dict[str, str]) -> Filled | None:
    """The form as what pays and who; what is wrong goes into `mistakes`, field by field."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", values["email"]):
        mistakes["email"] = "Your email address is incomplete."
    means: Card | BankAccount | None
    expiry: tuple[int | None, int | None] | None = (None, None)
    if values["method"] in debits.KINDS:
        means = read_account(values, mistakes)
    else:
        means, expiry = read_card(world, values, mistakes)
    if not values["name"]:
        holder = "account" if values["method"] in debits.KINDS else "card"
        mistakes["name"] = f"Enter the name on the {holder}."
    if values["country"] not in COUNTRIES:
        mistakes["country"] = "Choose a country."
    if mistakes or means is None or expiry is None:
        return None
    return Filled(means, expiry, Payer(values["email"], values["name"], values["country"]))


def read_account(values: dict[str, str], mistakes: dict[str, str]) -> BankAccount | None:
    account = debits.account(values["method"], values["account"])
    if account is None:
        what = "IBAN" if values["method"] == "sepa_debit" else "account number"
        mistakes["account"] = f"Your {what} is invalid."
    return account


def read_card(
    world: World, values: dict[str, str], mistakes: dict[str, str]
) -> tuple[Card | None, tuple[int, int] | None]:
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
    return card, expiry


def read_expiry(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\s*[/ -]?\s*(?:20)?(\d\d)", text)
    return (int(found[1]), 2000 + int(found[2])) if found else None


def expired(world: World, expiry: tuple[int, int]) -> bool:
    today = world.clock.iso()[:7]
    return f"{expiry[1]:04d}-{expiry[0]:02d}" < today
