"""The web application put together: the only place that knows every feature."""

from functools import partial

from flask import Flask

from service import api_docs, health, http, mail, problems
from service.donations import letters, pages
from service.donations import views as donations
from service.parts import Parts, assemble
from service.settings import Settings
from service.webhooks.endpoint import WebhookEndpoint
from service.widget import views as widget


def create_app(settings: Settings) -> Flask:
    """The web application, and the program that the workers run."""
    app = Flask(__name__)
    app.secret_key = settings.secret_key
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        API_TITLE="Sustainer",
        API_VERSION="1",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        JSON_SORT_KEYS=False,
    )
    ours = assemble(settings)
    app.extensions["parts"] = ours
    http.install(app, settings)
    problems.answer_all(app)
    _register_letters(ours)
    api = problems.ProblemApi(app)
    api.register_blueprint(donations.blueprint)
    for blueprint in (health.blueprint, pages.blueprint, widget.blueprint, api_docs.blueprint):
        app.register_blueprint(blueprint)
    app.wsgi_app = WebhookEndpoint(ours, app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _register_letters(ours: Parts) -> None:
    mail.register("receipt", partial(letters.receipt, ours))
    mail.register("receipt-revoked", partial(letters.receipt_revoked, ours))
