"""The donate API: what may be given, opening a checkout, and how it stands."""

from typing import Any

from babel import Locale
from flask import g
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from service.donations import checkouts
from service.donations.locales import with_territory
from service.donations.models import FREQUENCIES, Checkout
from service.donations.offers import Offer, offers, suggested_currency
from service.donations.opening import open_checkout
from service.donations.wishes import Wish, WishSchema
from service.donations.wording import FREQUENCY_LABELS, PROMISES
from service.money import Currency, Money
from service.parts import parts
from service.problems import Problem
from service.texts import Texts

blueprint = Blueprint("donations", __name__, url_prefix="/api", description="Give once, monthly or annually.")


class OpenedSchema(Schema):
    """Where the donor goes next."""

    id = fields.String()
    url = fields.URL(attribute="session_url")
    expires_at = fields.AwareDateTime(format="iso")


class StandingSchema(Schema):
    """How a checkout stands."""

    id = fields.String()
    status = fields.String(validate=validate.OneOf(("open", "processing", "paid", "failed", "expired")))
    frequency = fields.String()
    amount = fields.Integer()
    currency = fields.String()


class AskedSchema(Schema):
    """For whom the options are."""

    class Meta:
        unknown = EXCLUDE

    locale = fields.String(load_default=None, validate=validate.Length(max=35))
    country = fields.String(load_default=None, validate=validate.Regexp(r"^[A-Za-z]{2}$"))


@blueprint.post("/checkouts")
@blueprint.arguments(WishSchema)
@blueprint.response(201, OpenedSchema)
@blueprint.alt_response(200, schema=OpenedSchema, description="The same attempt: the same open checkout.")
def open_one(wish: Wish) -> tuple[Checkout, int]:
    """Open a Stripe Checkout page for a donor's wish."""
    checkout, new = open_checkout(parts(), wish, g.request_id)
    return checkout, 201 if new else 200


@blueprint.get("/checkouts/<checkout_id>")
@blueprint.response(200, StandingSchema)
def how_it_stands(checkout_id: str) -> Checkout:
    """How a checkout stands; what Stripe has told us so far, never a guess."""
    with parts().sessions.begin() as session:
        checkout = checkouts.find(session, checkout_id)
    if checkout is None:
        raise Problem(404, "There is no such checkout.")
    return checkout


@blueprint.get("/options")
@blueprint.arguments(AskedSchema, location="query")
@blueprint.response(200)
def options(asked: dict[str, Any]) -> dict[str, Any]:
    """What may be given: currencies, presets, limits, steps, and the sentence that says what will be paid."""
    return options_for(asked["locale"], asked["country"])


def options_for(locale: str | None, country: str | None) -> dict[str, Any]:
    """The options as JSON; the widget carries the same in its script, so that it needs no second request."""
    settings = parts().settings
    spoken = with_territory(locale, settings.locales)
    _ = Texts.of(spoken)
    return {
        "locale": spoken.replace("_", "-"),
        "direction": Locale.parse(spoken).text_direction,
        "newsroom": settings.newsroom_name,
        "default": {
            "frequency": "monthly",
            "currency": suggested_currency(spoken, country, settings.default_currency),
        },
        "frequencies": [
            {
                "code": code,
                "label": _(FREQUENCY_LABELS[code]),
                "sentence": _.with_slots(PROMISES[code]),
            }
            for code in FREQUENCIES
        ],
        "currencies": [_currency(each, spoken) for each in offers().values()],
        # What else a reader may do here (be reminded, read the newsletter): `{label, path}` of each.
        "features": [],
    }


def _currency(offer: Offer, locale: str) -> dict[str, Any]:
    currency = Currency.of(offer.currency)

    def written(amount: int) -> str:
        return Money(offer.currency, amount).written(locale, short=True)

    return {
        "code": offer.currency,
        "name": Locale.parse(locale).currencies.get(offer.currency.upper(), offer.currency.upper()),
        "unit": currency.unit,
        "decimals": currency.shown_decimals,
        "step": offer.step,
        "minimum": offer.minimum,
        "minimum_text": written(offer.minimum),
        "maximum": offer.maximum,
        "maximum_text": written(offer.maximum),
        "presets": {
            frequency: [{"amount": amount, "text": written(amount)} for amount in amounts]
            for frequency, amounts in offer.presets.items()
        },
        "default": {frequency: offer.default(frequency) for frequency in FREQUENCIES},
    }
