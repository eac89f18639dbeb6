"""One running newsroom for all journeys, with a database of its own and a site that carries the widget."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sandbox.embedded import Embedded
from tests.chromium import chromium
from tests.conftest import newsroom_environment, own_broker
from tests.programs import answers, free_port, program, until
from tests.running import Running, running

ARTICLE = "/stories/eleven-minutes-of-dry-land"


@pytest.fixture(scope="session")
def articles() -> str:
    """Where the newsroom's own site is."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def newsroom(
    embedded: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory, articles: str
) -> Iterator[Running]:
    owner_url, url = embedded.create_database("journeys", template=template)
    folder: Path = tmp_path_factory.mktemp("journeys")
    environment = newsroom_environment(owner_url, url, own_broker(embedded))
    with running(environment | {"ALLOWED_ORIGINS": articles}, folder) as up:
        yield up


@pytest.fixture(scope="session")
def article(newsroom: Running, articles: str) -> Iterator[str]:
    """The address of an article with the widget under it."""
    port = articles.rpartition(":")[2]
    command = ("-m", "sandbox.newsroom", "--port", port, "--sustainer", newsroom.web)
    with program(sys.executable, *command, log=newsroom.folder / "articles.log"):
        until(lambda: answers(articles), "the newsroom's site")
        yield articles + ARTICLE


# Of this package alone: Playwright keeps an event loop in the thread that other tests use.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
