"""Invoice payments: which payment paid which invoice."""

from typing import Any

from sandbox.stripe import params
from sandbox.stripe.errors import Json
from sandbox.stripe.expanding import includes
from sandbox.stripe.objects import invoice as invoices
from sandbox.stripe.paging import PAGES, equal, listed, matching, whole
from sandbox.stripe.params import text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route("GET", "/v1/invoice_payments/<id>")
def retrieve_payment(call: Call) -> Json:
    return call.find("invoice_payment")


@route(
    "GET",
    "/v1/invoice_payments",
    **PAGES,
    invoice=text(),
    status=params.choice("canceled", "open", "paid"),
    payment=params.record(
        type=params.Needed(params.choice("payment_intent", "charge", "payment_record")),
        payment_intent=text(),
        charge=text(),
        payment_record=text(),
    ),
)
def list_payments(call: Call) -> Json:
    given = call.params
    tests: list[tuple[str, tuple[Any, ...]]] = [
        equal(f"$.{name}", given[name]) for name in ("invoice", "status") if given.get(name)
    ]
    for name, value in (given.get("payment") or {}).items():
        tests.append(equal(f"$.payment.{name}", value))
    return listed(call, "invoice_payment", tests, "/v1/invoice_payments")


@includes("invoice", "payments")
def payments_of(world: World, invoice: Json) -> Json:
    found = matching(world, "invoice_payment", "$.invoice", invoice["id"])
    return whole(found, f"/v1/invoice_payments?invoice={invoice['id']}")


@includes("invoice", "confirmation_secret")
def confirmation_secret(world: World, invoice: Json) -> Json | None:
    intent = invoices.default_intent(world, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
