"""The web application, asked for its script; no database and no Stripe are needed."""

import pytest
from flask.testing import FlaskClient

from service import create_app
from service.settings import Settings


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
            "REDIS_URL": "redis://127.0.0.1:9",
            "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
            "PUBLIC_URL": "https://give.lantern.example",
            "NEWSROOM_NAME": 'The "Lantern" </script>',
            "LOCALES": "en,de",
        }
    )


@pytest.fixture(scope="module")
def browser(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()
