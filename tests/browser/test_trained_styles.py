"""Trained styles in a browser: painting at once, blending, and teaching a painting."""

import re

from playwright.sync_api import expect


def test_two_trained_styles_are_blended_and_paint_at_once(sign_up):
    page = sign_up()
    page.locator("[data-choices=content] .choice", has_text="Summer Palace").first.click()
    styles = page.locator("[data-choices=model]")
    styles.locator(".choice", has_text="Starry Night").locator("label").first.click()
    share = styles.locator(".choice", has_text="Starry Night").get_by_role("slider")
    expect(share).to_be_hidden()
    styles.locator(".choice", has_text="Great Wave").locator("label").first.click()
    expect(share).to_be_visible()
    page.locator(".for-network label", has_text="Small").first.click()
    expect(page.locator(".for-gatys").first).to_be_hidden()
    page.get_by_role("button", name="Paint it").click()
    page.wait_for_url(re.compile("/artworks/"))
    expect(page.get_by_role("link", name="Starry Night").first).to_be_visible()
    expect(page.get_by_text("50 %").first).to_be_visible()
    assert page.locator("img.stage-picture").first.evaluate("image => image.naturalWidth") > 0


def test_a_painting_is_taught_watched_and_used(sign_up, picture_file):
    page = sign_up()
    page.goto("/styles/")
    assert page.locator(".style-card").count() >= 10
    page.get_by_role("link", name="Teach a painting").click()
    page.set_input_files("#new_style", picture_file("my_waves.png", color="orange", size=(300, 240)))
    expect(page.locator(".choice", has_text="my waves").get_by_role("checkbox")).to_be_checked()
    page.get_by_label("Name of the style").fill("Orange dunes")
    page.get_by_role("button", name="Learn this style").click()
    page.wait_for_url(re.compile("/jobs/"))
    page.wait_for_url(re.compile("/styles/orange-dunes"))
    expect(page.locator(".style-strip")).to_be_visible()
    page.get_by_role("link", name="Paint with it").click()
    expect(
        page.locator("[data-choices=model] .choice", has_text="Orange dunes").get_by_role("checkbox")
    ).to_be_checked()
    page.goto("/styles/")
    expect(page.locator(".style-card", has_text="Orange dunes").locator(".badge")).to_have_text("Only me")
