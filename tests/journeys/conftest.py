"""One running newsroom for all journeys, with a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.embedded import Embedded
from tests.conftest import newsroom_environment, own_broker
from tests.running import Running, running


@pytest.fixture(scope="session")
def newsroom(
    embedded: Embedded, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    owner_url, url = embedded.create_database("journeys", template=template)
    folder: Path = tmp_path_factory.mktemp("journeys")
    with running(newsroom_environment(owner_url, url, own_broker(embedded)), folder) as up:
        yield up
