"""Somebody looks for a picture on the wall."""

import re

from playwright.sync_api import expect


def test_a_picture_is_found_with_the_keyboard_and_the_way_back_too(open_page):
    page = open_page()
    page.get_by_label("Search titles, styles and people").focus()
    page.keyboard.type("palace")
    page.get_by_label("Style", exact=True).select_option("Peaks in Mist")
    page.get_by_label("Search titles, styles and people").press("Enter")
    page.wait_for_url("**search=palace**")
    expect(page.get_by_text("1 artwork found.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Palace in mist")).click()
    page.get_by_role("link", name="More in this style Peaks in Mist").click()
    expect(page.get_by_label("Style", exact=True).locator("option:checked")).to_have_text("Peaks in Mist")
    page.get_by_label("Search titles, styles and people").fill("no such thing")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator(".work").first).to_be_visible()
