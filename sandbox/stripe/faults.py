"""What goes wrong on purpose: at the API's addresses and on the way to the webhook."""

import hashlib
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

MILLION = 1_000_000
REQUEST_KINDS = ("409", "429", "500", "lost_response", "slow")
DELIVERY_KINDS = ("drop", "double", "delay", "reorder", "bad_signature", "api_version")
ORDINARY = (
    # Stripe promises neither the order of events nor that one arrives only once.
    {"delivery": "*", "kind": "reorder", "rate": 1.0, "seconds": 0.25},
    {"delivery": "*", "kind": "double", "rate": 0.1, "seconds": 0.25},
)


class Unfit(ValueError):
    """A fault nobody could mean."""


@dataclass
class Fault:
    """One rule: where, what, how often, how many times still."""

    id: str
    kind: str
    endpoint: str | None
    delivery: str | None
    rate: float
    count: int | None
    seconds: float
    version: str | None
    tried: int = 0
    hit: int = 0

    def matches(self, *names: str) -> bool:
        pattern = self.endpoint or self.delivery or ""
        return any(fnmatchcase(name, pattern) for name in names)


class Faults:
    """All rules in force; chance follows from the seed, so a run can be had again."""

    def __init__(self, seed: str, orderly: bool) -> None:
        self._seed = seed
        self._orderly = orderly
        self._lock = threading.Lock()
        self._rules: dict[str, Fault] = {}
        self.clear()

    def clear(self) -> None:
        """Back to how the sandbox was started."""
        with self._lock:
            self._rules.clear()
        if not self._orderly:
            for rule in ORDINARY:
                self.set(dict(rule))

    def set(self, given: dict[str, Any]) -> Fault:
        """Put a rule in force, in place of the one for the same place and kind."""
        fault = read(given)
        with self._lock:
            if fault.rate == 0:
                self._rules.pop(fault.id, None)
            else:
                self._rules[fault.id] = fault
        return fault

    def remove(self, fault_id: str) -> bool:
        with self._lock:
            return self._rules.pop(fault_id, None) is not None

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(rule) for rule in self._rules.values()]

    def at_request(self, method: str, path: str) -> list[Fault]:
        """The faults that strike this request."""
        rules = [rule for rule in list(self._rules.values()) if rule.endpoint]
        names = (path, f"{method} {path}")
        return [rule for rule in rules if rule.matches(*names) and self._strikes(rule)]

    def at_delivery(self, kind: str, event_type: str, endpoint_id: str, *word: object) -> Fault | None:
        """The fault of this kind that strikes this delivery; `word` names the occasion."""
        for rule in list(self._rules.values()):
            fits = rule.delivery and rule.kind == kind and rule.matches(event_type, endpoint_id)
            if fits and self._strikes(rule, *word):
                return rule
        return None

    @property
    def shuffling(self) -> bool:
        return any(rule.kind == "reorder" for rule in list(self._rules.values()))

    def part(self, most: float, *words: object) -> int:
        """Somewhere between nothing and `most` seconds, in microseconds."""
        return int(most * MILLION) * self._chance(*words) // MILLION

    def _strikes(self, rule: Fault, *words: object) -> bool:
        with self._lock:
            if rule.count is not None and rule.hit >= rule.count:
                return False
            rule.tried += 1
            occasion = words or (rule.tried,)
            struck = self._chance(rule.id, *occasion) < int(rule.rate * MILLION)
            rule.hit += struck
            return struck

    def _chance(self, *words: object) -> int:
        text = ":".join(map(str, (self._seed, *words)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) % MILLION


def read(given: dict[str, Any]) -> Fault:
    unknown = set(given) - {"endpoint", "delivery", "kind", "rate", "count", "seconds", "version"}
    if unknown:
        raise Unfit(f"unknown: {', '.join(sorted(unknown))}")
    endpoint, delivery = given.get("endpoint"), given.get("delivery")
    if bool(endpoint) == bool(delivery):
        raise Unfit("give either endpoint or delivery")
    place = endpoint or delivery
    if not isinstance(place, str):
        raise Unfit("endpoint and delivery are patterns like 'POST /v1/refunds' or 'charge.*'")
    kind = str(given.get("kind"))
    kinds = REQUEST_KINDS if endpoint else DELIVERY_KINDS
    if kind not in kinds:
        raise Unfit(f"kind is one of {', '.join(kinds)}")
    return Fault(
        id=f"{kind}@{place}",
        kind=kind,
        endpoint=endpoint,
        delivery=delivery,
        rate=number(given, "rate", 1.0, most=1.0),
        count=None if given.get("count") is None else int(number(given, "count", 0, 1e9)),
        seconds=number(given, "seconds", 1.0, most=86_400.0),
        version=given.get("version"),
    )


def number(given: dict[str, Any], name: str, usual: float, most: float) -> float:
    value = given.get(name)
    if value is None:
        return usual
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise Unfit(f"{name} is a number") from None
    if not 0 <= found <= most:
        raise Unfit(f"{name} is between 0 and {most:g}")
    return found
