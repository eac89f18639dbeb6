"""The method of payment that a customer, or what they pay for, is to use from now on."""

from sandbox.stripe import events
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import payment_card
from sandbox.stripe.objects.subscription_agenda import OVER
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World


def chosen_method(
    world: World,
    name: str,
    customer_id: str,
    param: str = "default_payment_method",
    *,
    attach: bool = False,
) -> str:
    """Its id; it must be the customer's. `pm_card_…` becomes a card of theirs, as in test mode."""
    method = payment_card.found(world, name, param)
    if attach or name.startswith("pm_card_"):
        payment_card.attach(world, method, customer_id)
    if method["customer"] != customer_id:
        raise invalid(
            f"The customer does not have a payment method with the ID {name}. The payment method must "
            "be attached to the customer.",
            param,
            "resource_missing",
        )
    found: str = method["id"]
    return found


def make_default(world: World, customer: Json, method_id: str) -> None:
    """From now on this one is charged, also where a subscription had one of its own."""
    settings = {**customer["invoice_settings"], "default_payment_method": method_id}
    events.change(world, customer, "customer.updated", invoice_settings=settings)
    for subscription in matching(world, "subscription", "$.customer", customer["id"]):
        if subscription["status"] not in OVER and subscription["default_payment_method"]:
            events.change(
                world,
                subscription,
                "customer.subscription.updated",
                default_payment_method=method_id,
            )
