"""The same messages for programs, and the switch for faults."""

from flask import Blueprint, Response, abort, jsonify, request

from sandbox.mailbox.faults import Fault, Faults
from sandbox.mailbox.letter import Letter
from sandbox.mailbox.store import Store


def blueprint(store: Store, faults: Faults) -> Blueprint:
    routes = Blueprint("api", __name__)

    @routes.get("/api/messages")
    def messages() -> Response:
        found = store.newest(to=request.args.get("to"))
        return jsonify([Letter(received).in_list() for received in found])

    @routes.get("/api/messages/<int:number>")
    def message(number: int) -> Response:
        received = store.find(number)
        if received is None:
            abort(404)
        return jsonify(Letter(received).in_full())

    @routes.delete("/api/messages")
    def clear() -> tuple[str, int]:
        store.clear()
        return "", 204

    @routes.post("/_sandbox/faults")
    def order() -> Response:
        """{kind, count, seconds?}: the next `count` occasions go wrong."""
        wish = request.get_json()
        try:
            fault, count = Fault(wish["kind"]), int(wish["count"])
            seconds = float(wish.get("seconds", 5))
        except (KeyError, TypeError, ValueError):
            abort(400, f"kind (one of {', '.join(Fault)}), count and perhaps seconds")
        faults.order(fault, count, seconds)
        return jsonify(faults.left())

    @routes.get("/_sandbox/faults")
    def left() -> Response:
        return jsonify(faults.left())

    @routes.get("/healthz")
    def healthz() -> tuple[str, int]:
        return "", 204

    return routes
