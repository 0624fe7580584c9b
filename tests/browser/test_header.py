"""The header on screens of any width."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SCREENS

WIDTHS = [320, 360, 390, 600, 840, 880, 960, 1000, 1280]
LONG_NAME = "somebody-with-a-very-long-name"


@pytest.fixture
def screen():
    """One screen is enough here: the window is made wider and narrower."""
    return SCREENS[1]


def boxes(page: Page, selector: str) -> list[dict]:
    return [part.bounding_box() for part in page.locator(selector).all()]


def overlap(one: dict, other: dict) -> bool:
    return all(
        one[start] < other[start] + other[size] - 0.5 and other[start] < one[start] + one[size] - 0.5
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_no_part_of_the_header_is_cut_off_or_lies_over_another(sign_up):
    page = sign_up()
    page.locator(".account-name").evaluate("(name, text) => { name.textContent = text; }", LONG_NAME)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 500})
        brand, *links, account = parts = boxes(page, ".brand, .site-nav a, .account-menu > summary")
        assert all(part["x"] >= 0 and part["x"] + part["width"] <= width for part in parts), width
        assert not any(overlap(one, other) for one in parts for other in parts if one is not other), width
        assert account["y"] == brand["y"], f"At {width} px the account has a row of its own."
        assert len({link["y"] for link in links}) == 1, f"At {width} px the links take several rows."
