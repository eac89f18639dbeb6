"""Keeps what Stripe tells us, in one statement that is durable before Stripe hears that we have it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service import clock
from service.crypto import Keyring
from service.database import DirectLine
from service.webhooks.subject import object_of

EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,200}")
EVENT_TYPE = re.compile(r"[A-Za-z0-9_.]{1,200}")

# One round trip, written for the driver: this is the one statement that all of Stripe's traffic waits for.
# A mark wakes a parked object too: Stripe has something new to say about it.
KEEP = """
    WITH kept AS (
        INSERT INTO events (id, type, object_id, api_version, created_at, received_at, request_id,
                            body_sealed, closed_at, outcome)
        VALUES (%(id)s, %(type)s, %(object_id)s, %(api_version)s, %(created_at)s, %(received_at)s,
                %(request_id)s, %(body)s, %(closed_at)s, %(outcome)s)
        ON CONFLICT (id) DO NOTHING
        RETURNING object_id
    )
    INSERT INTO work (object_id, marks, dirty_at, next_at, attempts)
    SELECT object_id, 1, %(real_now)s, %(real_now)s, 0 FROM kept WHERE object_id IS NOT NULL
    ON CONFLICT (object_id) DO UPDATE SET
        marks = work.marks + 1,
        dirty_at = excluded.dirty_at,
        next_at = excluded.next_at,
        attempts = CASE WHEN work.parked_at IS NULL THEN work.attempts ELSE 0 END,
        parked_at = NULL
"""

COUNT_REFUSED = """
    INSERT INTO refused_events (day, reason, count) VALUES (%(day)s, %(reason)s, 1)
    ON CONFLICT (day, reason) DO UPDATE SET count = refused_events.count + 1
"""


class Malformed(Exception):
    """Signed by Stripe's secret, and still not an event."""


class WrongMode(Exception):
    """A test event for a live service, or the reverse: an endpoint is registered in the wrong place."""


@dataclass(frozen=True)
class Envelope:
    """What is read of an event when it arrives; everything else is asked from Stripe later."""

    id: str
    type: str
    object_id: str | None
    api_version: str | None
    created_at: datetime

    @classmethod
    def of(cls, body: str, *, live: bool) -> "Envelope":
        """Raises Malformed or WrongMode. Snapshot and thin events are both understood."""
        try:
            event = json.loads(body)
        except (ValueError, RecursionError) as broken:
            raise Malformed("the body is not JSON") from broken
        if not isinstance(event, Mapping):
            raise Malformed("the body is not an object")
        if event.get("livemode") is not live:
            raise WrongMode
        version = event.get("api_version")
        return cls(
            id=_matching(event, "id", EVENT_ID),
            type=_matching(event, "type", EVENT_TYPE),
            object_id=object_of(event),
            api_version=version[:40] if isinstance(version, str) and version.isprintable() else None,
            created_at=_instant(event.get("created")),
        )


def keep(line: DirectLine, keyring: Keyring, envelope: Envelope, body: bytes, request_id: str) -> None:
    """Keep the event and mark its object dirty; an event that is known already changes nothing."""
    now = clock.now()
    silent = envelope.object_id is None
    line.execute(
        KEEP,
        {
            "id": envelope.id,
            "type": envelope.type,
            "object_id": envelope.object_id,
            "api_version": envelope.api_version,
            "created_at": envelope.created_at,
            "received_at": now,
            "real_now": clock.real_now(),
            "request_id": request_id,
            "body": keyring.seal(body, body_place(envelope.id)),
            "closed_at": now if silent else None,
            "outcome": "nothing to do" if silent else None,
        },
    )


def count_refused(line: DirectLine, reason: str) -> None:
    line.execute(COUNT_REFUSED, {"day": clock.now().date().isoformat(), "reason": reason})


def body_place(event_id: str) -> str:
    return f"events.body of {event_id}"


def _matching(event: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"the event has no usable {name}")
    return value


def _instant(created: Any) -> datetime:
    """Seconds in a snapshot event, ISO 8601 in a thin one."""
    try:
        if isinstance(created, str):
            instant = datetime.fromisoformat(created)
            if instant.tzinfo is None:
                raise ValueError("no offset")
            return instant
        if type(created) is int and created >= 0:
            return clock.from_epoch(created)
    except (ValueError, OverflowError, OSError) as broken:
        raise Malformed("the event has no usable created") from broken
    raise Malformed("the event has no usable created")
