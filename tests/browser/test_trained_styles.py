"""Trained styles in a browser: painting at once, blending, and teaching a painting."""

import re

from playwright.sync_api import expect


def test_two_trained_styles_are_blended_and_paint_at_once(sign_up):
    page = sign_up()
    page.locator("[data-choices=content] .choice", has_text="Summer Palace").first.click()
    styles = page.locator("[data-choices=model]")
    styles.locator(".choice", has_text="Starry Night").locator("label").first.click()
    share = page.get_by_role("slider", name="Share of Starry Night")
    expect(share).to_be_hidden()
    expect(page.get_by_alt_text("Three photos painted in the style Starry Night")).to_be_visible()
    styles.locator(".choice", has_text="Great Wave").locator("label").first.click()
    expect(page.get_by_alt_text("Three photos painted in the style Starry Night")).to_be_hidden()
    expect(share).to_have_attribute("aria-valuetext", "50 %")
    share.fill("100")
    expect(page.locator(".chosen-style", has_text="Starry Night")).to_contain_text("67 %")
    expect(page.locator(".chosen-style", has_text="Great Wave")).to_contain_text("33 %")
    sent = page.locator("[data-create]").evaluate(
        "form => [...new FormData(form).keys()].filter((name) => name.startsWith('share-'))"
    )
    assert len(sent) == 2, "shares of styles that are not chosen would make too long an address"
    page.locator(".for-network label", has_text="Small").first.click()
    expect(page.locator(".for-gatys").first).to_be_hidden()
    page.get_by_role("button", name="Paint it").click()
    page.wait_for_url(re.compile("/artworks/"))
    expect(page.get_by_role("link", name="Starry Night").first).to_be_visible()
    expect(page.get_by_text("67 %").first).to_be_visible()
    assert page.locator("img.stage-picture").first.evaluate("image => image.naturalWidth") > 0
    page.go_back()
    expect(page).to_have_url(re.compile("/create/"))


def test_a_style_of_another_network_cannot_be_chosen_beside_the_first(open_page):
    page = open_page("/create/")
    first, second, other = (page.locator("[data-choices=model] .choice input[type=checkbox]").nth(n) for n in range(3))
    other.evaluate("input => { input.dataset.network = 'another' }")
    reason = page.get_by_text("Another network: cannot be blended")
    first.check()
    expect(second).to_be_enabled()
    expect(other).to_be_disabled()
    expect(reason.locator("visible=true")).to_have_count(1)
    expect(page.get_by_role("checkbox", name="cannot be blended")).to_be_disabled()
    first.uncheck()
    expect(other).to_be_enabled()
    expect(reason.locator("visible=true")).to_have_count(0)


def test_refined_is_not_offered_for_a_style_that_nothing_can_be_refined_by(open_page):
    page = open_page("/create/")
    first, second = (page.locator("[data-choices=model] .choice input[type=checkbox]").nth(n) for n in range(2))
    first.evaluate("input => { input.dataset.unrefinable = 'Its painting is gone.' }")
    at_once, refined = (page.locator("[name=instant_finish]").nth(n) for n in range(2))
    second.check()
    refined.check(force=True)
    expect(refined).to_be_checked()
    first.check()
    expect(refined).to_be_disabled()
    expect(at_once).to_be_checked()
    expect(page.get_by_text("Its painting is gone.")).to_be_visible()
    first.uncheck()
    expect(refined).to_be_enabled()
    expect(page.get_by_text("Its painting is gone.")).to_be_hidden()


def test_the_strength_is_shown_as_a_number(open_page):
    page = open_page("/create/")
    strength = page.locator("#id_instant_strength")
    strength.fill("80")
    expect(strength).to_have_attribute("aria-valuetext", "80 of 100")
    expect(page.locator("output[for=id_instant_strength]")).to_have_text("80")


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


def test_what_was_refused_is_forgotten_once_another_picture_is_chosen(sign_up, picture_file):
    page = sign_up()
    page.goto("/styles/teach/")
    page.set_input_files("#new_style", picture_file("my_waves.png", color="orange", size=(300, 240)))
    waves = page.get_by_role("checkbox", name="my waves")
    waves.uncheck()
    page.get_by_role("button", name="Learn this style").click()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.locator("#id_pictures_error")).to_be_focused()
    choices = page.get_by_role("group", name="The picture to learn from")
    expect(choices).to_have_accessible_description("Choose a picture to learn from.")
    waves.check()
    expect(choices).to_have_accessible_description("")
    expect(page.get_by_text("Choose a picture to learn from.")).to_have_count(0)
    expect(page.locator("[data-refusal]")).to_have_count(0)
