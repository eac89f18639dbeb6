"""The web application with the sandbox's Stripe behind it."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.parts import Parts
from service.settings import Settings
from tests.programs import stripe_sandbox


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with stripe_sandbox(tmp_path_factory.mktemp("stripe")) as address:
        yield address


@pytest.fixture
def browser(environment: dict[str, str], stripe: str) -> Iterator[FlaskClient]:
    """A browser without JavaScript."""
    app = create_app(Settings.from_environment(environment | {"STRIPE_API_BASE": stripe}))
    yield app.test_client()
    ours = app.extensions["parts"]
    assert isinstance(ours, Parts)
    ours.close()
