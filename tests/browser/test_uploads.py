"""A form that is sent while its pictures are still on their way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_first_picture import choose, choose_painting, sketch


@pytest.fixture
def pressed_during_the_upload(sign_up, picture_file):
    """The create page: another photo was chosen before, a new one is on its way, and "Paint it" has been pressed."""
    page, on_the_way = sign_up(), []
    choose(page, "Summer Palace")
    choose_painting(page, "Red Sun")
    sketch(page)
    page.route("**/pictures/content/add/", lambda route: on_the_way.append(route))
    page.set_input_files("#new_content", picture_file("my_cat.png", color="teal", size=(400, 300)))
    expect(page.locator(".upload", has_text="my_cat.png")).to_be_visible()
    page.get_by_role("button", name="Paint it").click()
    expect(page.get_by_role("button", name="Uploading …")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Uploading …").click(force=True)
    expect(page).to_have_url(re.compile("/create/"))
    return page, on_the_way.pop()


def test_the_form_goes_off_once_the_upload_is_through_and_paints_that_photo(pressed_during_the_upload):
    page, upload = pressed_during_the_upload
    upload.continue_()
    page.wait_for_url(re.compile("/artworks/"))
    expect(page.locator(".source").first).to_contain_text("my cat")


def test_the_form_stays_with_the_reason_where_the_upload_fails(pressed_during_the_upload):
    page, upload = pressed_during_the_upload
    upload.abort()
    expect(page.locator(".upload.failed", has_text="my_cat.png")).to_contain_text("The connection was lost")
    button = page.get_by_role("button", name="Paint it")
    expect(button).to_be_visible()
    assert button.get_attribute("aria-disabled") is None
    expect(page).to_have_url(re.compile("/create/"))
    button.click()
    page.wait_for_url(re.compile("/jobs/|/artworks/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Summer Palace")
