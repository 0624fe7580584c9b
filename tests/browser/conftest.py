"""A real browser in front of everything that `manage.py start` runs."""

import contextlib
import os
import shutil
import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.conftest import picture_bytes
from tests.processes import RunningGallery

# As long as a slow processor needs for a painting while the other tests share it: who waits in vain waits no longer.
PATIENCE = 180_000
expect.set_options(timeout=PATIENCE)
PASSWORD = "correct horse battery"
QUIET = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@dataclass(frozen=True)
class Screen:
    name: str
    width: int
    height: int
    colour_scheme: str


SCREENS = [Screen("phone", 390, 844, "dark"), Screen("desktop", 1280, 900, "light")]


@pytest.fixture(scope="package")
def browser():
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not executable:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("No Chromium is installed, and REQUIRE_BROWSER is set.")
        pytest.skip("No Chromium is installed: apt install chromium")
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def gallery(tmp_path_factory):
    gallery = RunningGallery(
        tmp_path_factory.mktemp("gallery"), REAP_INTERVAL_SECONDS="2", LESSON_STEPS="10", ADMIN_PASSWORD=PASSWORD
    )
    yield gallery
    gallery.close()


@pytest.fixture(params=SCREENS, ids=lambda screen: screen.name)
def screen(request):
    return request.param


@pytest.fixture
def open_page(browser: Browser, gallery, screen):
    """Open a fresh browser session; at the end no page may have logged an error or been wider than its screen."""
    contexts, complaints = [], []

    def open_page(path="/") -> Page:
        context = browser.new_context(
            base_url=gallery.url,
            viewport={"width": screen.width, "height": screen.height},
            color_scheme=screen.colour_scheme,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch(page, screen, complaints)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def watch(page: Page, screen: Screen, complaints: list[str]) -> None:
    """Note script errors, violations of the content security policy, failing requests and pages that are too wide."""

    def on_console(message):
        # A refused request is logged too; whether it was to be refused, the test itself says.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    def on_response(response):
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type == "image"):
            complaints.append(f"{page.url}: {response.status} for {response.url}")

    def on_load(page):
        with contextlib.suppress(PlaywrightError):  # the page may be gone again
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > screen.width:
                complaints.append(f"{page.url} is {width} px wide on a {screen.name}")

    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("console", on_console)
    page.on("response", on_response)
    page.on("load", on_load)


@pytest.fixture
def sign_up(open_page):
    def sign_up() -> Page:
        page = open_page("/accounts/signup/")
        while not has_signed_up(page):
            page.wait_for_timeout(5000)
            page.goto("/accounts/signup/")
        page.wait_for_url("**/create/")
        return page

    return sign_up


def has_signed_up(page: Page) -> bool:
    """Whether the gallery has taken a new account; from one address it takes only so many a minute."""
    name = f"visitor-{uuid.uuid4().hex[:8]}"
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    with page.expect_response(lambda response: response.request.method == "POST") as answered:
        page.get_by_role("main").get_by_role("button", name="Sign up").click()
    return answered.value.status != 429


@pytest.fixture
def sign_in_as_admin(open_page):
    def sign_in(path) -> Page:
        page = open_page(f"/accounts/login/?next={path}")
        page.locator("[name=login]").fill("admin")
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**{path}")
        return page

    return sign_in


@pytest.fixture
def picture_file(tmp_path):
    def make(name, **picture):
        path = tmp_path / name
        path.write_bytes(picture_bytes(**picture))
        return path

    return make
