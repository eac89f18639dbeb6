"""The hosted page: what a donor sees at `/c/pay/…`, without JavaScript."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe import cards, debits, money
from sandbox.stripe.countries import COUNTRIES
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.objects import authentication, checkout_step, completion, method_given
from sandbox.stripe.page_form import NAMES, filled_in, read
from sandbox.stripe.world import World

STYLE = Path(__file__).parent / "static" / "page.css"
OFTEN = {"day": "daily", "week": "weekly", "month": "monthly", "year": "yearly"}
WAYS = {"card": "Card", "sepa_debit": "SEPA Direct Debit", "us_bank_account": "US bank account"}
BUTTON = {"donate": "Donate", "book": "Book", "subscribe": "Subscribe"}


def mount(app: Flask, world: World) -> None:
    @app.get("/c/pay/<session_id>")
    def show(session_id: str) -> AnyResponse:
        with world.store.transaction():
            session = find(world, session_id)
            return form(world, session, first_values(world, session), {})

    @app.post("/c/pay/<session_id>")
    def submit(session_id: str) -> AnyResponse:
        with world.store.transaction():
            session = find(world, session_id)
            return submitted(world, session) if session else page(world, "missing", 404)

    @app.get("/_sandbox/style.css")
    def style() -> AnyResponse:
        response = Response(STYLE.read_text(encoding="utf-8"), mimetype="text/css")
        response.headers["Cache-Control"] = "max-age=300"
        return response


def find(world: World, session_id: str) -> Json | None:
    session = world.store.get(session_id)
    return session if session and session["object"] == "checkout.session" else None


def submitted(world: World, session: Json) -> AnyResponse:
    """The button was pressed: pay, or say what is missing; a test card may be filled in first."""
    if session["status"] != "open":
        return form(world, session, {}, {})
    values = {name: request.form.get(name, "").strip()[:200] for name in NAMES}
    if session["customer_email"]:
        values["email"] = session["customer_email"]
    offered = session["payment_method_types"]
    if values["method"] not in offered:
        values["method"] = offered[0]
    if request.form.get("switch") in offered:
        return form(world, session, values | {"method": request.form["switch"]}, {})
    if chosen := filled_in(request.form.get("fill", "")):
        return form(world, session, values | chosen, {})
    mistakes: dict[str, str] = {}
    filled = read(world, values, mistakes)
    if filled is None:
        return form(world, session, values, mistakes)
    where = "account" if values["method"] in debits.KINDS else "number"
    try:
        method = method_given.made_of(world, filled.means, filled.payer.billing(), filled.expiry)
        if checkout_step.needed(world, session, method, filled.payer):
            return redirect(authentication.address(world, session["id"]), 303)
        no = completion.complete(world, session, method, filled.payer)
    except Refusal as refusal:
        return form(world, session, values, {where: str(refusal)})
    if no is not None:
        return form(world, session, values, {where: no.message})
    return redirect(completion.destination(session), 303)


def first_values(world: World, session: Json | None) -> dict[str, str]:
    if session is None:
        return {}
    known = world.store.get(session["customer"]) if session["customer"] else None
    email = session["customer_email"] or (known and known["email"]) or ""
    return {
        "email": email,
        "country": world.settings.country,
        "method": session["payment_method_types"][0],
    }


def form(world: World, session: Json | None, values: dict[str, str], mistakes: dict[str, str]) -> AnyResponse:
    if session is None:
        return page(world, "missing", 404)
    if session["status"] != "open":
        return page(world, session["status"], 200, session=session)
    price = bill(world, session)
    return page(
        world,
        "open",
        422 if mistakes else 200,
        session=session,
        values=values,
        mistakes=mistakes,
        cards=[(cards.CARDS[number], does) for number, does in cards.OFFERED],
        accounts=[(debits.ACCOUNTS[number], does) for number, does in debits.OFFERED],
        methods=[(kind, WAYS[kind]) for kind in session["payment_method_types"] if kind in WAYS],
        countries=COUNTRIES,
        **price,
    )


def bill(world: World, session: Json) -> dict[str, Any]:
    """What is to be paid, line by line, in words."""
    items = world.store.hidden(session["id"])["line_items"]
    currency = session["currency"]
    total = money.written(session["amount_total"] or 0, currency) if items else ""
    recurring = items[0]["price"]["recurring"] if items else None
    lines = [
        {
            "name": item["description"],
            "quantity": item["quantity"],
            "amount": money.written(item["amount_total"], currency),
        }
        for item in items
    ]
    verb = BUTTON.get(session["submit_type"] or "", "Subscribe" if recurring else "Pay")
    return {
        "lines": lines,
        "total": total,
        "often": OFTEN[recurring["interval"]] if recurring else None,
        "every": every(recurring) if recurring else None,
        "button": f"{verb} {total}".strip() if items else "Save card",
    }


def every(recurring: Json) -> str:
    """The rhythm in words: `month`, `3 months`."""
    count = recurring["interval_count"]
    word = recurring["interval"]
    return word if count == 1 else f"{count} {word}s"


def page(world: World, state: str, status: int, template: str = "pay.html", **context: Any) -> AnyResponse:
    """The page, with a policy that allows no script and nothing from elsewhere."""
    session = context.get("session")
    name = session["branding_settings"]["display_name"] if session else world.settings.name
    response = make_response(render_template(template, state=state, newsroom=name, **context), status)
    # A browser checks the address it is sent on to after a form against form-action as well.
    urls = [session["success_url"], session["cancel_url"]] if session else [context.get("return_url")]
    targets = [origin(url) for url in urls]
    actions = " ".join(["'self'", *sorted({target for target in targets if target})])
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action {actions}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def origin(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
