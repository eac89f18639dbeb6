"""The extra step of a Checkout Session: the card's bank is asked before anything is complete."""

from sandbox.stripe.declines import NOT_AUTHENTICATED, Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import authentication, authentication_answer, completion
from sandbox.stripe.objects.checkout_payer import Payer
from sandbox.stripe.world import World


def needed(world: World, session: Json, method: Json, payer: Payer) -> bool:
    """Send the donor to the bank first, where the card wants that; remember what the form said."""
    if not authentication.wanted(world, method):
        return False
    hidden = world.store.hidden(session["id"])
    trial = any(hidden["subscription_data"].get(name) for name in ("trial_period_days", "trial_end"))
    if session["mode"] != "setup" and session["amount_total"] and not trial:
        wanted = hidden["payment_intent_data"] if session["mode"] == "payment" else {}
        intent = completion.intent_of(world, session, hidden, wanted)
        authentication.ask(world, intent, method, session["success_url"])
    world.store.hide(session["id"], step={"method": method["id"], "payer": vars(payer)})
    return True


def waiting(world: World, session: Json) -> bool:
    return session["status"] == "open" and bool(world.store.hidden(session["id"]).get("step"))


def done(world: World, session: Json, outcome: str) -> Decline | None:
    """Back from the bank: the session is complete, or open for another try."""
    hidden = world.store.hidden(session["id"])
    step = hidden["step"]
    world.store.hide(session["id"], step=None)
    method = world.store.get(step["method"])
    assert method is not None
    if outcome == "succeeded":
        authentication.passed(world, method)
        return completion.complete(world, session, method, Payer(**step["payer"]))
    intent = world.store.get(hidden["payment_intent"] or "")
    if intent is None:
        return NOT_AUTHENTICATED
    return authentication_answer.refused(world, intent, method)
