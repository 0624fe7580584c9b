"""The training studio in a browser: begun, watched, judged."""

import re

from playwright.sync_api import expect


def test_an_administrator_trains_a_style_and_judges_it(sign_in_as_admin):
    page = sign_in_as_admin("/admin/studio/new/")
    page.locator(".choice", has_text="Two Koi").locator("label").first.click()
    page.get_by_label("Title").fill("Koi in a hurry")
    page.locator("summary", has_text="Settings").click()
    expect(page.get_by_label("Residual blocks")).to_be_hidden()
    page.get_by_label("Steps", exact=False).first.fill("12")
    page.get_by_label("Size of crops").fill("64")
    expect(page.locator(".estimate")).not_to_be_empty()
    page.get_by_role("button", name="Train").last.click()
    page.wait_for_url(re.compile("/admin/studio/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", name="Trained", exact=True)).to_be_visible()
    expect(page.locator("figure.curve")).to_have_count(2)
    expect(page.locator(".studio-strips img").first).to_be_visible()
    expect(page.get_by_role("heading", name="Two Koi", exact=True)).to_be_visible()
    assert page.locator(".studio-sheet").evaluate("image => image.naturalWidth") > 0
    page.goto("/admin/studio/")
    expect(page.get_by_role("link", name="Koi in a hurry").first).to_be_visible()


def test_the_status_page_tells_of_the_workers_on_any_screen(sign_in_as_admin):
    page = sign_in_as_admin("/admin/status/")
    expect(page.locator(".module", has_text="Workers").get_by_role("rowheader").first).to_be_visible()


PRESS = """() => {
  window.addEventListener("submit", (event) => {
    (window.prevented ??= []).push(event.defaultPrevented);
    event.preventDefault();
  });
  document.querySelector("button[value=upload]").click();
}"""


def test_an_archive_on_its_way_is_not_sent_again_however_long_it_takes(sign_in_as_admin, tmp_path):
    page = sign_in_as_admin("/admin/studio/new/")
    page.clock.install()
    (tmp_path / "photos.zip").write_bytes(b"photos")
    page.set_input_files("#id_archive", tmp_path / "photos.zip")
    page.evaluate(PRESS)
    page.clock.run_for(60_000)
    button = page.get_by_role("button", name="Uploading …")
    button.click(force=True)
    assert page.evaluate("window.prevented") == [False, True]


STOP = """async () => {
  const button = document.querySelector("button[value=upload]");
  const labels = [];
  button.click();
  await new Promise((resolve) => setTimeout(resolve, 500));
  labels.push(button.textContent);
  window.stop();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return [...labels, button.textContent, button.getAttribute("aria-disabled")];
}"""


def test_an_archive_that_was_stopped_on_its_way_may_be_sent_again(sign_in_as_admin, tmp_path):
    page = sign_in_as_admin("/admin/studio/new/")
    page.route(lambda _: True, lambda route: None if route.request.method == "POST" else route.continue_())
    (tmp_path / "photos.zip").write_bytes(b"photos")
    page.set_input_files("#id_archive", tmp_path / "photos.zip")
    assert page.evaluate(STOP) == ["Uploading …", "Upload what was chosen", None]
