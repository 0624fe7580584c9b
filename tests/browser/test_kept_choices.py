"""What was filled in stays with a visit of the page: after the browser's back button, a new load, a refusal."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_first_picture import choose


def photo(page, title):
    return page.locator("[data-choices=content] .choice", has_text=title).get_by_role("radio")


@pytest.fixture
def filled_in(sign_up):
    """The create page with a photo and two styles chosen and a title typed, the field not left yet."""
    page = sign_up()
    choose(page, "Raccoon")
    page.get_by_role("checkbox", name="Starry Night").check()
    page.get_by_role("checkbox", name="Great Wave").check()
    page.get_by_role("slider", name="Share of Great Wave").fill("80")
    page.get_by_label("Title").press_sequentially("By night")
    return page


def expect_as_it_was(page):
    expect(photo(page, "Raccoon")).to_be_checked()
    expect(page.locator("[data-choices=model] :checked")).to_have_count(2)
    expect(page.get_by_role("slider", name="Share of Great Wave")).to_have_value("80")
    expect(page.get_by_label("Title")).to_have_value("By night")


def test_what_was_chosen_is_chosen_after_going_back_though_another_picture_came_before_it(filled_in, picture_file):
    page = filled_in
    page.goto("/pictures/content/")
    page.set_input_files("input[type=file]", picture_file("my_cat.png", color="teal"))
    expect(page.locator("#own-pictures .work-title")).to_have_text("my cat")
    page.go_back()
    expect(photo(page, "my cat")).not_to_be_checked()
    expect_as_it_was(page)


def test_what_was_filled_in_is_there_after_loading_the_page_anew(filled_in):
    filled_in.reload()
    expect_as_it_was(filled_in)


def test_a_link_that_names_a_photo_chooses_that_one(filled_in):
    page = filled_in
    page.goto(f"/create/?content={photo(page, 'Coffee').get_attribute('value')}")
    expect(photo(page, "Coffee")).to_be_checked()
    expect(page.get_by_label("Title")).to_have_value("")


def test_a_form_refused_for_its_token_is_found_as_it_was_and_sent_again(filled_in):
    page = filled_in
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Paint it").click()
    page.get_by_role("link", name="Back to the page").click()
    expect_as_it_was(page)
    page.get_by_role("button", name="Paint it").click()
    page.wait_for_url(re.compile("/jobs/|/artworks/"))
