"""Disputes: a bank takes a payment back, or asks about it first."""

from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.levers import Amiss, lever, one_of, signed, the, whole_number
from sandbox.stripe.objects import dispute_course
from sandbox.stripe.objects.dispute_document import EVIDENCE
from sandbox.stripe.objects.dispute_money import FEE
from sandbox.stripe.paging import PAGES, equal, listed, matching
from sandbox.stripe.params import anything, boolean, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

KINDS = ("chargeback", "inquiry")


@route("GET", "/v1/disputes/<id>")
def retrieve(call: Call) -> Json:
    return call.find("dispute")


@route("GET", "/v1/disputes", **PAGES, charge=text(), payment_intent=text())
def list_disputes(call: Call) -> Json:
    given, world = call.params, call.world
    tests: list[tuple[str, tuple[Any, ...]]] = []
    for name in ("charge", "payment_intent"):
        if given.get(name):
            tests.append(equal(f"$.{name}", given[name]))
    # Stripe's test cards bring their dispute at once to whoever asks for it by its payment.
    for charge in matching(world, "charge", "$.payment_intent", given.get("payment_intent")):
        if world.agenda.cancel(dispute_course.OPEN_BY_CARD, charge["id"]):
            dispute_course.open_by_card(world, charge["id"])
    return listed(call, "dispute", tests)


@route(
    "POST",
    "/v1/disputes/<id>",
    evidence=params.record(**dict.fromkeys(EVIDENCE, text(150_000)), enhanced_evidence=anything),
    intended_submission_method=text(),
    metadata=params.metadata,
    submit=boolean,
)
def update(call: Call) -> Json:
    dispute, given, world = call.find("dispute"), call.params, call.world
    news: Json = {}
    if "metadata" in given:
        news["metadata"] = params.merged(dispute["metadata"], given["metadata"]) if given["metadata"] else {}
    if given.get("evidence"):
        if dispute["status"] not in dispute_course.ANSWERABLE:
            raise invalid("This dispute cannot be updated because it has been closed.")
        news["evidence"] = {**dispute["evidence"], **given["evidence"]}
    events.change(world, dispute, "charge.dispute.updated", **news)
    if given.get("evidence") and given.get("submit") is not False:
        dispute_course.answer(world, dispute, dispute["evidence"]["uncategorized_text"])
    return dispute


@route("POST", "/v1/disputes/<id>/close")
def close(call: Call) -> Json:
    """Give in: a chargeback is lost with it, an inquiry ends."""
    dispute = call.find("dispute")
    if dispute["status"] not in dispute_course.ANSWERABLE:
        raise invalid("This dispute is already closed.")
    warning = dispute["status"].startswith("warning")
    return dispute_course.close(call.world, dispute, "warning_closed" if warning else "lost")


@lever(
    "dispute", "charge", "payment_intent", "dispute", "kind", "outcome", "after", "amount", "reason", "fee",
    "returned_fee",
)  # fmt: skip
def pull(world: World, given: Json) -> Json:
    """A bank disputes a charge, or decides a dispute; `outcome` at once, or `after` seconds."""
    outcome = None if given.get("outcome") is None else one_of(given, "outcome", dispute_course.OUTCOMES)
    if given.get("dispute"):
        dispute = the(world, given, "dispute", "dispute")
        if outcome is None or dispute["status"] in dispute_course.CLOSED:
            raise Amiss(f"the dispute is {dispute['status']}: give an outcome for an open one", 409)
    else:
        charge = charge_of(world, given)
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole_number(given, "amount", left)
        if not 0 < amount <= left:
            raise Amiss(f"amount is between 1 and {left}, what is left of the charge")
        dispute = dispute_course.start(
            world,
            charge,
            inquiry=one_of(given, "kind", KINDS, "chargeback") == "inquiry",
            amount=amount,
            reason=given.get("reason"),
            fee=signed(given, "fee", FEE),
            returned_fee=signed(given, "returned_fee", 0),
        )
    if outcome is not None and dispute["status"] not in dispute_course.CLOSED:
        dispute_course.later(world, dispute, outcome, whole_number(given, "after", 0))
    return dispute


def charge_of(world: World, given: Json) -> Json:
    name = given.get("charge")
    if not name:
        name = the(world, given, "payment_intent", "payment_intent")["latest_charge"]
    charge = the(world, {"charge": name}, "charge", "charge")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise Amiss(f"the charge is {charge['status']}, captured: {charge['captured']}", 409)
    if charge["amount"] == charge["amount_refunded"]:
        raise Amiss("the charge has been refunded", 409)
    return charge
