"""A subscription as Stripe writes it, and when its periods end."""

from dataclasses import dataclass

from sandbox.stripe import events, params
from sandbox.stripe.clock import DAY, months_later
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import pricing, subscription_agenda
from sandbox.stripe.paging import whole
from sandbox.stripe.routes import named
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Wanted:
    """One item of a subscription to be."""

    price: Json
    quantity: int
    metadata: Json


def wish(world: World, entry: Json, where: str) -> Wanted:
    """The item of a call: a price by its id, or written out."""
    if entry.get("price"):
        price = named(world, "price", entry["price"], f"{where}[price]", 400)
    elif entry.get("price_data"):
        price = pricing.new_price(world, entry["price_data"], f"{where}[price_data]", False)
    else:
        raise invalid(f"Missing required param: {where}[price].", f"{where}[price]")
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices "
            "with `type=recurring`.",
            f"{where}[price]",
        )
    quantity = entry.get("quantity") or 1
    return Wanted(price, quantity, params.present(entry.get("metadata") or {}))


def new_subscription(
    world: World, customer: Json, wanted: list[Wanted], given: Json, method_id: str | None
) -> Json:
    """A subscription before its first payment; it becomes active when that succeeds."""
    now = world.now()
    subscription_id = world.store.new_id("sub")
    trial_end = end_of_trial(now, given)
    anchor = given.get("billing_cycle_anchor")
    anchor = anchor if anchor and anchor > now else None
    period_end = trial_end or anchor or next_period(now, wanted[0].price["recurring"], now)
    cancel_at = given.get("cancel_at")
    if given.get("cancel_at_period_end") or isinstance(cancel_at, str):
        cancel_at = period_end
    items = [new_item(world, subscription_id, wish, now, period_end) for wish in wanted]
    subscription = world.store.add(
        {
            "id": subscription_id,
            "object": "subscription",
            "application": None,
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": trial_end or anchor or now,
            "billing_cycle_anchor_config": None,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_schedules": [],
            "billing_thresholds": None,
            "cancel_at": cancel_at,
            "cancel_at_period_end": given.get("cancel_at_period_end") or False,
            "canceled_at": now if cancel_at else None,
            "cancellation_details": {
                "comment": None,
                "feedback": None,
                "feedback_option": None,
                "reason": "cancellation_requested" if cancel_at else None,
            },
            "collection_method": "charge_automatically",
            "created": now,
            "currency": wanted[0].price["currency"],
            "customer": customer["id"],
            "customer_account": None,
            "days_until_due": None,
            "default_payment_method": method_id,
            "default_source": None,
            "default_tax_rates": [],
            "description": given.get("description"),
            "discounts": [],
            "ended_at": None,
            "invoice_settings": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "items": whole(items, f"/v1/subscription_items?subscription={subscription_id}"),
            "latest_invoice": None,
            "livemode": False,
            "metadata": params.present(given.get("metadata") or {}),
            "next_pending_invoice_item_invoice": None,
            "on_behalf_of": None,
            "pause_collection": None,
            "payment_settings": {
                "payment_method_options": None,
                "payment_method_types": None,
                "save_default_payment_method": "off",
                **(given.get("payment_settings") or {}),
            },
            "pending_invoice_item_interval": None,
            "pending_setup_intent": None,
            "pending_update": None,
            "schedule": None,
            "start_date": now,
            "status": "incomplete",
            "status_details": None,
            "test_clock": customer["test_clock"],
            "transfer_data": None,
            "trial_end": trial_end,
            "trial_settings": trial_settings(given),
            "trial_start": now if trial_end else None,
        }
    )
    if customer["currency"] is None:
        events.change(world, customer, None, currency=subscription["currency"])
    events.emit(world, "customer.subscription.created", subscription)
    subscription_agenda.plan(world, subscription)
    return subscription


def trial_settings(given: Json) -> Json:
    said = (given.get("trial_settings") or {}).get("end_behavior") or {}
    usual = {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"}
    return {"end_behavior": {**usual, **said}}


def new_item(world: World, subscription_id: str, wish: Wanted, start: int, end: int) -> Json:
    return {
        "id": world.store.new_id("si", 14),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now(),
        "current_period_end": end,
        "current_period_start": start,
        "current_trial": None,
        "discounts": [],
        "metadata": wish.metadata,
        "price": wish.price,
        "quantity": wish.quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def next_period(start: int, recurring: Json, anchor: int) -> int:
    """When the period that starts now ends; months keep the anchor's day where they have it."""
    count = int(recurring["interval_count"])
    match recurring["interval"]:
        case "day":
            return start + count * DAY
        case "week":
            return start + 7 * count * DAY
        case "month":
            return months_later(start, count, anchor)
        case _:
            return months_later(start, 12 * count, anchor)


def end_of_trial(now: int, given: Json) -> int | None:
    if given.get("trial_period_days"):
        return now + int(given["trial_period_days"]) * DAY
    end = given.get("trial_end")
    return int(end) if end and str(end).isdecimal() else None
