"""The customer portal at `/p/session/…`: a person looks after what they give, without JavaScript."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe import portal_card
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import portal_acts, portal_session, time_of
from sandbox.stripe.objects.portal_configuration import REASONS
from sandbox.stripe.page import origin, page
from sandbox.stripe.portal_view import Visit, home, subscription_row
from sandbox.stripe.world import World

TEMPLATE = "portal.html"
View = Callable[..., AnyResponse]


def mount(app: Flask, world: World) -> None:
    base = "/p/session/<session_id>"
    for rule, view, methods in (
        ("", start, ["GET"]),
        ("/card", card, ["GET", "POST"]),
        ("/card/<intent_id>", card_answered, ["GET"]),
        ("/contact", contact, ["GET", "POST"]),
        ("/cancel/<subscription_id>", cancel, ["GET", "POST"]),
        ("/pause/<subscription_id>", pause, ["GET", "POST"]),
        ("/keep/<subscription_id>", keep, ["POST"]),
        ("/resume/<subscription_id>", resume, ["POST"]),
    ):
        bound = functools.partial(visited, world, view)
        app.add_url_rule(base + rule, f"portal {rule}", bound, methods=methods)


def visited(world: World, view: View, session_id: str, **names: str) -> AnyResponse:
    """Within one transaction, and in the customer's own time if they have one."""
    with world.store.transaction(), world.clock.own_way():
        session = world.store.get(session_id)
        if session is None or session["object"] != portal_session.KIND:
            return page(world, "missing", 404, TEMPLATE)
        customer = world.store.get(session["customer"])
        if customer is None or session["created"] + portal_session.LASTS < world.now():
            return page(world, "expired", 410, TEMPLATE, back=session["return_url"])
        configuration = world.store.get(session["configuration"])
        assert configuration is not None
        visit = Visit(world, session, time_of.follow(world, customer), configuration)
        if subscription_id := names.pop("subscription_id", None):
            found = world.store.get(subscription_id)
            if found is None or found.get("customer") != customer["id"]:
                return shown(visit, "missing", 404)
            return view(visit, found)
        return view(visit, **names)


def start(visit: Visit) -> AnyResponse:
    """The portal, or the one errand that the session was opened for."""
    errand = visit.session["flow"]
    if errand is not None and not visit.world.store.hidden(visit.session["id"]).get("done"):
        match errand["type"]:
            case "payment_method_update":
                return redirect(f"{visit.path}/card", 303)
            case "customer_update":
                return redirect(f"{visit.path}/contact", 303)
            case "subscription_cancel" | "subscription_pause" as kind:
                word = kind.removeprefix("subscription_")
                return redirect(f"{visit.path}/{word}/{errand[kind]['subscription']}", 303)
    return shown(visit, "home", **home(visit))


def done(visit: Visit, errand: str) -> AnyResponse:
    """Back to the portal; or, when this was the errand, to where the session says."""
    flow = visit.session["flow"]
    if flow is None or flow["type"] != errand:
        return redirect(visit.path, 303)
    visit.world.store.hide(visit.session["id"], done=True)
    after = flow["after_completion"]
    if after["type"] == "redirect":
        return redirect(after["redirect"]["return_url"], 303)
    if after["type"] == "hosted_confirmation":
        return shown(visit, "confirmed", message=after["hosted_confirmation"]["custom_message"])
    return redirect(visit.path, 303)


def cancel(visit: Visit, subscription: Json) -> AnyResponse:
    if not visit.may("subscription_cancel") or subscription["cancel_at"] or not visit.runs(subscription):
        return redirect(visit.path, 303)
    if request.method == "GET":
        reasons = visit.features["subscription_cancel"]["cancellation_reason"]
        offered = reasons["options"] if reasons["enabled"] else []
        return about(visit, "cancel", subscription, reasons=offered)
    feedback, comment = request.form.get("feedback", ""), request.form.get("comment", "").strip()[:500]
    said = {"comment": comment or None, "feedback": feedback if feedback in REASONS else None}
    portal_acts.cancel(visit.world, visit.configuration, subscription, said)
    return done(visit, "subscription_cancel")


def keep(visit: Visit, subscription: Json) -> AnyResponse:
    if subscription["cancel_at"] and visit.runs(subscription):
        portal_acts.keep(visit.world, subscription)
    return redirect(visit.path, 303)


def pause(visit: Visit, subscription: Json) -> AnyResponse:
    if not visit.may("subscription_pause") or subscription["status"] not in ("active", "past_due"):
        return redirect(visit.path, 303)
    duration = visit.features["subscription_pause"]["duration"]
    options = duration["interval_options"] if duration["type"] == "interval_options" else []
    if request.method == "GET":
        return about(visit, "pause", subscription, options=options)
    chosen = request.form.get("lasts", "")
    lasts = options[int(chosen)] if chosen.isdecimal() and int(chosen) < len(options) else None
    portal_acts.pause(visit.world, subscription, lasts)
    return done(visit, "subscription_pause")


def resume(visit: Visit, subscription: Json) -> AnyResponse:
    if subscription["status"] == "paused":
        portal_acts.resume(visit.world, subscription)
    return redirect(visit.path, 303)


def card(visit: Visit) -> AnyResponse:
    if not visit.may("payment_method_update"):
        return redirect(visit.path, 303)
    if request.method == "GET":
        return shown(visit, "card", **portal_card.empty(visit))
    answer = portal_card.submitted(visit)
    if isinstance(answer, str):
        return redirect(answer, 303)
    if answer is None:
        return done(visit, "payment_method_update")
    return shown(visit, "card", 422 if answer["mistakes"] else 200, **answer)


def card_answered(visit: Visit, intent_id: str) -> AnyResponse:
    """The donor comes back from their bank."""
    intent = visit.world.store.get(intent_id)
    if intent is None or intent["object"] != "setup_intent":
        return shown(visit, "missing", 404)
    if portal_acts.card_kept(visit.world, visit.customer, intent):
        return done(visit, "payment_method_update")
    return redirect(f"{visit.path}/card", 303)


def contact(visit: Visit) -> AnyResponse:
    if not visit.may("customer_update"):
        return redirect(visit.path, 303)
    if request.method == "GET":
        return shown(visit, "contact")
    news = {name: request.form.get(name, "").strip()[:200] for name in ("email", "name")}
    allowed = visit.features["customer_update"]["allowed_updates"]
    portal_acts.contact(visit.world, visit.customer, **{k: v for k, v in news.items() if v and k in allowed})
    return done(visit, "customer_update")


def about(visit: Visit, state: str, subscription: Json, **more: Any) -> AnyResponse:
    row = subscription_row(visit.world, subscription)
    return shown(visit, state, subscription=row, **more)


def shown(visit: Visit, state: str, status: int = 200, /, **context: Any) -> AnyResponse:
    response = page(
        visit.world, state, status, TEMPLATE, visit=visit, back=visit.session["return_url"], **context
    )
    flow = visit.session["flow"] or {}
    after = (flow.get("after_completion") or {}).get("redirect") or {}
    targets = {origin(visit.session["return_url"]), origin(after.get("return_url"))} - {None}
    policy = response.headers["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = " ".join([policy, *sorted(map(str, targets))])
    return response
