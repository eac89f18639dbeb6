"""Refunds: money given back for a charge, in whole or in part, as often as something is left."""

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid, missing_parameter
from sandbox.stripe.levers import Amiss, lever, one_of, signed, the, whole_number
from sandbox.stripe.objects import amending, charge_refunds, refund_course
from sandbox.stripe.objects.refund_document import Plan
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import anything, boolean, text
from sandbox.stripe.routes import Call, named, route
from sandbox.stripe.world import World

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@route(
    "POST",
    "/v1/refunds",
    amount=params.amount,
    charge=text(),
    currency=params.currency,
    customer=text(),
    instructions_email=params.email,
    metadata=params.metadata,
    origin=text(),
    payment_intent=text(),
    reason=params.choice(*REASONS),
    refund_application_fee=boolean,
    reverse_transfer=boolean,
)
def create(call: Call) -> Json:
    given = call.params
    charge = charge_of(call)
    amount = charge_refunds.refundable(call.world, charge, given.get("amount"))
    return refund_course.make(
        call.world,
        charge,
        amount,
        reason=given.get("reason"),
        metadata=params.present(given.get("metadata") or {}),
        instructions_email=given.get("instructions_email"),
    )


def charge_of(call: Call) -> Json:
    """The charge named, or the one with which the payment succeeded."""
    given, world = call.params, call.world
    if given.get("charge"):
        return named(world, "charge", given["charge"], "charge", 400)
    if not given.get("payment_intent"):
        raise missing_parameter("charge")
    intent = named(world, "payment_intent", given["payment_intent"], "payment_intent", 400)
    charge = world.store.get(intent["latest_charge"] or "")
    if charge is None or intent["status"] not in ("succeeded", "processing"):
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            "payment_intent",
        )
    return charge


@route("GET", "/v1/refunds/<id>")
def retrieve(call: Call) -> Json:
    return call.find("refund")


@route("POST", "/v1/refunds/<id>", metadata=params.metadata)
def update(call: Call) -> Json:
    refund = call.find("refund")
    before = dict(refund)
    amending.update(call, refund, "refund.updated")
    if refund != before:
        refund_course.tell_twin(call.world, refund)
    return refund


@route("POST", "/v1/refunds/<id>/cancel", expected=anything)
def cancel(call: Call) -> Json:
    refund = call.find("refund")
    if refund["status"] != "requires_action":
        raise invalid(f"Refund {refund['id']} cannot be canceled because it is {refund['status']}.", "id")
    refund_course.cancel(call.world, refund["id"])
    return refund


list_route(
    "/v1/refunds",
    "refund",
    filters={"charge": "$.charge", "payment_intent": "$.payment_intent"},
)


@lever("refund", "charge", "payment_intent", "refund", "amount", "reason", "outcome", "after", "returned_fee")
def pull(world: World, given: Json) -> Json:
    """As if somebody refunded in the Dashboard; or what becomes of a refund that exists."""
    outcome = one_of(given, "outcome", refund_course.OUTCOMES, "succeeded")
    if given.get("refund"):
        refund = the(world, given, "refund", "refund")
        refund_course.decide(world, refund, outcome, whole_number(given, "after", 0))
        return refund
    after = whole_number(given, "after", refund_course.USUAL_DELAY.get(outcome, 0))
    if given.get("charge"):
        charge = the(world, given, "charge", "charge")
    else:
        intent = the(world, given, "payment_intent", "payment_intent")
        charge = the(world, {"charge": intent["latest_charge"]}, "charge", "charge")
    wanted = signed(given, "amount") if given.get("amount") is not None else None
    if wanted is not None and wanted < 1:
        raise Amiss("amount is a whole number above 0")
    amount = charge_refunds.refundable(world, charge, wanted)
    reason = None if given.get("reason") is None else one_of(given, "reason", REASONS)
    plan = Plan(outcome, after, signed(given, "returned_fee", 0))
    return refund_course.make(world, charge, amount, reason=reason, plan=plan)
