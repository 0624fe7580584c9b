"""Uploads that are overtaken by another choice, break off, get stuck or are taken back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_first_picture import choose
from tests.browser.test_kept_choices import photo
from tests.browser.test_uploads import hold_up_an_upload


@pytest.fixture
def on_the_way(sign_up, picture_file):
    """The create page with a new photo on its way, and what holds it up."""
    page = sign_up()
    return page, hold_up_an_upload(page, picture_file)


def press(page, name):
    page.get_by_role("button", name=name).click()


def test_a_photo_chosen_during_an_upload_is_the_one_that_is_painted(on_the_way):
    page, routes = on_the_way
    choose(page, "Raccoon")
    press(page, "Paint it")
    expect(page.get_by_role("button", name="Uploading …")).to_be_visible()
    choose(page, "Coffee")
    routes.pop().continue_()
    page.wait_for_url(re.compile("/jobs/|/artworks/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Coffee")
    page.goto("/create/")
    expect(photo(page, "my cat")).to_have_count(1)


def test_what_was_overtaken_by_another_choice_is_added_and_says_so(on_the_way):
    page, routes = on_the_way
    choose(page, "Raccoon")
    routes.pop().continue_()
    expect(page.locator(".upload")).to_contain_text("another was chosen since")
    expect(photo(page, "Raccoon")).to_be_checked()
    expect(photo(page, "my cat")).to_have_count(1)


def test_of_two_photos_the_one_brought_last_is_chosen_whichever_arrives_first(on_the_way, picture_file):
    page, routes = on_the_way
    page.set_input_files("#new_content", picture_file("my_dog.png", color="navy"))
    while len(routes) < 2:
        page.wait_for_timeout(50)
    routes.pop().continue_()
    expect(photo(page, "my dog")).to_be_checked()
    routes.pop().continue_()
    expect(photo(page, "my cat")).to_have_count(1)
    expect(photo(page, "my dog")).to_be_checked()


def test_a_form_that_waits_for_an_upload_is_kept_here_after_all(on_the_way):
    page, routes = on_the_way
    press(page, "Paint it")
    press(page, "Do not send it yet")
    expect(page.get_by_role("button", name="Do not send it yet")).to_be_hidden()
    routes.pop().continue_()
    expect(photo(page, "my cat")).to_be_checked()
    expect(page.get_by_role("button", name="Paint it")).to_be_focused()
    expect(page).to_have_url(re.compile("/create/"))


def test_a_cancelled_upload_is_gone_and_the_form_does_not_wait_for_it(on_the_way):
    page, _ = on_the_way
    press(page, "Paint it")
    press(page, "Cancel: my_cat.png")
    expect(page.locator(".upload")).to_have_count(0)
    expect(page.get_by_role("button", name="Paint it")).to_be_enabled()
    expect(page.locator("#new_content")).to_be_focused()
    expect(page).to_have_url(re.compile("/create/"))


def test_an_upload_that_broke_off_is_tried_again_also_after_other_files(on_the_way, picture_file):
    page, routes = on_the_way
    routes.pop().abort()
    expect(page.locator(".upload.failed")).to_contain_text("The connection was lost")
    page.unroute("**/pictures/content/add/")
    page.set_input_files("#new_content", picture_file("my_dog.png", color="navy"))
    expect(photo(page, "my dog")).to_be_checked()
    press(page, "Try again: my_cat.png")
    expect(photo(page, "my cat")).to_be_checked()
    expect(page.locator(".upload.done")).to_have_count(2)


def test_an_upload_of_which_nothing_is_heard_is_given_up(sign_up, picture_file):
    page = sign_up()
    page.clock.install()
    page.route("**/pictures/content/add/", lambda route: None)
    with page.expect_request("**/pictures/content/add/"):
        page.set_input_files("#new_content", picture_file("my_cat.png", color="teal"))
    page.clock.run_for(61_000)
    expect(page.locator(".upload.failed")).to_contain_text("Nothing was heard of it")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_leaving_the_page_is_asked_for_only_while_something_is_on_its_way(on_the_way):
    page, routes = on_the_way
    questions = []
    page.on("dialog", lambda dialog: (questions.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.assign('/styles/')")
    expect(photo(page, "Summer Palace")).to_be_checked()
    assert questions == ["beforeunload"]
    routes.pop().continue_()
    expect(photo(page, "my cat")).to_be_checked()
    page.goto("/styles/")
    assert questions == ["beforeunload"]


def test_an_upload_goes_through_after_signing_in_again_elsewhere(sign_up, picture_file):
    page = sign_up()
    page.context.clear_cookies(name="csrftoken")
    page.set_input_files("#new_content", picture_file("my_cat.png", color="teal"))
    expect(photo(page, "my cat")).to_be_checked()
    expect(page.locator(".upload.done")).to_have_count(1)


def test_an_upload_is_not_given_to_somebody_else_who_signed_in_meanwhile(sign_up, sign_in_as_admin, picture_file):
    page, admins = sign_up(), sign_in_as_admin("/pictures/content/")
    page.context.clear_cookies()
    page.context.add_cookies(admins.context.cookies())
    page.set_input_files("#new_content", picture_file("my_cat.png", color="teal"))
    expect(page.locator(".upload.failed")).to_contain_text("You signed in since this page was opened")
    admins.reload()
    expect(admins.locator("#own-pictures")).not_to_contain_text("my cat")
