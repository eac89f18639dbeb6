"""The week, read from top to bottom. Every entry is a tick: it says "look now", the rows say what is due."""

from typing import Any

TIMETABLE: dict[str, dict[str, Any]] = {
    "settle what Stripe told us": {
        "task": "settling.settle",
        "schedule": 1.0,
        "options": {"queue": "ticks", "expires": 30},
    },
    "find the money that no event told of": {
        "task": "settling.poll",
        "schedule": 300.0,
        "options": {"queue": "ticks", "expires": 300},
    },
    "look at five weeks again, once a day": {
        "task": "settling.check",
        "schedule": 900.0,
        "options": {"queue": "ticks", "expires": 900},
    },
    "seal what has been added to the books": {
        "task": "ledger.seal",
        "schedule": 600.0,
        "options": {"queue": "ticks", "expires": 600},
    },
    "carry the mail": {
        "task": "mail.deliver",
        "schedule": 1.0,
        "options": {"queue": "mail", "expires": 30},
    },
    "drop event bodies that have served": {
        "task": "webhooks.forget",
        "schedule": 600.0,
        "options": {"queue": "ticks", "expires": 600},
    },
}
