"""The page of a card's bank at `/c/authenticate/…`: the donor says that it is them, or fails to."""

from flask import Flask, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.stripe import money
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import authentication_answer, checkout_step, completion
from sandbox.stripe.page import first_values, form, page
from sandbox.stripe.world import World

TEMPLATE = "authenticate.html"


def mount(app: Flask, world: World) -> None:
    @app.get("/c/authenticate/<name>")
    def ask(name: str) -> AnyResponse:
        with world.store.transaction():
            subject = waiting(world, name)
            return asking(world, subject) if subject else nothing(world)

    @app.post("/c/authenticate/<name>")
    def answer(name: str) -> AnyResponse:
        outcome = "succeeded" if request.form.get("answer") == "succeeded" else "failed"
        with world.store.transaction():
            subject = waiting(world, name)
            if subject is None:
                return nothing(world)
            if subject["object"] == "checkout.session":
                return session_answered(world, subject, outcome)
            return intent_answered(world, subject, outcome)


def waiting(world: World, name: str) -> Json | None:
    """A session, a payment or a set-up that waits for the donor."""
    subject = world.store.get(name)
    if subject is None:
        return None
    if subject["object"] == "checkout.session":
        return subject if checkout_step.waiting(world, subject) else None
    waits = subject["object"] in ("payment_intent", "setup_intent") and subject["status"] == "requires_action"
    return subject if waits else None


def asking(world: World, subject: Json) -> AnyResponse:
    amount = subject.get("amount_total", subject.get("amount"))
    words = money.written(amount, subject["currency"]) if amount else "your consent"
    if subject["object"] == "checkout.session":
        return page(world, "asking", 200, TEMPLATE, session=subject, amount=words)
    back = subject["next_action"]["redirect_to_url"]["return_url"]
    return page(world, "asking", 200, TEMPLATE, return_url=back, amount=words)


def nothing(world: World) -> AnyResponse:
    return page(world, "nothing", 404, TEMPLATE)


def session_answered(world: World, session: Json, outcome: str) -> AnyResponse:
    no = checkout_step.done(world, session, outcome)
    if no is None:
        return redirect(completion.destination(session), 303)
    return form(world, session, first_values(world, session), {"number": no.message})


def intent_answered(world: World, intent: Json, outcome: str) -> AnyResponse:
    action = intent["next_action"]["redirect_to_url"]
    authentication_answer.answered(world, intent, outcome)
    if action["return_url"]:
        return redirect(action["return_url"], 303)
    return page(world, "succeeded" if outcome == "succeeded" else "nothing", 200, TEMPLATE)
