"""Who filled in the page of a Checkout Session, and how the session shows it."""

from dataclasses import dataclass

from sandbox.stripe.errors import Json
from sandbox.stripe.objects.payment_card import NOWHERE


@dataclass(frozen=True)
class Payer:
    """Who filled in the page."""

    email: str | None
    name: str | None
    country: str | None
    # The currency that the donor chose to pay in, where it is another one.
    presentment: str | None = None

    def billing(self) -> Json:
        return {"email": self.email, "name": self.name, "address": {"country": self.country}}


def details(email: str | None, name: str | None, country: str | None) -> Json:
    return {
        "address": {**NOWHERE, "country": country} if country else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [] if name else None,
    }


def consent(session: Json) -> Json | None:
    asked = session["consent_collection"]
    if not asked:
        return None
    return {
        "promotions": "opt_in" if asked["promotions"] == "auto" else None,
        "terms_of_service": "accepted" if asked["terms_of_service"] == "required" else None,
    }
