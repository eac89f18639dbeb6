"""The newsroom's pages carry the widget, under a policy that allows it and nothing else."""

import re
import signal
import subprocess
import sys

import pytest
import requests
from flask.testing import FlaskClient

from sandbox.newsroom.site import STORIES, create_app

SUSTAINER = "http://127.0.0.1:8000"
POLICY = (
    f"default-src 'none'; script-src {SUSTAINER}; connect-src {SUSTAINER}; style-src 'self';"
    " img-src 'self'; form-action 'none'; base-uri 'none'"
)


@pytest.fixture
def site() -> FlaskClient:
    return create_app(SUSTAINER).test_client()


def test_the_front_page_leads_to_every_story(site: FlaskClient) -> None:
    page = site.get("/").text
    for story in STORIES:
        assert story.title in page
        assert f'href="/stories/{story.slug}"' in page
    assert f'href="{SUSTAINER}/donate"' in page
    assert site.get("/stories/none").status_code == 404


@pytest.mark.parametrize("slug", [story.slug for story in STORIES])
def test_a_story_carries_the_widget_and_a_plain_link(site: FlaskClient, slug: str) -> None:
    answer = site.get(f"/stories/{slug}")
    assert f'<script src="{SUSTAINER}/widget.js" async></script>' in answer.text
    assert "<sustainer-donate></sustainer-donate>" in answer.text
    assert f'<a class="button" href="{SUSTAINER}/donate">Support us</a></p></noscript>' in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("path", ["/", *(f"/stories/{story.slug}" for story in STORIES)])
def test_a_page_needs_nothing_that_its_policy_forbids(site: FlaskClient, path: str) -> None:
    page = site.get(path).text
    assert "style=" not in page
    assert "<style" not in page
    assert not re.search(r"\son\w+=", page)
    for address in re.findall(r'(?:src|href)="([^"#]+)"', page):
        if address.startswith("http"):
            assert address in {f"{SUSTAINER}/donate", f"{SUSTAINER}/widget.js"}
        else:
            with site.get(address) as answer:
                assert answer.status_code == 200


def test_it_is_served_and_goes_when_asked() -> None:
    command = [sys.executable, "-W", "error", "-m", "sandbox.newsroom", "--sustainer", SUSTAINER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as site:
        assert site.stdout is not None
        address = site.stdout.readline().split()[-1]
        answer = requests.get(address, timeout=5)
        assert answer.headers["Content-Security-Policy"] == POLICY
        site.send_signal(signal.SIGTERM)
        assert site.wait(10) == 0
