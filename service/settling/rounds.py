"""Rounds of settling: lease what is due, ask Stripe, settle each object; until nothing is due.

It opens a transaction to lease, none while it asks Stripe, and one for each object: the one place,
with mail's delivery, that takes the sessionmaker instead of a session.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from service import clock
from service.gateway import ObjectGone, StripeAway, StripeRefused
from service.logs import working_for
from service.parts import Parts
from service.settling import queue
from service.settling.looking import Seen, look
from service.settling.outcomes import Done, NotYet
from service.settling.queue import Leased, LeaseLost
from service.settling.settle import settle

PASS_SECONDS = 20
ASKING_AT_ONCE = 8

log = logging.getLogger(__name__)


def settle_due(parts: Parts, seconds: float = PASS_SECONDS) -> int:
    """Settle until nothing is due, for at most `seconds`; returns how many objects were looked at."""
    started = clock.stopwatch()
    looked_at = 0
    with ThreadPoolExecutor(ASKING_AT_ONCE) as asking:
        while clock.stopwatch() - started < seconds:
            with parts.sessions.begin() as session:
                leased = queue.lease_due(session)
            if not leased:
                break
            looked_at += len(leased)
            answers = asking.map(lambda each: _ask(parts, each), leased)
            for each, answer in zip(leased, answers, strict=True):
                with working_for(each.request_id):
                    _settle_one(parts, each, answer)
    return looked_at


def _ask(parts: Parts, leased: Leased) -> Seen | Exception:
    """The answer or the failure; one object's failure is not another's."""
    try:
        return look(parts.gateway, leased.object_id)
    except Exception as failure:  # noqa: BLE001 - kept with the object, with its reason
        return failure


def _settle_one(parts: Parts, leased: Leased, answer: Seen | Exception) -> None:
    if isinstance(answer, Exception):
        _put_off(parts, leased, answer)
        return
    try:
        with parts.sessions.begin() as session:
            result = settle(session, parts.keyring, answer, leased.attempts)
            if isinstance(result, Done):
                queue.finish(session, leased, result.outcome, also=result.also)
            else:
                queue.put_off(session, leased, result.reason, also=result.also)
    except LeaseLost:
        log.info("another worker has taken over", extra={"object": leased.object_id})
        return
    except Exception as failure:  # noqa: BLE001 - nothing of it was written; it is tried again, then parked
        _put_off(parts, leased, failure)
        return
    if isinstance(result, NotYet):
        log.info("settled in part", extra={"object": leased.object_id, "reason": result.reason})
    else:
        log.info("settled", extra={"object": leased.object_id, "outcome": result.outcome})


def _put_off(parts: Parts, leased: Leased, failure: Exception) -> None:
    final = isinstance(failure, ObjectGone)
    reason = f"{type(failure).__name__}: {failure}"
    if isinstance(failure, StripeAway | StripeRefused):
        log.warning(
            "stripe gave no answer to settle by", extra={"object": leased.object_id, "reason": reason}
        )
    else:
        log.error("settling failed", extra={"object": leased.object_id}, exc_info=failure)
    try:
        with parts.sessions.begin() as session:
            parked = queue.put_off(session, leased, reason, park=final)
    except LeaseLost:
        return
    if parked:
        log.error("parked for a person", extra={"object": leased.object_id, "reason": reason})
