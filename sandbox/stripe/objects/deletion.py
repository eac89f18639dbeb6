"""Deleting a customer: what they had promised to pay ends with them."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import subscription_course
from sandbox.stripe.paging import matching
from sandbox.stripe.routes import Call, route


@route("DELETE", "/v1/customers/<id>")
def delete_customer(call: Call) -> Json:
    world, customer = call.world, call.find("customer")
    for found in matching(world, "subscription", "$.customer", customer["id"]):
        if found["status"] not in subscription_course.OVER:
            subscription_course.end(world, found, {})
    world.store.drop(customer["id"])
    world.store.set_meta(f"deleted {customer['id']}", customer["id"])
    events.emit(world, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}
