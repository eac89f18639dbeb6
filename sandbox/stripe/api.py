"""The door of /v1: who asks, in which version, with which key, and what goes wrong today."""

import base64
import functools
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from sandbox.stripe import errors, params
from sandbox.stripe.encoding import decode
from sandbox.stripe.errors import Json, Refusal
from sandbox.stripe.expanding import expanded
from sandbox.stripe.idempotency import Replays, Reply
from sandbox.stripe.routes import ROUTES, Call, Route
from sandbox.stripe.world import API_VERSION, NOBODY, Cause, World

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")


@dataclass(frozen=True)
class Asked:
    """A request before its parameters are read."""

    id: str
    key: str | None
    version: str | None
    given: Json
    path: dict[str, str]


def mount(app: Flask, world: World) -> None:
    replays = Replays(world.store)
    for route in ROUTES:
        app.add_url_rule(
            route.path,
            endpoint=f"{route.method} {route.path}",
            view_func=functools.partial(serve, world, replays, route),
            methods=[route.method],
            provide_automatic_options=False,
        )
    for rule in ("/v1", "/v1/<path:rest>", "/v2/<path:rest>"):
        app.add_url_rule(
            rule,
            endpoint=f"unknown {rule}",
            view_func=functools.partial(unknown, world),
            methods=["GET", "POST", "DELETE", "PUT", "PATCH"],
        )


def serve(world: World, replays: Replays, route: Route, **path: str) -> Response:
    request_id = f"req_{secrets.token_hex(7)}"
    try:
        asked = receive(request_id, path)
        with replays.alone(asked.key):
            lost = disturbed(world)
            response = respond(world, replays, route, asked)
            time.sleep(world.settings.latency_ms / 1000)
    except Refusal as refusal:
        return told(refusal.status, text(refusal.body(request_id, world.now())), request_id)
    if lost:
        response.headers["X-Sandbox-Response"] = "lost"
    return response


def unknown(world: World, **_: str) -> Response:
    request_id = f"req_{secrets.token_hex(7)}"
    refusal = errors.unknown_url(request.method, request.path)
    return told(404, text(refusal.body(request_id, world.now())), request_id)


def receive(request_id: str, path: dict[str, str]) -> Asked:
    authenticate()
    version = request.headers.get("Stripe-Version")
    if version is not None and not VERSION.fullmatch(version):
        raise errors.wrong_version(version)
    posted = request.method == "POST"
    form = request.get_data(as_text=True) if posted else request.query_string.decode()
    key = request.headers.get("Idempotency-Key") if posted else None
    return Asked(request_id, key, version, decode(form), path)


def respond(world: World, replays: Replays, route: Route, asked: Asked) -> Response:
    """One transaction: the effects, and the answer under its key."""
    where = f"{request.method} {request.path}"
    with world.store.transaction():
        known = replays.find(asked.key, where, asked.given) if asked.key else None
        if known is not None:
            response = told(known.status, known.body, asked.id, asked)
            response.headers["Idempotent-Replayed"] = "true"
            response.headers["Original-Request"] = known.request_id
            return response
        given = params.read_all(asked.given, route.fields)
        reply = handle(world, route, asked, given)
        if asked.key:
            replays.keep(asked.key, where, asked.given, reply)
    return told(reply.status, reply.body, asked.id, asked)


def handle(world: World, route: Route, asked: Asked, given: Json) -> Reply:
    call = Call(world, given, asked.path, asked.version)
    paths = given.pop("expand", None) or []
    world.cause = Cause(asked.id, asked.key)
    try:
        with world.store.transaction(), world.clock.own_way():
            try:
                answer = expanded(world, route.handler(call), paths)
            except Refusal as refusal:
                if not refusal.effects_stay:
                    raise
                return Reply(refusal.status, text(refusal.body(asked.id, world.now())), asked.id)
    except Refusal as refusal:
        return Reply(refusal.status, text(refusal.body(asked.id, world.now())), asked.id)
    finally:
        world.cause = NOBODY
    return Reply(200, text(answer), asked.id)


def authenticate() -> None:
    """Any test key opens the door: as a bearer, or as the user name of Basic."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            credentials = base64.b64decode(credentials).decode().partition(":")[0]
        except ValueError:
            credentials = ""
    if scheme not in ("Basic", "Bearer") or not credentials:
        raise errors.no_key()
    if not credentials.startswith(("sk_test_", "rk_test_")):
        raise errors.wrong_key(credentials)


def disturbed(world: World) -> bool:
    """Let today's faults strike before anything happens; true when the answer shall be lost."""
    lost = False
    for fault in world.faults.at_request(request.method, request.path):
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault.kind == "lost_response":
            lost = True
        else:
            raise {"409": errors.locked, "429": errors.too_many, "500": errors.broken}[fault.kind]()
    return lost


def text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def told(status: int, body: str, request_id: str, asked: Asked | None = None) -> Response:
    headers = {"Request-Id": request_id, "Cache-Control": "no-cache, no-store"}
    if asked is not None:
        headers["Stripe-Version"] = asked.version or API_VERSION
        if asked.key:
            headers["Idempotency-Key"] = asked.key
    return Response(body, status, headers, mimetype="application/json")
