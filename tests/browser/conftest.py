"""A real browser before a newsroom's strict pages, our served program, and the sandbox's Stripe behind it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from sqlalchemy import Engine, create_engine
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.embedded import Embedded
from tests.browser import newsroom
from tests.chromium import chromium as started
from tests.conftest import newsroom_environment, own_broker
from tests.programs import free_port
from tests.running import running

PATIENCE = 10_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """Where everything is; `scratch` makes a page of the newsroom with a widget as a test wants it."""

    web: str
    stripe: str
    articles: str
    engine: Engine

    @property
    def article(self) -> str:
        return f"{self.articles}/stories/line-nine"

    def scratch(self, widgets: str = "<sustainer-donate></sustainer-donate>", **more: str) -> str:
        return newsroom.scratch_address(self.articles, widgets, **more)


@dataclass
class Watch:
    """All that a page did: what it asked for, what it complained of."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        self.requests.append(request)

    def posts(self) -> list[dict[str, Any]]:
        return [
            json.loads(each.post_data) for each in self.requests if each.method == "POST" and each.post_data
        ]


class Silent(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


# Of this package alone: Playwright keeps an event loop in the thread that other tests use.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(
    chromium: Browser, embedded: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Served by the real processes; nothing settles here, a test says itself what Stripe has told."""
    owner_url, url = embedded.create_database("browser", template=template)
    port = free_port()
    articles = f"http://127.0.0.1:{port}"
    environment = newsroom_environment(owner_url, url, own_broker(embedded))
    environment |= {"ALLOWED_ORIGINS": articles, "LOCALES": "en,de,fr,ar"}
    engine = create_engine(url)
    with running(environment, tmp_path_factory.mktemp("browser"), processes=()) as up:
        server = make_server(
            "127.0.0.1", port, newsroom.create_app(up.web), threaded=True, request_handler=Silent
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Site(up.web, up.stripe, articles, engine)
        server.shutdown()
        thread.join()
        server.server_close()
    engine.dispose()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 1024, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def watch(page: Page) -> Watch:
    """Look at it after the page's own deeds; a refused policy shows itself here."""
    seen = Watch()
    page.on("request", seen.asked)
    page.on("pageerror", lambda error: seen.complaints.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: (
            seen.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) =>"
        " console.error(`refused: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    return seen
