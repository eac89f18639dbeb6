"""The front page of a sandbox: what happened at Stripe, and buttons that let time pass."""

from typing import Any

from flask import Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe import money, timekeeper
from sandbox.stripe.clock import iso
from sandbox.stripe.errors import Json
from sandbox.stripe.objects.balance import balance_now
from sandbox.stripe.world import World

STEPS = {"hour": 3_600, "day": 86_400, "week": 7 * 86_400, "month": 31 * 86_400}
POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'"


def mount(app: Flask, world: World) -> None:
    @app.get("/")
    def desk() -> AnyResponse:
        with world.store.transaction():
            page = render_template("desk.html", steps=STEPS, **seen(world))
        return Response(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})

    @app.post("/")
    def let_time_pass() -> AnyResponse:
        seconds = STEPS.get(request.form.get("pass", ""), 0)
        timekeeper.advance(world, world.clock.micros() + seconds * 1_000_000)
        return redirect("/", 303)


def seen(world: World) -> dict[str, Any]:
    balance = balance_now(world)
    return {
        "newsroom": world.settings.name,
        "now": when(world.now()),
        "balance": [
            (part["currency"].upper(), *(money.written(side["amount"], part["currency"]) for side in sides))
            for part, *sides in zip(
                balance["available"], balance["available"], balance["pending"], strict=True
            )
        ],
        "sessions": [session_row(session) for session in newest(world, "checkout.session", 12)],
        "events": [event_row(world, event) for event in newest(world, "event", 25)],
    }


def newest(world: World, kind: str, count: int) -> list[Json]:
    rows = world.store.rows(
        "SELECT id FROM objects WHERE kind = ? ORDER BY created DESC, seq DESC LIMIT ?", (kind, count)
    )
    return [found for row in rows if (found := world.store.get(row[0])) is not None]


def session_row(session: Json) -> dict[str, Any]:
    amount = session["amount_total"]
    return {
        "id": session["id"],
        "url": session["url"],
        "when": when(session["created"]),
        "mode": session["mode"],
        "amount": "" if amount is None else money.written(amount, session["currency"]),
        "status": session["payment_status"] if session["status"] == "complete" else session["status"],
    }


def event_row(world: World, event: Json) -> dict[str, Any]:
    states = world.store.rows("SELECT state, attempts FROM deliveries WHERE event = ?", (event["id"],))
    return {
        "id": event["id"],
        "type": event["type"],
        "subject": shortened(event["data"]["object"].get("id", "")),
        "when": when(event["created"]),
        "deliveries": ", ".join(
            f"{state} ({attempts})" if attempts > 1 else state for state, attempts in states
        ),
    }


def shortened(object_id: str) -> str:
    return object_id if len(object_id) <= 32 else f"{object_id[:28]}…"


def when(seconds: int) -> str:
    return iso(seconds * 1_000_000)[:19].replace("T", " ")
