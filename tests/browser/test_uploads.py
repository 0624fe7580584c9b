"""A form that is sent while its pictures are still on their way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_first_picture import choose, choose_painting, sketch


def hold_up_an_upload(page, picture_file) -> list:
    """Choose another photo on the create page, then bring a new one; gives the requests that wait to be let through."""
    held_up = []
    choose(page, "Summer Palace")
    choose_painting(page, "Red Sun")
    sketch(page)
    page.route("**/pictures/content/add/", lambda route: held_up.append(route))
    page.set_input_files("#new_content", picture_file("my_cat.png", color="teal", size=(400, 300)))
    while not held_up:
        page.wait_for_timeout(50)
    return held_up


@pytest.fixture
def pressed_during_the_upload(sign_up, picture_file):
    """The create page: another photo was chosen before, a new one is on its way, and "Paint it" has been pressed."""
    page = sign_up()
    held_up = hold_up_an_upload(page, picture_file)
    expect(page.locator(".upload", has_text="my_cat.png")).to_be_visible()
    page.get_by_role("button", name="Paint it").click()
    expect(page.get_by_role("button", name="Uploading …")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Uploading …").click(force=True)
    expect(page).to_have_url(re.compile("/create/"))
    return page, held_up.pop()


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


def test_a_painting_for_which_there_is_no_room_is_kept_but_neither_chosen_nor_sent_along(sign_up, picture_file):
    page, on_the_way = sign_up(), []
    page.goto("/styles/teach/")
    page.route("**/pictures/style/add/", lambda route: on_the_way.append(route))
    colors = ["teal", "navy", "olive", "maroon", "purple"]
    page.set_input_files("#new_style", [picture_file(f"{color}.png", color=color) for color in colors])
    page.get_by_role("button", name="Learn this style").click()
    for color in colors:
        expect(page.locator(".upload", has_text=f"{color}.png")).to_be_visible()
    for _ in colors:
        page.wait_for_function("() => document.querySelectorAll('.upload progress').length > 0")
        while not on_the_way:
            page.wait_for_timeout(50)
        on_the_way.pop(0).continue_()
    expect(page.locator(".upload.unchosen")).to_contain_text("Added, but not chosen: 4 are chosen already.")
    expect(page.get_by_role("status").filter(has_text="4 of 4 are chosen")).to_be_visible()
    expect(page.locator(".choice input:checked")).to_have_count(len(colors) - 1)
    expect(page.get_by_role("button", name="Learn this style")).to_be_visible()
    expect(page).to_have_url(re.compile("/styles/teach/"))


PRESS_TWICE = """() => {
  const prevented = [];
  window.addEventListener("submit", (event) => {
    prevented.push(event.defaultPrevented);
    event.preventDefault();
  });
  const button = document.querySelector("[data-submit]");
  button.click();
  button.click();
  return { prevented, disabled: button.getAttribute("aria-disabled") };
}"""


def test_a_form_on_its_way_is_not_sent_again(sign_up):
    page = sign_up()
    choose(page, "Summer Palace")
    assert page.evaluate(PRESS_TWICE) == {"prevented": [False, True], "disabled": "true"}


PASTE = """(types) => {
  const clipboard = new DataTransfer();
  for (const type of types) clipboard.setData(type, "Evening");
  clipboard.items.add(new File(["no picture"], "pasted.png", { type: "image/png" }));
  const paste = new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true });
  document.querySelector("[name=title]").dispatchEvent(paste);
  return paste.defaultPrevented;
}"""


def test_a_text_that_is_copied_with_a_picture_of_itself_is_pasted_as_text(sign_up):
    page = sign_up()
    assert page.evaluate(PASTE, ["text/plain", "text/html"]) is False
    expect(page.locator(".upload")).to_have_count(0)
    for types in (["text/plain"], ["text/html"]):  # a file with its name, a picture of a page
        assert page.evaluate(PASTE, types) is True
    expect(page.locator(".upload.failed", has_text="pasted.png")).not_to_have_count(0)


def test_what_was_uploaded_on_a_later_page_of_own_pictures_is_looked_for_on_the_first(sign_up, picture_file):
    page = sign_up()
    page.goto("/pictures/content/?page=2")
    with page.expect_request(lambda request: request.method == "GET" and "/pictures/content/" in request.url) as asked:
        page.set_input_files("input[type=file]", picture_file("my_cat.png", color="teal"))
    assert asked.value.url.endswith("/pictures/content/")
    expect(page.locator("#own-pictures .work-title")).to_have_text("my cat")


def test_own_pictures_stay_on_the_page_where_an_upload_is_refused_for_being_signed_out(sign_up, picture_file):
    page = sign_up()
    page.goto("/pictures/content/")
    page.set_input_files("input[type=file]", picture_file("my_cat.png", color="teal"))
    expect(page.locator("#own-pictures img")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    page.set_input_files("input[type=file]", picture_file("my_dog.png", color="navy"))
    expect(page.locator(".upload.failed")).to_contain_text("You are signed out; sign in again")
    expect(page.locator("#own-pictures img")).to_have_count(1)


def test_who_is_signed_out_signs_in_from_the_refused_file_and_finds_the_choice_again(sign_up, picture_file):
    page = sign_up()
    style = page.locator("[data-choices=model] input[type=checkbox]").nth(1)
    style.check()
    chosen = style.get_attribute("value")
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    page.set_input_files("#new_content", picture_file("my_dog.png", color="navy"))
    page.locator(".upload.failed").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/accounts/login/?next=**{chosen}**")
    expect(page.get_by_text("your photo, style and settings are kept")).to_be_visible()


def test_ticks_are_set_all_at_once_and_kept_by_who_deletes_nothing_after_all(sign_up, picture_file):
    page = sign_up()
    page.goto("/pictures/content/")
    files = [picture_file("my_cat.png", color="teal"), picture_file("my_dog.png", color="navy")]
    page.set_input_files("input[type=file]", files)
    ticks, delete = page.locator("input[name=ticked]"), page.get_by_role("button", name="Delete those ticked")
    expect(ticks).to_have_count(2)
    expect(delete).to_be_disabled()
    page.get_by_role("button", name="Tick all").click()
    delete.click()
    page.get_by_role("link", name="Keep them").click()
    for tick in (ticks.first, ticks.last):
        expect(tick).to_be_checked()
    page.get_by_role("button", name="Tick none").click()
    expect(delete).to_be_disabled()


def test_what_became_of_a_file_is_not_hidden_by_the_bar_that_paints(sign_up, tmp_path):
    page = sign_up()
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 640})
    bad = tmp_path / "notes.jpg"
    bad.write_text("not a picture")
    page.set_input_files("#new_content", bad)
    message = page.locator(".upload.failed .upload-message")
    expect(message).to_contain_text("not a picture")
    box, bar = message.bounding_box(), page.locator(".create-submit").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]
