"""The next invoice before it is written: as it would be if nothing changed until then."""

from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import renewal, time_of
from sandbox.stripe.objects.customer import living
from sandbox.stripe.paging import matching
from sandbox.stripe.params import anything, text
from sandbox.stripe.routes import Call, route


@route(
    "POST",
    "/v1/invoices/create_preview",
    automatic_tax=anything,
    currency=text(3),
    customer=text(),
    preview_mode=text(),
    subscription=text(),
)
def create_preview(call: Call) -> Json:
    world, given = call.world, call.params
    if given.get("subscription"):
        subscription = call.given("subscription", "subscription")
    elif given.get("customer"):
        customer = living(world, given["customer"])
        found = matching(world, "subscription", "$.customer", customer["id"])
        running = [row for row in found if row["status"] in ("active", "past_due", "trialing")]
        if not running:
            raise invalid(
                "No upcoming invoices for customer: " + customer["id"], code="invoice_upcoming_none"
            )
        subscription = running[0]
    else:
        raise invalid("You must pass a customer or a subscription to preview an invoice.")
    ends = subscription["cancel_at"]
    over = subscription["status"] not in ("active", "past_due", "trialing")
    time_of.follow(world, subscription)
    if over or (ends and ends <= subscription["items"]["data"][0]["current_period_end"]):
        raise invalid(
            f"No upcoming invoices for customer: {subscription['customer']}", code="invoice_upcoming_none"
        )
    return renewal.preview(world, subscription)
