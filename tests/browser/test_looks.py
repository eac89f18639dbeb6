"""What readers see holds on a small screen, magnified, in the dark, and read from the right."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from service.donations.offers import offers
from tests.browser import looks
from tests.browser.conftest import PATIENCE, Site, Watch

PAGES: dict[str, Callable[[Site], str]] = {
    "article": lambda site: site.article,
    "donate": lambda site: f"{site.web}/donate",
    "thanks": lambda site: f"{site.web}/thanks?checkout=unknown",
    "docs": lambda site: f"{site.web}/api/docs",
}
BOTH = "<sustainer-donate></sustainer-donate>"


def drawn(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.fonts.ready")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(chromium: Browser, site: Site, name: str, scheme: str) -> None:
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    drawn(page, PAGES[name](site))
    if name == "donate":
        page.get_by_label("Another amount").fill("1")
        page.get_by_role("button", name="Continue").last.click()
        expect(page.locator(".error")).to_be_visible()
    assert page.evaluate(looks.FAINT, 4.5) == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_the_widget_stands_out_in_trouble(chromium: Browser, site: Site, scheme: str) -> None:
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    drawn(page, site.scratch())
    page.route("**/api/checkouts", lambda route: route.abort())
    page.get_by_role("button").click()
    expect(page.locator(".notice")).not_to_be_empty()
    assert page.evaluate(looks.FAINT, 4.5) == []
    page.get_by_label("Another amount").fill("1")
    page.get_by_role("button").click()
    expect(page.locator(".error")).not_to_be_empty()
    assert page.evaluate(looks.FAINT, 4.5) == []
    context.close()


def test_a_page_without_a_dark_side_gets_none(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    card = "document.querySelector('sustainer-donate').shadowRoot.querySelector('form')"
    ground = f"getComputedStyle({card}).backgroundColor"
    drawn(page, site.scratch(scheme="light"))
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    drawn(page, site.scratch(scheme="light dark"))
    assert page.evaluate(ground) == "rgb(30, 29, 26)"
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_on_a_small_screen(page: Page, site: Site, name: str) -> None:
    """320 px is also what a window of 1280 px has left when it is magnified to 400 %."""
    page.set_viewport_size({"width": 320, "height": 640})
    drawn(page, PAGES[name](site))
    assert page.evaluate(looks.CUT) == []


@pytest.mark.parametrize("currency", offers())
def test_every_currency_has_room(page: Page, site: Site, currency: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for address in (
        site.scratch(f'<sustainer-donate currency="{currency}"></sustainer-donate>'),
        f"{site.web}/donate?currency={currency}",
    ):
        drawn(page, address)
        for frequency in ("Once", "Annual"):
            page.get_by_label(frequency).first.check()
            assert page.evaluate(looks.CUT) == []


def test_four_times_magnified(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 256}, device_scale_factor=4)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    drawn(page, site.article)
    page.locator("sustainer-donate").get_by_role("button").click()
    page.wait_for_url(f"{site.stripe}/c/pay/**")
    context.close()


@pytest.mark.parametrize("name", ["article", "donate"])
def test_fingers_find_every_control(page: Page, site: Site, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    drawn(page, PAGES[name](site))
    assert page.evaluate(looks.SMALL, 44) == []


def after_a_while(route: Route) -> None:
    """Longer than the browser thinks that a jump may follow from a click."""
    time.sleep(0.8)
    route.abort()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_jumps(page: Page, site: Site, width: int) -> None:
    page.add_init_script(looks.SHIFTS)
    page.set_viewport_size({"width": width, "height": 1200})
    drawn(page, site.scratch())
    height = page.locator("sustainer-donate").bounding_box()
    page.route("**/api/checkouts", after_a_while)
    for frequency in ("Once", "Annual", "Monthly"):
        page.get_by_label(frequency).check()
        assert page.locator("sustainer-donate").bounding_box() == height
    page.get_by_role("button").click()
    expect(page.locator(".notice")).not_to_be_empty()
    assert page.locator("sustainer-donate").bounding_box() == height
    assert page.evaluate("shifts") == []


def test_read_from_the_right(page: Page, site: Site, watch: Watch) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    drawn(page, site.scratch(locale="ar", direction="rtl"))
    first, last = (page.locator(".presets label").nth(at).bounding_box() for at in (0, 1))
    assert first is not None
    assert last is not None
    assert first["x"] > last["x"]
    assert page.evaluate(looks.CUT) == []
    page.get_by_label("Another amount").fill("٢٥٫٥")
    assert "25.50" in page.locator(".promise").inner_text()
    assert watch.complaints == []


def test_the_strictest_policy_is_kept(page: Page, site: Site, watch: Watch) -> None:
    """No inline style or script, no string that becomes markup: the page's policy forbids all three."""
    page.goto(site.scratch())
    page.get_by_label("Currency").select_option("eur")
    page.get_by_label("Another amount").fill("1")
    page.get_by_role("button").click()
    expect(page.locator(".error")).not_to_be_empty()
    assert watch.complaints == []


def test_the_policy_that_we_keep_is_one(page: Page, site: Site, watch: Watch) -> None:
    page.goto(site.scratch())
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert any("style" in complaint for complaint in watch.complaints)


def test_a_browser_without_custom_elements_shows_what_stands_inside(
    context: BrowserContext, page: Page, site: Site, watch: Watch
) -> None:
    context.add_init_script("delete window.customElements")
    page.goto(site.scratch('<sustainer-donate><a href="/donate">Support us</a></sustainer-donate>'))
    expect(page.get_by_role("link", name="Support us")).to_be_visible()
    assert watch.complaints == []


def test_what_stands_inside_gives_way_to_the_widget(page: Page, site: Site) -> None:
    page.goto(site.scratch('<sustainer-donate><a href="/donate">Support us</a></sustainer-donate>'))
    expect(page.get_by_role("link", name="Support us")).to_be_hidden()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def test_a_newsroom_gives_it_its_own_colours(page: Page, site: Site) -> None:
    """Even where the newsroom's own names are the ones that the widget uses inside."""
    page.goto(site.scratch())
    page.evaluate(
        """() => {
          document.body.style.setProperty('--accent', 'rgb(164, 83, 15)');
          document.querySelector('sustainer-donate').style.setProperty('--sustainer-accent', 'var(--accent)');
        }"""
    )
    expect(page.get_by_role("button")).to_have_css("background-color", "rgb(164, 83, 15)")
