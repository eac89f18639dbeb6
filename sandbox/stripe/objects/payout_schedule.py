"""When the account's money is paid out by itself, and how much of it stays."""

import json

from sandbox.stripe import money
from sandbox.stripe.clock import DAY, day_of_month, midnight, months_later
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, signed
from sandbox.stripe.objects import payout_course
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

PAY_OUT, WHOSE, KEPT_AS = "pay out on schedule", "account", "payout schedule"
INTERVALS = ("manual", "daily", "weekly", "monthly")
# At two in the morning, UTC: what became available at midnight is on its way the same night.
AT = 2 * 3_600


def schedule(world: World) -> Json:
    known = world.store.meta(KEPT_AS)
    found: Json = json.loads(known) if known else {"interval": world.settings.payouts, "minimum_balance": {}}
    return found


def begin(world: World) -> None:
    """At the first start, after a reset, or when another schedule is wished for."""
    interval = schedule(world)["interval"]
    if interval == "manual":
        world.agenda.cancel(PAY_OUT, WHOSE)
    else:
        world.agenda.at(next_time(world.now(), interval), PAY_OUT, WHOSE)


def next_time(now: int, interval: str) -> int:
    today = midnight(now) + AT
    following = today if today > now else today + DAY
    match interval:
        case "daily":
            return following
        case "weekly":  # on Mondays; the epoch was a Thursday
            return following + (4 - following // DAY) % 7 * DAY
        case _:
            first = midnight(now) - (day_of_month(now) - 1) * DAY + AT
            return first if first > now else months_later(first, 1, first)


@verb(PAY_OUT)
def pay_out(world: World, _: str) -> None:
    payout_course.pay_out_all(world, schedule(world)["minimum_balance"], "paid")
    begin(world)


@lever("payout_schedule", "interval", "minimum_balance")
def pull(world: World, given: Json) -> Json:
    """`{interval: daily|weekly|monthly|manual, minimum_balance?: {usd: 5000}}`."""
    now = schedule(world)
    minimums = given.get("minimum_balance", now["minimum_balance"])
    if not isinstance(minimums, dict) or not minimums.keys() <= money.CURRENCIES:
        raise Amiss("minimum_balance gives an amount by currency")
    wished = {
        "interval": one_of(given, "interval", INTERVALS, now["interval"]),
        "minimum_balance": {currency: signed(minimums, currency) for currency in minimums},
    }
    world.store.set_meta(KEPT_AS, json.dumps(wished))
    begin(world)
    return wished
