"""The levers under /_sandbox: move the clock, pay, break things, read the books."""

import functools
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox.stripe import timekeeper
from sandbox.stripe.books import books as all_books
from sandbox.stripe.clock import micros_of
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.faults import Unfit
from sandbox.stripe.levers import FARTHEST, LEVERS, Amiss, Pull, body, whole_number
from sandbox.stripe.objects import webhook_endpoint
from sandbox.stripe.world import World


def mount(app: Flask, world: World, setup: Callable[[World], None]) -> None:
    """`setup` puts back what the command line asked for, after a reset."""

    @app.get("/_sandbox/clock")
    def clock() -> Response:
        return Response(f'{{"now": "{world.clock.iso()}"}}', mimetype="application/json")

    @app.post("/_sandbox/advance")
    def advance() -> Response:
        kept = timekeeper.advance(world, wanted_instant(world, body()))
        return jsonify(now=world.clock.iso(), kept=kept)

    @app.get("/_sandbox/books")
    def books() -> Response:
        with world.store.transaction():
            return jsonify(all_books(world))

    for name, pull in LEVERS.items():
        view = functools.partial(pulled, world, pull)
        app.add_url_rule(f"/_sandbox/{name}", f"lever {name}", view, methods=["POST"])

    @app.get("/_sandbox/faults")
    def faults() -> Response:
        return jsonify(faults=world.faults.listed())

    @app.post("/_sandbox/faults")
    def add_fault() -> Response:
        return jsonify(vars(world.faults.set(body())))

    @app.delete("/_sandbox/faults")
    def clear_faults() -> Response:
        """Back to how the sandbox was started; with an id in the query, only that one goes."""
        name = request.args.get("id")
        if name is None:
            world.faults.clear()
        elif not world.faults.remove(name):
            raise Amiss(f"no such fault: {name}", 404)
        return jsonify(faults=world.faults.listed())

    @app.get("/_sandbox/deliveries")
    def deliveries() -> Response:
        return jsonify(delivery_states(world))

    @app.post("/_sandbox/roll")
    def roll() -> Response:
        given = body()
        seconds = whole_number(given, "seconds", 86_400)
        with world.store.transaction():
            found = world.store.get(str(given.get("endpoint")))
            if found is None or found["object"] != "webhook_endpoint":
                raise Amiss(f"no such webhook endpoint: {given.get('endpoint')}", 404)
            return jsonify(secret=webhook_endpoint.roll(world, found["id"], seconds))

    @app.post("/_sandbox/reset")
    def reset() -> Response:
        with world.store.transaction():
            world.store.wipe()
            world.clock.ahead = 0
            world.deliveries.forget()
            setup(world)
        world.faults.clear()
        return jsonify(now=world.clock.iso())

    @app.errorhandler(Amiss)
    def amiss(trouble: Amiss) -> tuple[Response, int]:
        return jsonify(error=str(trouble)), trouble.status

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> tuple[Response, int]:
        return jsonify(error=str(refusal), code=refusal.error.get("code")), refusal.status

    @app.errorhandler(Unfit)
    def unfit(trouble: Unfit) -> tuple[Response, int]:
        return jsonify(error=str(trouble)), 400

    @app.errorhandler(HTTPException)
    def other(trouble: HTTPException) -> tuple[Response, int]:
        return jsonify(error=trouble.description), trouble.code or 500


def pulled(world: World, pull: Pull) -> Response:
    with world.store.transaction(), world.clock.own_way():
        return jsonify(pull(world, body()))


def wanted_instant(world: World, given: Json) -> int:
    """The instant to go to, in microseconds."""
    if ("to" in given) == ("seconds" in given):
        raise Amiss("give either to (ISO 8601 or Unix seconds) or seconds")
    now = world.clock.micros()
    if "seconds" in given:
        return now + whole_number(given, "seconds") * 1_000_000
    to = str(given["to"])
    try:
        instant = int(to) * 1_000_000 if to.isdecimal() else micros_of(moment(to))
    except (ValueError, TypeError, OverflowError):
        raise Amiss(f"to is neither ISO 8601 with its offset nor Unix seconds: {to}") from None
    if instant < now:
        raise Amiss(f"the clock shows {world.clock.iso()} and cannot go back to {to}")
    if instant > now + FARTHEST * 1_000_000:
        raise Amiss("that is more than a hundred years away")
    return instant


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return found


def delivery_states(world: World) -> Json:
    counts = dict(world.store.rows("SELECT state, count(*) FROM deliveries GROUP BY state ORDER BY state"))
    troubled = world.store.rows(
        "SELECT event, endpoint, attempts, state, note FROM deliveries "
        "WHERE note != '' ORDER BY seq DESC LIMIT 50"
    )
    names = ("event", "endpoint", "attempts", "state", "note")
    return {
        "counts": counts,
        "troubled": [dict(zip(names, row, strict=True)) for row in troubled],
    }
