"""What every answer has in common: request id, security headers, CORS by list, a line in the log."""

import logging
import re
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from service import clock, logs
from service.settings import Settings
from service.texts import SOURCE, Texts

LARGEST_BODY = 64 * 1024
ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# Asked all the time, and by machines: they would drown the rest.
QUIET_RULES = ("/healthz", "/readyz", "/widget.js", "/static/<path:filename>")

log = logging.getLogger(__name__)


def install(app: Flask, settings: Settings) -> None:
    """Give the app its common manners."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    page_headers = _page_headers(settings)
    # What the frame of every page names, an error's too.
    app.context_processor(lambda: {"newsroom": settings.newsroom_name})
    # English where a page says nothing else.
    app.jinja_env.globals.update(Texts.of(SOURCE).for_template())

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


def _log(answer: Response) -> None:
    """The rule, never the path: what stands in a path or a query may be somebody's."""
    rule = request.url_rule.rule if request.url_rule else "none"
    level = logging.DEBUG if rule in QUIET_RULES else logging.INFO
    took = int(1000 * (clock.stopwatch() - g.get("began", clock.stopwatch())))
    log.log(level, "answered", extra={"rule": rule, "status": answer.status_code, "milliseconds": took})


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
