"""Webhook bodies as Stripe sends them, signed by the real algorithm."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any


def event(kind: str, subject: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A snapshot event about `subject`; `changes` replace fields of the envelope."""
    return {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_790_000_000,
        "data": {"object": dict(subject)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    } | changes


def encode(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, indent=2).encode()


def signature(body: bytes, secret: str, *, at: int | None = None) -> str:
    moment = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"
