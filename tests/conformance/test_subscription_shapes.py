"""What a subscription goes through leaves objects and events in Stripe's shape: renewals to portal."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from tests.conformance.asking import everything, fetch, post
from tests.conformance.stripe_spec import ENDIVE, Spec, place
from tests.programs import ask, stripe_sandbox

DAY = 86_400
FAILS = "4000000000000341"
LISTS = (
    "billing_portal/configurations", "coupons", "customers", "events", "invoice_payments", "invoiceitems",
    "invoices", "payment_intents", "payment_methods", "promotion_codes", "subscriptions?status=all",
    "test_helpers/test_clocks",
)  # fmt: skip
EVENTS = {
    "billing_portal.configuration.created", "billing_portal.configuration.updated",
    "billing_portal.session.created", "coupon.created", "coupon.updated", "customer.discount.created",
    "customer.discount.deleted", "customer.subscription.deleted", "customer.subscription.paused",
    "customer.subscription.resumed", "customer.subscription.trial_will_end",
    "customer.subscription.updated", "customer.updated", "invoice.created", "invoice.deleted",
    "invoice.finalized", "invoice.marked_uncollectible", "invoice.overdue", "invoice.paid",
    "invoice.payment_action_required", "invoice.payment_failed", "invoice.sent", "invoice.upcoming",
    "invoice.updated", "invoice.voided", "invoice_payment.paid", "invoiceitem.created",
    "invoiceitem.deleted", "payment_method.automatically_updated", "promotion_code.created",
    "test_helpers.test_clock.advancing", "test_helpers.test_clock.created",
    "test_helpers.test_clock.ready",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec() -> Spec:
    if not place().is_file():
        pytest.skip(f"not present: {place()}")
    return Spec(place())


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox in which everything that subscriptions go through has happened."""
    with stripe_sandbox(tmp_path_factory.mktemp("shapes"), "--settle-delay-ms", "0") as url:
        Life(url).live()
        yield url


class Life:
    """Donors of every fate."""

    def __init__(self, url: str) -> None:
        stripe.enable_telemetry = False
        self.url = url
        self.v1: Any = StripeClient("sk_test_" + "0" * 24, base_addresses={"api": url}).v1

    def lever(self, name: str, **given: Any) -> Any:
        return ask(f"{self.url}/_sandbox/{name}", given)

    def price(self, amount: int, every: str = "month", currency: str = "usd") -> str:
        wanted = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Donation"}}
        found: str = self.v1.prices.create({**wanted, "recurring": {"interval": every}}).id
        return found

    def donor(self, amount: int = 1000, card: str | None = "pm_card_visa", **more: Any) -> Any:
        default = (
            {"payment_method": card, "invoice_settings": {"default_payment_method": card}} if card else {}
        )
        customer = self.v1.customers.create({"email": "a@b.example", **default, **more.pop("customer", {})})
        wanted = {"customer": customer.id, "items": [{"price": self.price(amount)}], **more}
        return self.v1.subscriptions.create(wanted)

    def live(self) -> None:
        self.changes()
        self.trials()
        failing = [self.donor() for _ in range(3)]
        for donor in failing:
            self.lever("card", customer=donor.customer, number=FAILS)
        asked = self.donor()
        self.lever("card", customer=asked.customer, number="4000002760003184")
        for behavior in ("void", "keep_as_draft", "mark_uncollectible"):
            self.v1.subscriptions.update(self.donor().id, {"pause_collection": {"behavior": behavior}})
        self.by_hand()
        self.portal()
        self.clock()
        self.lever("advance", seconds=33 * DAY)
        self.lever("card", customer=failing[0].customer, number="5555555555554444", keep=True)
        for row in self.v1.invoices.list({"subscription": failing[1].id, "status": "open"}).data:
            self.v1.invoices.pay(row.id, {"paid_out_of_band": True})
        self.lever("advance", seconds=33 * DAY)

    def changes(self) -> None:
        donor = self.donor(3000)
        item = donor["items"].data[0].id
        for amount, behavior in ((1000, "always_invoice"), (5000, "create_prorations"), (700, "none")):
            self.lever("advance", seconds=DAY)
            self.v1.subscriptions.update(
                donor.id,
                {
                    "items": [{"id": item, "price": self.price(amount), "metadata": {"a": "b"}}],
                    "proration_behavior": behavior,
                },
            )
        self.v1.subscriptions.update(donor.id, {"billing_cycle_anchor": {"type": "now"}})
        self.v1.subscriptions.pause(donor.id)
        self.v1.subscriptions.resume(donor.id)
        self.v1.subscriptions.update(donor.id, {"cancel_at": "min_period_end"})
        self.v1.subscriptions.cancel(self.donor().id, {"invoice_now": True, "prorate": True})

    def trials(self) -> None:
        for wish in ("cancel", "pause", "create_invoice"):
            settings = {"end_behavior": {"missing_payment_method": wish}}
            self.donor(card=None, trial_period_days=5, trial_settings=settings)
        self.donor(trial_period_days=2)

    def by_hand(self) -> None:
        invoices, items = self.v1.invoices, self.v1.invoice_items
        customer = self.v1.customers.create({"email": "c@d.example", "balance": -250}).id
        for verb in ("finalize_invoice", "delete", "void_invoice", "mark_uncollectible", "send_invoice"):
            items.create({"customer": customer, "amount": 900, "currency": "usd", "metadata": {"a": "b"}})
            wanted = {"customer": customer, "pending_invoice_items_behavior": "include"}
            if verb == "send_invoice":
                wanted |= {"collection_method": "send_invoice", "days_until_due": "3"}
            draft = invoices.create(wanted)
            if verb == "void_invoice":
                invoices.finalize_invoice(draft.id)
            getattr(invoices, verb)(draft.id)
        items.delete(items.create({"customer": customer, "amount": 1, "currency": "usd"}).id)
        coupon = self.v1.coupons.create({"percent_off": 12.5, "duration": "forever"})
        self.v1.coupons.update(coupon.id, {"metadata": {"a": "b"}})
        discounted = self.v1.customers.create({}).id
        for named in (coupon.id, ""):
            # The library has no name for this any more; Stripe's CLI still says it.
            post(self.url, f"customers/{discounted}", {"coupon": named})
        self.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})

    def portal(self) -> None:
        donor = self.donor()
        v1 = self.v1.billing_portal
        cancel = {
            "subscription_cancel": {
                "enabled": True,
                "cancellation_reason": {"enabled": True, "options": ["other"]},
            }
        }
        made = v1.configurations.create({"features": {**cancel, "invoice_history": {"enabled": True}}})
        v1.configurations.update(made.id, {"metadata": {"a": "b"}})
        about = {"subscription": donor.id}
        for flow in (
            {"type": "payment_method_update", "after_completion": {"type": "hosted_confirmation"}},
            {"type": "subscription_cancel", "subscription_cancel": about},
            {"type": "subscription_pause", "subscription_pause": about},
            {"type": "customer_update"},
            None,
        ):
            wanted = {"customer": donor.customer, "configuration": made.id}
            v1.sessions.create({**wanted, "flow_data": flow} if flow else wanted)
        v1.sessions.create({"customer": donor.customer, "return_url": "https://example.org/"})

    def clock(self) -> None:
        clocks = self.v1.test_helpers.test_clocks
        clock = clocks.create({"frozen_time": 1_900_000_000, "name": "later"})
        self.donor(customer={"test_clock": clock.id})
        clocks.advance(clock.id, {"frozen_time": 1_900_000_000 + 70 * DAY})


def test_every_object_has_its_shape(api: str, spec: Spec) -> None:
    seen = [row for path in LISTS for row in everything(api, path)]
    for invoice in everything(api, "invoices"):
        seen += invoice["lines"]["data"]
        seen.append(fetch(api, f"invoices/{invoice['id']}?expand[]=payments&expand[]=confirmation_secret"))
    assert {row["object"] for row in seen} >= {"invoiceitem", "test_helpers.test_clock", "coupon"}
    assert [fault for row in seen for fault in spec.faults(row)] == []


def test_every_kind_of_event_was_seen(api: str, spec: Spec) -> None:
    told = everything(api, "events")
    assert EVENTS - {event["type"] for event in told} == set()
    assert [fault for event in told for fault in spec.faults(event)] == []


def test_previous_attributes_have_their_shape(api: str, spec: Spec) -> None:
    """What an object was before has the same shape, as far as it is told."""
    faults = []
    for event in everything(api, "events"):
        before = event["data"].get("previous_attributes")
        if before:
            assert set(before) <= set(event["data"]["object"]), event["type"]
            faults += spec.faults({**event["data"]["object"], **before})
    assert faults == []


def test_the_portal_shows_what_is_new(api: str) -> None:
    sessions = [
        event["data"]["object"]
        for event in everything(api, "events")
        if event["type"] == "billing_portal.session.created"
    ]
    assert all(ENDIVE["billing_portal.session"] <= set(session) for session in sessions)
    features = everything(api, "billing_portal/configurations")[0]["features"]
    assert ENDIVE["portal_features"] <= set(features)
