"""Pay a session without a browser: the lever `POST /_sandbox/pay`."""

from sandbox.stripe import cards
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss
from sandbox.stripe.objects import completion, payment_card
from sandbox.stripe.objects.completion import Payer
from sandbox.stripe.page import destination
from sandbox.stripe.world import World


def paid(world: World, given: Json) -> Json:
    """Complete a session as its page would."""
    unknown = set(given) - {"session", "card", "method", "outcome", "email", "name", "country"}
    if unknown:
        raise Amiss(f"unknown: {', '.join(sorted(unknown))}")
    card = wanted_card(given)
    with world.store.transaction():
        session = world.store.get(str(given.get("session")))
        if session is None or session["object"] != "checkout.session":
            raise Amiss(f"no such session: {given.get('session')}", 404)
        if session["status"] != "open":
            raise Amiss(f"the session is {session['status']}", 409)
        known = world.store.get(session["customer"]) if session["customer"] else None
        payer = Payer(
            email=given.get("email")
            or session["customer_email"]
            or (known and known["email"])
            or "donor@example.com",
            name=given.get("name") or "Test Donor",
            country=given.get("country") or card.country,
        )
        method = payment_card.new_payment_method(world, card, payer.billing())
        no = completion.complete(world, session, method, payer)
        tried = world.store.hidden(session["id"])["payment_intent"]
        return {
            "status": no.decline_code if no else session["payment_status"],
            "message": no.message if no else None,
            "session": session["id"],
            "session_status": session["status"],
            "payment_intent": session["payment_intent"] or tried,
            "subscription": session["subscription"],
            "invoice": session["invoice"],
            "customer": session["customer"],
            "redirect": None if no else destination(session),
        }


def wanted_card(given: Json) -> cards.Card:
    name = str(given.get("card") or given.get("method") or cards.VISA.number)
    if given.get("outcome"):
        number = cards.OUTCOMES.get(str(given["outcome"]))
        if number is None:
            raise Amiss(f"outcome is one of {', '.join(cards.OUTCOMES)}")
        name = number if number != cards.VISA.number else name
    card = cards.named(name) or cards.unknown(name)
    if card is None:
        raise Amiss(f"no such card: {name}")
    return card
