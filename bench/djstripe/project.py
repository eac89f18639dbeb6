"""dj-stripe 2.11 as its users run it: an environment of its own, a smallest Django project, gunicorn."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.programs import ROOT, answers, free_port, program, until

ENVIRONMENT = ROOT / ".local" / "djstripe-venv"
# Two dependencies of dj-stripe are pinned too: what it costs is theirs for a good part.
PINNED = (
    "dj-stripe==2.11.0",
    "Django==5.2.19",
    "stripe==15.6.2",
    "psycopg[binary]==3.3.9",
    "gunicorn==27.0.1",
)
SECRET = "whsec_" + "d" * 32

SETTINGS = """
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {{"default": {database}}}
DEBUG = False
DJSTRIPE_FOREIGN_KEY_TO_FIELD = "id"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "djstripe",
]
# The tables as the models have them: those that its migrations make too, in two minutes.
MIGRATION_MODULES = {{"auth": None, "contenttypes": None, "djstripe": None, "sessions": None}}
ROOT_URLCONF = "newsroom_urls"
SECRET_KEY = "not secret, and on loopback only"
STRIPE_API_HOST = {stripe!r}
STRIPE_LIVE_MODE = False
STRIPE_TEST_SECRET_KEY = {key!r}
USE_TZ = True
"""

URLS = """
from django.urls import include, path

from djstripe.models import Customer, Product, Session

# What the sandbox cannot answer they are spared from asking: without this, events would end in 500.
Customer.expand_fields = []
Session.expand_fields = ["line_items"]
Product._sync_product_features = lambda self, **_: None

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
"""

FURNISH = """
import django

django.setup()

from django.conf import settings
from djstripe.models import APIKey, WebhookEndpoint

key, _ = APIKey.objects.get_or_create_by_api_key(settings.STRIPE_TEST_SECRET_KEY)
key.refresh_account()
endpoint = WebhookEndpoint.objects.create(
    id="we_bench",
    djstripe_owner_account=key.djstripe_owner_account,
    enabled_events=["*"],
    livemode=False,
    secret={secret!r},
    url="http://127.0.0.1/stripe/webhook/",
)
print(endpoint.djstripe_uuid)
"""


@dataclass(frozen=True)
class Peer:
    """Where dj-stripe listens, and at which path."""

    port: int
    path: str


def install() -> None:
    """Make the environment, once: it is kept between runs and made again when a pin changes."""
    made_of = ENVIRONMENT / "made-of.json"
    if made_of.exists() and json.loads(made_of.read_text()) == list(PINNED):
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
    pip = (ENVIRONMENT / "bin" / "pip", "--quiet", "--disable-pip-version-check", "install")
    subprocess.run([*pip, *PINNED], check=True, timeout=180)
    made_of.write_text(json.dumps(PINNED))


@contextmanager
def djstripe(folder: Path, owner_url: str, stripe: str, key: str) -> Iterator[Peer]:
    """Run it with two sync workers on the database of `owner_url`, which is migrated first."""
    folder.mkdir()
    login = conninfo_to_dict(owner_url)
    database = {
        "CONN_MAX_AGE": 600,
        "ENGINE": "django.db.backends.postgresql",
        "HOST": login["host"],
        "NAME": login["dbname"],
        "USER": login["user"],
    }
    (folder / "newsroom_settings.py").write_text(SETTINGS.format(database=database, stripe=stripe, key=key))
    (folder / "newsroom_urls.py").write_text(URLS)
    environment = {"DJANGO_SETTINGS_MODULE": "newsroom_settings", "PYTHONPATH": str(folder)}
    _python(environment, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
    uuid = _python(environment, "-c", FURNISH.format(secret=SECRET)).split()[-1]
    port = free_port()
    log = folder / "gunicorn.log"
    command = (str(ENVIRONMENT / "bin" / "gunicorn"), "django.core.wsgi:get_wsgi_application()")
    how = ("--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "sync", "--log-level", "error")
    with program(*command, *how, log=log, environment=environment):
        peer = Peer(port, f"/stripe/webhook/{uuid}/")
        until(lambda: answers(f"http://127.0.0.1:{port}/"), "dj-stripe")
        yield peer


def _python(environment: dict[str, str], *arguments: str) -> str:
    command = [str(ENVIRONMENT / "bin" / "python"), *arguments]
    plain = {"PATH": os.environ["PATH"]} | environment
    done = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"dj-stripe could not be set up: {done.stderr}")
    return done.stdout
