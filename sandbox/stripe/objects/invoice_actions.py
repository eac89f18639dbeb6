"""What can be done with an invoice: make it final, send it, pay it, give it up."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json, Refusal, invalid
from sandbox.stripe.objects import (
    invoice,
    invoice_attempt,
    invoice_bill,
    invoice_final,
    payment_card,
    payment_try,
    time_of,
)
from sandbox.stripe.params import anything, boolean, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route("POST", "/v1/invoices/<id>/finalize", auto_advance=boolean)
def finalize(call: Call) -> Json:
    made = mine(call)
    if made["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    if call.params.get("auto_advance") is not None:
        made["auto_advance"] = call.params["auto_advance"]
    made_final(call.world, made)
    if made["status"] == "open" and made["auto_advance"]:
        invoice_attempt.ask_for_it(call.world, made)
    return made


@route(
    "POST",
    "/v1/invoices/<id>/pay",
    forgive=boolean,
    mandate=text(),
    off_session=boolean,
    paid_out_of_band=boolean,
    payment_method=text(),
    source=text(),
)
def pay(call: Call) -> Json:
    """Ask for the money now, or note that it was paid in another way."""
    world, made = call.world, mine(call)
    if made["status"] == "draft":
        made_final(world, made)
    if made["status"] in ("paid", "void"):
        if made["amount_due"] == 0 and made["status"] == "paid":
            return made
        raise invalid(f"Invoice is already {'paid' if made['status'] == 'paid' else 'voided'}")
    if call.params.get("paid_out_of_band"):
        invoice.paid(world, made, made["amount_due"], off_stripe=made["amount_remaining"])
        return made
    method = chosen(call, made)
    if method is None:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set a "
            "`default_payment_method` or provide one.",
            code="invoice_payment_intent_requires_action",
        )
    no = invoice.collect(world, made, method)
    intent = world.store.get(payment_of(world, made))
    if no is not None and intent is not None:
        raise payment_try.declined(no, intent, method)
    if intent is not None and intent["status"] == "requires_action":
        raise wants_the_donor(intent, method)
    return made


@route("POST", "/v1/invoices/<id>/send")
def send(call: Call) -> Json:
    made = mine(call)
    if made["collection_method"] != "send_invoice":
        raise invalid("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if made["status"] == "draft":
        made_final(call.world, made)
    events.emit(call.world, "invoice.sent", made)
    return made


@route("POST", "/v1/invoices/<id>/void")
def void(call: Call) -> Json:
    made = mine(call)
    if made["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only pass in open invoices. This invoice isn't open ({made['status']}).")
    return invoice_final.void(call.world, made)


@route("POST", "/v1/invoices/<id>/mark_uncollectible")
def mark_uncollectible(call: Call) -> Json:
    made = mine(call)
    if made["status"] not in ("draft", "open"):
        raise invalid(f"You can only mark open invoices as uncollectible, this one is {made['status']}.")
    return invoice_final.mark_uncollectible(call.world, made)


@route(
    "POST", "/v1/invoices/<id>/attach_payment", payment_intent=text(), payment_record=text(), source=anything
)
def attach_payment(call: Call) -> Json:
    """Another payment for the same invoice; what has succeeded already counts at once."""
    world, made = call.world, mine(call)
    if made["status"] not in invoice.PAYABLE:
        raise invalid(f"A payment can be attached to an open invoice only; this one is {made['status']}.")
    intent = call.given("payment_intent", "payment_intent")
    amount = min(intent["amount"], made["amount_remaining"])
    payment = invoice.add_payment(world, made, intent, amount, default=False)
    if intent["status"] == "succeeded":
        invoice.receive(world, made, payment, intent["amount_received"])
    return made


def mine(call: Call) -> Json:
    return time_of.follow(call.world, call.find("invoice"))


def made_final(world: World, made: Json) -> None:
    """Final, with the payment that is now expected for it."""
    made["next_payment_attempt"] = None
    invoice_bill.close(world, made)
    if made["status"] == "open":
        invoice.ask(world, made)


def chosen(call: Call, made: Json) -> Json | None:
    name = call.params.get("payment_method")
    if not name:
        return invoice_attempt.method_for(call.world, made)
    method = payment_card.found(call.world, name, "payment_method")
    return payment_card.attach(call.world, method, made["customer"])


def payment_of(world: World, made: Json) -> str:
    intent = invoice.default_intent(world, made)
    return intent["id"] if intent else ""


def wants_the_donor(intent: Json, method: Json) -> Refusal:
    """The bank wants to see the donor; what was done so far stays."""
    return Refusal(
        402,
        "card_error",
        "This payment requires additional user action before it can be completed successfully.",
        effects_stay=True,
        code="invoice_payment_intent_requires_action",
        payment_intent=intent,
        payment_method=method,
    )
