"""The form for another card in the customer portal."""

from typing import Any

from flask import request

from sandbox.stripe import cards
from sandbox.stripe.countries import COUNTRIES
from sandbox.stripe.errors import Refusal
from sandbox.stripe.objects import authentication, portal_acts
from sandbox.stripe.page_form import filled_in, read_card
from sandbox.stripe.portal_view import Visit

NAMES = ("number", "expiry", "cvc", "name", "country")


def empty(visit: Visit) -> dict[str, Any]:
    values = {"name": visit.customer["name"] or "", "country": visit.world.settings.country}
    return form(values, {})


def form(values: dict[str, str], mistakes: dict[str, str]) -> dict[str, Any]:
    return {
        "values": values,
        "mistakes": mistakes,
        "cards": [(cards.CARDS[number], does) for number, does in cards.OFFERED],
        "countries": COUNTRIES,
    }


def submitted(visit: Visit) -> dict[str, Any] | str | None:
    """The form again, an address to go to first, or nothing: then the card is kept."""
    values = {name: request.form.get(name, "").strip()[:200] for name in NAMES}
    if chosen := filled_in(request.form.get("fill", "")):
        return form(values | chosen, {})
    mistakes: dict[str, str] = {}
    card, expiry = read_card(visit.world, values, mistakes)
    if not values["name"]:
        mistakes["name"] = "Enter the name on the card."
    if values["country"] not in COUNTRIES:
        mistakes["country"] = "Choose a country."
    if mistakes or card is None or expiry is None:
        return form(values, mistakes)
    billing = {
        "email": visit.customer["email"],
        "name": values["name"],
        "address": {"country": values["country"]},
    }
    try:
        return kept(visit, card, billing, expiry)
    except Refusal as refusal:
        return form(values, {"number": str(refusal)})


def kept(visit: Visit, card: cards.Card, billing: dict[str, Any], expiry: tuple[int, int]) -> str | None:
    base = visit.world.settings.base_url + visit.path
    intent, no = portal_acts.new_card(visit.world, visit.customer, card, billing, expiry, f"{base}/card")
    if no is not None:
        raise no
    if intent["status"] != "requires_action":
        portal_acts.card_kept(visit.world, visit.customer, intent)
        return None
    intent["next_action"]["redirect_to_url"]["return_url"] = f"{base}/card/{intent['id']}"
    visit.world.store.save(intent)
    return authentication.address(visit.world, intent["id"])
