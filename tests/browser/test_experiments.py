"""An experiment in a browser: values typed, trials watched as they come, one of them painted again."""

import re

from playwright.sync_api import expect


def test_a_grid_is_asked_for_watched_and_one_trial_painted(sign_up):
    page = sign_up()
    page.locator("label", has_text="Any painting").click()
    page.locator("summary", has_text="Advanced").click()
    page.get_by_role("link", name="Try many settings").click()
    page.locator("[data-choices=content] .choice", has_text="Summer Palace").first.click()
    page.locator("[data-choices=pictures] .choice", has_text="Sun Window").first.click()
    expect(page.locator("output[for=id_strength]")).to_have_text("50")
    page.locator("#id_strength").fill("60")
    expect(page.locator("output[for=id_strength]")).to_have_text("60")
    page.get_by_label("Style weight").fill("20, lots")
    page.get_by_role("button", name="Try them all").click()
    expect(page.locator("#id_vary_style_weight_error, .errorlist").first).to_contain_text("is no value here")
    expect(page.locator("[data-choices=content] :checked")).to_have_count(1)
    page.get_by_label("Style weight").fill("20, 200")
    page.get_by_label("Steps", exact=True).fill("6")
    page.get_by_label("Size in pixels").fill("96")
    page.get_by_label("Seed", exact=True).first.press("Tab")
    expect(page.locator(".estimate")).to_contain_text("2 trials")
    page.get_by_role("button", name="Try them all").click()
    page.wait_for_url(re.compile("/experiments/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", name="2 of 2 trials")).to_be_visible()
    expect(page.locator("#job-panel")).to_have_count(0)
    pictures = page.locator(".trial-picture img")
    expect(pictures).to_have_count(2)
    pictures.last.scroll_into_view_if_needed()
    expect(pictures.last).to_have_js_property("complete", True)
    assert pictures.last.evaluate("image => image.naturalWidth") > 0
    page.get_by_role("link", name="Paint this").first.click()
    expect(page.locator("[data-choices=style] :checked")).to_have_count(1)
    page.get_by_role("button", name="Paint it").click()
    page.wait_for_url(re.compile("/artworks/"))
