"""What every answer has in common: request id, security headers, CORS by list, and one shape of error.

Errors under `/api` are `application/problem+json` (RFC 9457) with
`type, title, status, detail, errors{field: [reason]}`; elsewhere they are a page.
"""

import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, jsonify, render_template, request
from flask_smorest import Api
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from service import clock, logs
from service.database import DatabaseAway
from service.settings import Settings

LARGEST_BODY = 64 * 1024
ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# Asked all the time, and by machines: they would drown the rest.
QUIET_RULES = ("/healthz", "/readyz", "/widget.js", "/static/<path:filename>")
MACHINE_PATHS = ("/api/", "/healthz", "/readyz")


log = logging.getLogger(__name__)


class Problem(Exception):
    """Why a request cannot be granted, in words for the one who sent it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors or {}
        self.retry_after = retry_after

    def answer(self) -> Response:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        answer = jsonify(body)
        answer.status_code = self.status
        answer.content_type = "application/problem+json"
        if self.retry_after is not None:
            answer.headers["Retry-After"] = str(self.retry_after)
        return answer


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest, answering errors in our one shape."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        return answer_to(error)


def answer_to(error: HTTPException) -> Response:
    """A problem for a machine, a page for a person."""
    status = error.code or 500
    if not _for_a_machine():
        return _page(status, error.description or "")
    data = getattr(error, "data", None) or {}
    messages = data.get("messages") or {}
    errors = _by_field(messages)
    detail = "Some fields are not as they must be." if errors else (error.description or "")
    return Problem(status, detail, errors=errors).answer()


def _by_field(messages: Mapping[str, Any]) -> dict[str, list[str]]:
    """webargs nests by location and by field; we say `field: [reason]`, nested fields with a dot."""
    errors: dict[str, list[str]] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                walk(f"{path}.{name}" if path else str(name), inner)
        else:
            errors[path or "body"] = (
                [str(reason) for reason in value] if isinstance(value, list) else [str(value)]
            )

    for fields in messages.values():
        walk("", fields)
    return errors


def install(app: Flask, settings: Settings) -> None:
    """Give the app its common manners."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    page_headers = _page_headers(settings)
    # What the frame of every page names, an error's too.
    app.context_processor(lambda: {"newsroom": settings.newsroom_name})

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "") if settings.trusted_proxies else ""
        g.request_id = given if ACCEPTABLE_REQUEST_ID.fullmatch(given) else secrets.token_hex(10)
        g.began = clock.stopwatch()
        logs.request_id.set(g.request_id)

    @app.after_request
    def finish(answer: Response) -> Response:
        answer.headers["X-Request-Id"] = g.get("request_id", "")
        for name, value in page_headers:
            answer.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            _allow_origin(answer, settings.allowed_origins)
        _log(answer)
        return answer

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Response:
        return error.answer() if _for_a_machine() else _page(error.status, error.detail)

    app.register_error_handler(HTTPException, answer_to)

    @app.errorhandler(DatabaseAway)
    @app.errorhandler(OperationalError)
    @app.errorhandler(NoConnection)
    def database_away(error: Exception) -> Response:
        app.logger.error("the database cannot be reached", extra={"reason": type(error).__name__})
        away = Problem(503, "The service is not available just now; please try again.", retry_after=5)
        return away.answer() if _for_a_machine() else _page(away.status, away.detail)

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        app.logger.exception("a request failed", exc_info=error)
        detail = "Something went wrong on our side. Nothing was lost; please try again."
        return Problem(500, detail).answer() if _for_a_machine() else _page(500, detail)


def _log(answer: Response) -> None:
    """The rule, never the path: what stands in a path or a query may be somebody's."""
    rule = request.url_rule.rule if request.url_rule else "none"
    level = logging.DEBUG if rule in QUIET_RULES else logging.INFO
    took = int(1000 * (clock.stopwatch() - g.get("began", clock.stopwatch())))
    log.log(level, "answered", extra={"rule": rule, "status": answer.status_code, "milliseconds": took})


def _for_a_machine() -> bool:
    return request.path.startswith(MACHINE_PATHS)


def _page(status: int, detail: str) -> Response:
    body = render_template("error.html", title=HTTPStatus(status).phrase, detail=detail, status=status)
    return Response(body, status=status, content_type="text/html; charset=utf-8")


def checkout_origin(settings: Settings) -> str:
    """Where Stripe's hosted page lives; a form's redirect must be allowed to go there."""
    base = urlsplit(settings.stripe_api_base)
    if base.hostname == "api.stripe.com":
        return "https://checkout.stripe.com"
    return f"{base.scheme}://{base.netloc}"


def _page_headers(settings: Settings) -> list[tuple[str, str]]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self' {checkout_origin(settings)}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    if settings.public_url.startswith("https://"):
        headers.append(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    return headers


def _allow_origin(answer: Response, allowed: Sequence[str]) -> None:
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin not in allowed:
        return
    answer.headers["Access-Control-Allow-Origin"] = origin
    answer.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-Id"
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"
