"""A newcomer's way, from the first page to a shared picture."""

import re

from playwright.sync_api import expect


def choose(page, title):
    page.locator(".choice", has_text=title).first.click()


def choose_painting(page, title):
    page.locator("label", has_text="Any painting").click()
    page.locator("[data-choices=style] .choice", has_text=title).first.click()


def sketch(page):
    """The smallest and quickest settings the form offers."""
    page.locator(".for-gatys label", has_text="Small").first.click()
    page.locator(".for-gatys label", has_text="Sketch").first.click()


def test_a_newcomer_uploads_a_photo_watches_it_being_painted_and_shares_it(sign_up, open_page, picture_file):
    page = sign_up()
    page.set_input_files("#new_content", picture_file("my_cat.png", color="teal", size=(400, 300)))
    photo = page.locator("[data-choices=content] .choice", has_text="my cat")
    expect(photo.get_by_role("radio")).to_be_checked()
    choose_painting(page, "Red Sun")
    sketch(page)
    page.locator("[name=title]").fill("my cat in red")
    expect(page.locator(".estimate")).not_to_be_empty()
    page.get_by_role("button", name="Paint it").click()

    page.wait_for_url(re.compile("/jobs/"))
    expect(page.locator("[data-job-picture]")).to_be_visible()
    page.wait_for_url(re.compile("/artworks/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("my cat")
    slider = page.get_by_label("How much of the photo is shown")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("1")
    assert page.locator("img.stage-picture").first.evaluate("image => image.naturalWidth") > 0

    visitor = open_page(page.url.replace(page.url.split("/artworks/")[0], ""))
    expect(visitor.get_by_role("heading", level=1)).not_to_contain_text("my cat")

    page.get_by_role("textbox", name="Title").fill("my cat Donaudampfschifffahrtskapitaen")
    page.get_by_label("Everyone, in the gallery").check()
    page.locator("#share").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Everyone")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Donaudampfschifffahrtskapitaen")
    assert heading.evaluate("heading => heading.scrollWidth <= heading.clientWidth")
    box, head = heading.bounding_box(), page.locator(".work-head").bounding_box()
    assert box["x"] + box["width"] <= head["x"] + head["width"]
    page.goto("/")
    expect(page.get_by_role("link", name=re.compile("my cat")).first).to_be_visible()
    visitor.goto("/")
    visitor.get_by_role("link", name=re.compile("my cat")).first.click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("my cat")


def test_a_running_job_is_left_found_again_and_cancelled(sign_up):
    page = sign_up()
    page.locator("[data-choices=content] .choice").first.click()
    choose_painting(page, "Red Sun")
    page.locator(".for-gatys label", has_text="Fine").first.click()
    page.locator(".for-gatys label", has_text="Large").first.click()
    page.get_by_role("button", name="Paint it").click()
    page.wait_for_url(re.compile("/jobs/"))
    expect(page.locator("[data-job-picture][src*='/media/jobs/']")).to_be_visible()
    expect(page).to_have_title(re.compile(r"\d+ %"))

    page.goto("/artworks/")
    expect(page.locator(".badge.running")).to_be_visible()
    page.locator(".work-link").first.click()
    page.wait_for_url(re.compile("/jobs/"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(page.get_by_role("button", name="Paint it again")).to_be_visible()


def test_a_file_that_is_no_picture_is_refused_by_name_and_the_others_are_kept(sign_up, tmp_path, picture_file):
    page = sign_up()
    page.goto("/pictures/content/")
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    page.set_input_files("#files", [bad, picture_file("lake.png", color="blue")])
    expect(page.locator(".upload.failed", has_text="notes.jpg")).to_contain_text("picture")
    expect(page.locator("#own-pictures")).to_contain_text("lake")


def test_what_was_refused_is_read_first_and_forgotten_once_it_is_mended(sign_up, tmp_path, picture_file):
    page = sign_up()
    page.get_by_role("button", name="Paint it").click()
    complaint = page.locator("#id_content_error")
    expect(complaint).to_be_focused()
    expect(complaint).to_be_in_viewport()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(["Choose a photo.", "Choose a trained style."])
    # A frame around the group would be drawn through its heading.
    expect(page.locator("[data-choices=content]")).to_have_css("box-shadow", "none")
    page.locator("[data-choices=content] input[type=radio]").first.check()
    expect(complaint).to_have_count(0)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(["Choose a trained style."])
    page.get_by_role("button", name="Paint it").click()
    expect(page.locator("#id_model_error")).to_be_focused()
    expect(page.locator("#id_model_error")).to_be_in_viewport()
    page.locator("[data-choices=model] input[type=checkbox]").first.check()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_title(re.compile("^Create"))
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    for file in (bad, bad, picture_file("lake.png", color="blue")):
        page.set_input_files("#new_content", file)
        expect(page.locator(".upload:not(.done, .failed)")).to_have_count(0)
    expect(page.locator(".upload.failed")).to_have_count(0)


def test_what_was_chosen_is_in_sight_and_estimated_after_the_back_button(open_page):
    page = open_page("/create/")
    expect(page.locator(".estimate")).to_contain_text("Choose a photo and a style")
    choices = [page.locator(f"[data-choices={name}] .choice").last for name in ("content", "model")]
    for choice in choices:
        choice.click()
    expect(page.locator(".estimate")).not_to_contain_text("Choose")
    page.goto("/styles/")
    page.go_back()
    expect(page.locator(".estimate")).not_to_be_empty()
    expect(page.locator(".estimate")).not_to_contain_text("Choose")
    hidden = "grids => grids.filter((grid) => grid.scrollHeight > grid.clientHeight).length"
    assert page.locator(".choice-grid").evaluate_all(hidden) == 0
    for choice in choices:
        expect(choice.locator(":checked")).to_have_count(1)
        box = choice.bounding_box()
        assert 0 <= box["x"] <= page.viewport_size["width"] - box["width"]


def test_an_estimate_that_cannot_be_had_does_not_leave_the_last_one_there(browser, gallery):
    with browser.new_context(base_url=gallery.url) as context:  # the page complains in its console
        page = context.new_page()
        page.goto("/create/")
        expect(page.locator(".estimate")).to_contain_text("Choose a photo and a style")
        page.route("**/create/estimate/**", lambda route: route.abort())
        choose(page, "Raccoon")
        expect(page.locator(".estimate")).to_have_text("How long it takes cannot be told just now.")
        page.unroute("**/create/estimate/**")
        choose(page, "Coffee")
        expect(page.locator(".estimate")).to_contain_text("Choose a style")


def test_the_first_visit_is_not_to_an_empty_house(open_page):
    page = open_page("/")
    expect(page.locator(".work").first).to_be_visible()
    assert page.locator(".work").count() >= 12
    page.goto("/create/")
    expect(page.get_by_role("button", name="Sign in and paint it")).to_be_visible()
