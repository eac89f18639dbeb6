"""Deleting a customer: what they had promised to pay ends with them."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import invoice_final, subscription_course, time_of
from sandbox.stripe.objects.subscription_agenda import OVER
from sandbox.stripe.paging import matching
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route("DELETE", "/v1/customers/<id>")
def delete_customer(call: Call) -> Json:
    customer = time_of.follow(call.world, call.find("customer"))
    return delete(call.world, customer)


def delete(world: World, customer: Json) -> Json:
    for found in matching(world, "subscription", "$.customer", customer["id"]):
        if found["status"] not in OVER:
            subscription_course.end(world, found, {})
    for made in matching(world, "invoice", "$.customer", customer["id"]):
        if made["status"] in ("draft", "open"):
            invoice_final.stop_trying(world, made)
    world.store.drop(customer["id"])
    world.store.set_meta(f"deleted {customer['id']}", customer["id"])
    events.emit(world, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}
