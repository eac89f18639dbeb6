"""What fits together in a Checkout Session, and what its lines come to."""

from dataclasses import dataclass

from sandbox.stripe import money, params
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json, invalid, missing_parameter, no_such
from sandbox.stripe.objects import pricing
from sandbox.stripe.routes import named
from sandbox.stripe.world import World

# Parameters that make sense in one mode only.
ONLY_IN = {
    "payment_intent_data": ("payment",),
    "invoice_creation": ("payment",),
    "submit_type": ("payment",),
    "subscription_data": ("subscription",),
    "payment_method_collection": ("subscription",),
    "customer_creation": ("payment", "setup"),
    "setup_intent_data": ("setup",),
}
SHORTEST = 30 * 60


@dataclass(frozen=True)
class Line:
    """A price, so many times."""

    price: Json
    quantity: int
    metadata: Json
    name: str

    @property
    def amount(self) -> int:
        return int(self.price["unit_amount"]) * self.quantity

    def item(self, world: World) -> Json:
        return {
            "id": world.store.new_id("li"),
            "object": "item",
            "adjustable_quantity": None,
            "amount_discount": 0,
            "amount_subtotal": self.amount,
            "amount_tax": 0,
            "amount_total": self.amount,
            "currency": self.price["currency"],
            "description": self.name,
            "metadata": self.metadata,
            "price": self.price,
            "quantity": self.quantity,
        }


def check(given: Json, now: int) -> None:
    """Refuse what Stripe refuses, before anything is made."""
    mode = given.get("mode") or "payment"
    for name, modes in ONLY_IN.items():
        if name in given and mode not in modes:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", name)
    if given.get("ui_mode") not in (None, "hosted_page"):
        raise invalid("This sandbox has the hosted page only.", "ui_mode")
    if not given.get("success_url"):
        raise missing_parameter("success_url")
    if given.get("customer") and given.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.", "customer")
    if given.get("customer") and given.get("customer_creation"):
        raise invalid(
            "You may only specify one of these parameters: customer, customer_creation.",
            "customer",
        )
    for discount in given.get("discounts") or []:
        raise no_such("coupon", discount.get("coupon") or "", "discounts[0][coupon]", 400)
    check_expiry(given.get("expires_at"), now)


def check_expiry(expires_at: int | None, now: int) -> None:
    if expires_at is None:
        return
    if expires_at < now + SHORTEST:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
            "expires_at",
        )
    if expires_at > now + DAY:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            "expires_at",
        )


def lines_of(world: World, given: Json) -> list[Line]:
    """The lines with their prices; in one currency, and worth charging."""
    mode = given.get("mode") or "payment"
    wanted = given.get("line_items") or []
    if mode == "setup":
        return []
    if not wanted:
        raise missing_parameter("line_items")
    if len(wanted) > 100:
        raise invalid("You can pass at most 100 line items.", "line_items")
    lines = [line(world, entry, f"line_items[{at}]") for at, entry in enumerate(wanted)]
    recurring = [entry for entry in lines if entry.price["recurring"]]
    if mode == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.",
            "line_items",
        )
    if mode == "subscription" and not recurring:
        raise invalid(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            "line_items",
        )
    if len(recurring) not in (0, len(lines)):
        raise invalid("This sandbox does not mix one-time and recurring prices.", "line_items")
    check_amounts(lines, mode)
    return lines


def line(world: World, entry: Json, where: str) -> Line:
    if entry.get("price"):
        price = named(world, "price", entry["price"], f"{where}[price]", 400)
        if not price["active"]:
            raise invalid(
                "The price specified is inactive. This field only accepts active prices.",
                f"{where}[price]",
            )
    elif entry.get("price_data"):
        price = pricing.new_price(world, entry["price_data"], f"{where}[price_data]", False)
    else:
        raise missing_parameter(f"{where}[price]")
    if entry.get("quantity") is None:
        raise invalid(f"Quantity is required. Add `quantity` to `{where}`", f"{where}[quantity]")
    product = world.store.get(price["product"])
    name = product["name"] if product else ""
    return Line(price, entry["quantity"], params.present(entry.get("metadata") or {}), name)


def check_amounts(lines: list[Line], mode: str) -> None:
    currencies = {entry.price["currency"] for entry in lines}
    if len(currencies) > 1:
        raise invalid("The prices of a Checkout Session must all have the same currency.", "line_items")
    currency = currencies.pop()
    for at, entry in enumerate(lines):
        money.check_steps(entry.price["unit_amount"], currency, f"line_items[{at}][price_data][unit_amount]")
    total = sum(entry.amount for entry in lines)
    if total == 0 and mode == "subscription":
        return
    refusal = money.check_total(total, currency)
    if refusal is not None:
        raise refusal
