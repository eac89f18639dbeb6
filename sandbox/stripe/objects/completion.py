"""How a Checkout Session ends: paid, declined and still open, or expired."""

from sandbox.stripe import events
from sandbox.stripe.declines import Decline
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import (
    customer,
    invoice,
    invoice_bill,
    payment_card,
    payment_intent,
    payment_try,
    presentment,
    setup_try,
    time_of,
)
from sandbox.stripe.objects.checkout_payer import Payer, consent, details
from sandbox.stripe.objects.subscription_document import Wanted, new_subscription
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

EXPIRE = "expire session"


def complete(world: World, session: Json, method: Json, payer: Payer) -> Decline | None:
    """The donor presses the button; a customer with a test clock does so in their own time."""
    with world.clock.own_way():
        known = world.store.get(session["customer"] or "")
        if known is not None:
            time_of.follow(world, known)
        return completed(world, session, method, payer)


def completed(world: World, session: Json, method: Json, payer: Payer) -> Decline | None:
    """A decline leaves the session open for another try."""
    match session["mode"]:
        case "payment":
            no = pay_once(world, session, method, payer)
        case "subscription":
            no = subscribe(world, session, method, payer)
        case _:
            no = keep_card(world, session, method, payer)
    if no is not None:
        return no
    session.update(
        collected_information={
            "business_name": None,
            "individual_name": None,
            "shipping_details": None,
        },
        customer_details=details(payer.email, payer.name, payer.country),
        consent=consent(session),
        status="complete",
        url=None,
    )
    world.store.save(session)
    world.agenda.cancel(EXPIRE, session["id"])
    events.emit(world, "checkout.session.completed", session)
    return None


def pay_once(world: World, session: Json, method: Json, payer: Payer) -> Decline | None:
    hidden = world.store.hidden(session["id"])
    wanted: Json = hidden["payment_intent_data"]
    remembered = session["customer_creation"] == "always" or wanted.get("setup_future_usage")
    no = payment_card.card_of(world, method).refuses
    if no is None and remembered and session["customer"] is None:
        session["customer"] = newcomer(world, payer)["id"]
    intent = intent_of(world, session, hidden, wanted)
    events.change(world, intent, None, customer=session["customer"])
    presentment.apply(world, session, intent, payer)
    no = payment_try.charge_card(world, intent, method)
    if no is not None:
        return no
    if wanted.get("setup_future_usage") and session["customer"]:
        payment_card.attach(world, method, session["customer"])
    session.update(payment_intent=intent["id"], payment_status=so_far(world, session, intent))
    return None


def subscribe(world: World, session: Json, method: Json, payer: Payer) -> Decline | None:
    """Customer, subscription and invoice are made only when the card pays."""
    hidden = world.store.hidden(session["id"])
    wanted: Json = hidden["subscription_data"]
    trial = bool(wanted.get("trial_period_days") or wanted.get("trial_end"))
    free = trial or session["amount_total"] == 0
    intent = None
    if not free and payment_card.card_of(world, method).refuses:
        return payment_try.charge_card(world, intent_of(world, session, hidden, {}), method)
    if not free and hidden["payment_intent"]:
        intent = world.store.get(hidden["payment_intent"])
    donor = world.store.get(session["customer"]) if session["customer"] else None
    donor = donor or newcomer(world, payer)
    payment_card.attach(world, method, donor["id"])
    items = [Wanted(entry["price"], entry["quantity"], entry["metadata"]) for entry in hidden["line_items"]]
    subscription = new_subscription(world, donor, items, wanted, method["id"])
    first = invoice_bill.bill(world, subscription, "subscription_create")
    status = "no_payment_required"
    if not free:
        intent = invoice.ask(world, first, intent)
        presentment.apply(world, session, intent, payer)
        presentment.remember(world, subscription, intent)
        invoice.collect(world, first, method, intent)
        status = so_far(world, session, intent)
    if status == "unpaid":
        # The bank has been asked: Stripe lets the subscription run meanwhile.
        events.change(world, subscription, "customer.subscription.updated", status="active")
    session.update(
        customer=donor["id"],
        invoice=first["id"],
        payment_status=status,
        subscription=subscription["id"],
    )
    return None


def so_far(world: World, session: Json, intent: Json) -> str:
    """Paid, or still unpaid because a bank has to answer: then the session will be told."""
    if intent["status"] == "succeeded":
        return "paid"
    world.store.hide(intent["id"], session=session["id"])
    return "unpaid"


def keep_card(world: World, session: Json, method: Json, payer: Payer) -> Decline | None:
    card = payment_card.card_of(world, method)
    wanted: Json = world.store.hidden(session["id"])["setup_intent_data"]
    remembered = session["customer_creation"] == "always"
    if session["customer"] is None and remembered and not card.refuses:
        session["customer"] = newcomer(world, payer)["id"]
    intent = setup_try.new_setup_intent(world, {**wanted, "customer": session["customer"]})
    if setup_try.set_up(world, intent, method) is not None:
        return card.refuses
    session["setup_intent"] = intent["id"]
    return None


def intent_of(world: World, session: Json, hidden: Json, wanted: Json) -> Json:
    """The session's payment intent: made at the first try, kept for the next."""
    if hidden["payment_intent"]:
        known = world.store.get(hidden["payment_intent"])
        assert known is not None
        return known
    intent = payment_try.new_payment_intent(
        world,
        session["amount_total"],
        session["currency"],
        {
            **wanted,
            "customer": session["customer"],
            "payment_method_types": session["payment_method_types"],
        },
    )
    world.store.hide(session["id"], payment_intent=intent["id"])
    return intent


def newcomer(world: World, payer: Payer) -> Json:
    address = {**payment_card.NOWHERE, "country": payer.country}
    return customer.new_customer(world, {"email": payer.email, "name": payer.name, "address": address})


def destination(session: Json) -> str:
    """Where the donor is sent after paying."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


@verb(EXPIRE)
def expire(world: World, session_id: str) -> None:
    """Nobody paid in time: the page is closed, and so is a payment that had been tried."""
    session = world.store.get(session_id)
    if session is None or session["status"] != "open":
        return
    session.update(expires_at=min(session["expires_at"], world.now()), status="expired", url=None)
    world.store.save(session)
    world.agenda.cancel(EXPIRE, session_id)
    tried = world.store.hidden(session_id)["payment_intent"]
    intent = world.store.get(tried) if tried else None
    if intent is not None and intent["status"] in payment_intent.OPEN:
        payment_try.canceled(world, intent, "expired")
    events.emit(world, "checkout.session.expired", session)
