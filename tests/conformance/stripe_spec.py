"""Holds an object against Stripe's OpenAPI: what is missing, what has the wrong shape, what is too much."""

import json
import os
from pathlib import Path
from typing import Any

NAME = "spec3_subset.2026-08-26.dahlia.json"
BESIDE = Path(__file__).parents[3] / "shared" / "stripe" / NAME

# What API 2026-10-28.endive shows in addition: from the differences of the library's two versions.
ENDIVE = {
    "checkout.session": {"allowed_payment_method_types"},
    "payment_intent": {"payment_record"},
    "invoice": {"status_details"},
    "subscription": {"status_details"},
    "subscriptions_resource_trial_settings_end_behavior": {"billing_cycle_anchor"},
    "subscriptions_trials_resource_end_behavior": {"billing_cycle_anchor"},
    "subscription_item": {"current_trial"},
    "product": {"tax_details"},
    "billing_portal.session": {"after_expiration"},
    "portal_features": {"subscription_pause"},
    "portal_flows_flow": {"subscription_pause"},
    "dispute": {"intended_submission_method"},
    "dispute_evidence": {"appeal"},
    "dispute_evidence_details": {"submission_method"},
}
# Values that an enumeration has got since then, by the place where they are seen.
NEW_VALUES = {"billing_portal.session.flow.type": "subscription_pause"}
TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "number": (int, float),
    "object": dict,
    "array": list,
}


def place() -> Path:
    return Path(os.environ.get("SUSTAINER_STRIPE_SPEC") or BESIDE)


class Spec:
    """Stripe's schemas by name."""

    def __init__(self, path: Path) -> None:
        self.schemas: dict[str, Any] = json.loads(path.read_text())["components"]["schemas"]

    def faults(self, document: dict[str, Any]) -> list[str]:
        """Everything that is wrong with an object, its lists and, for an event, what it carries."""
        kind = document["object"]
        if kind == "list":
            return [fault for item in document["data"] for fault in self.faults(item)]
        found = self._held(document, {"$ref": f"/{kind}"}, kind)
        if kind == "event":
            found += [f"{document['type']} > {fault}" for fault in self.faults(document["data"]["object"])]
        return found

    def _held(self, value: Any, schema: dict[str, Any], path: str) -> list[str]:
        if value is None and schema.get("nullable"):
            return []
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._held(value, {**self.schemas[name], "name": name}, path)
        if "anyOf" in schema:
            tries = [self._held(value, option, path) for option in schema["anyOf"]]
            return min(tries, key=len)
        if "enum" in schema and value not in (*schema["enum"], NEW_VALUES.get(path)):
            return [f"{path}: {value!r} is none of {schema['enum']}"]
        wanted = schema.get("type")
        if wanted is None:
            return []
        if not isinstance(value, TYPES[wanted]) or (wanted != "boolean" and isinstance(value, bool)):
            return [f"{path}: {value!r} is no {wanted}"]
        if wanted == "array":
            return [
                fault
                for at, item in enumerate(value)
                for fault in self._held(item, schema["items"], f"{path}[{at}]")
            ]
        return self._fields(value, schema, path) if wanted == "object" else []

    def _fields(self, value: dict[str, Any], schema: dict[str, Any], path: str) -> list[str]:
        known = schema.get("properties")
        if not known:
            return []
        found = [f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, inner in value.items():
            if name in known:
                found += self._held(inner, known[name], f"{path}.{name}")
            elif name not in ENDIVE.get(schema.get("name", ""), ()):
                found.append(f"{path}.{name} is unknown to Stripe")
        return found
