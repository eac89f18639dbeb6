"""One-time gifts, opened by our service and paid in the sandbox, and the events that told of them."""

import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from service.donations.opening import open_checkout
from service.donations.wishes import Wish
from service.parts import Parts
from tests.programs import ask, pay, until

Event = dict[str, Any]
# Opening the page tells of a product and a price as well; paying tells of these six.
MIX = (
    "customer.created",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
)


class Gifts:
    """Every call of `pay` makes gifts that nobody was told of yet; their events come back in their order."""

    def __init__(self, parts: Parts, stripe: str) -> None:
        self._parts = parts
        self._stripe = stripe
        self._newest = ""
        self.paid = 0
        # The events are posted by us, freshly signed for each side.
        ask(f"{stripe}/_sandbox/faults", {"delivery": "*", "kind": "drop", "rate": 1})

    def pay(self, count: int) -> list[Event]:
        with ThreadPoolExecutor(4) as givers:
            list(givers.map(self._give, range(self.paid, self.paid + count)))
        self.paid += count
        events: list[Event] = until(lambda: self._complete(count), f"the events of {count} gifts")
        self._newest = events[-1]["id"]
        told = [event for event in events if event["type"] in MIX]
        assert Counter(event["type"] for event in told) == Counter(dict.fromkeys(MIX, count))
        return told

    def _give(self, number: int) -> None:
        wish = Wish(
            attempt=str(uuid.UUID(int=number)), frequency="once", amount=1000 + number, currency="eur"
        )
        checkout, _ = open_checkout(self._parts, wish, f"gift-{number}")
        assert checkout.session_id
        pay(self._stripe, checkout.session_id, email=f"donor{number}@example.org", name=f"Donor {number}")

    def _complete(self, count: int) -> list[Event] | None:
        """The last that is heard of a gift is its charge with the balance transaction."""
        events = list(self._since())[::-1]
        last = sum(event["type"] == "charge.updated" for event in events)
        return events if last == count else None

    def _since(self) -> Iterator[Event]:
        """What came after the newest event known, newest first, as Stripe lists it."""
        after = ""
        while True:
            page = self._listed({"limit": "100"} | ({"starting_after": after} if after else {}))
            for event in page["data"]:
                if event["id"] == self._newest:
                    return
                yield event
            if not page["has_more"]:
                return
            after = page["data"][-1]["id"]

    def _listed(self, asked: dict[str, str]) -> Any:
        key = self._parts.settings.stripe_secret_key
        return requests.get(f"{self._stripe}/v1/events", asked, auth=(key, ""), timeout=30).json()
