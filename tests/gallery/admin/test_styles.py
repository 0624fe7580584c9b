import re

import pytest
from django.urls import reverse

from gallery.models import StyleModel
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db


def test_offered_styles_are_taken_into_the_gallery_and_out_of_it(as_admin, trained):
    model = trained[0]
    for state, action, after in [
        ("offered", "publish", "published"), ("published", "retire", "retired"), ("retired", "publish", "published"),
        ("offered", "refuse", "private"), ("private", "publish", "private"),
    ]:  # fmt: skip
        StyleModel.objects.filter(pk=model.pk).update(state=state)
        sent = {"action": action, "reason": "Too dark.", "_selected_action": [str(model.pk)]}
        page = as_admin.post(admin_url(StyleModel, "changelist"), sent, follow=True)
        model.refresh_from_db()
        assert model.state == after, page.text


def test_an_offer_is_refused_with_a_reason_and_what_cannot_be_is_named_once(as_admin, trained):
    model = trained[0]
    StyleModel.objects.filter(pk=model.pk).update(state="offered")
    sent = {"action": "refuse", "reason": "Too dark.", "_selected_action": [str(model.pk)]}
    shown = admin_url(StyleModel, "changelist")
    as_admin.post(shown, sent)
    model.refresh_from_db()
    assert (model.state, model.refusal) == ("private", "Too dark.")
    again = as_admin.post(shown, sent, follow=True).text
    assert "“Dots” is not on offer." in again
    assert "Dots: “Dots”" not in again


def test_without_a_reason_no_offer_is_refused_and_one_is_asked_for(as_admin, trained):
    model = trained[0]
    StyleModel.objects.filter(pk=model.pk).update(state="offered")
    sent = {"action": "refuse", "reason": " ", "_selected_action": [str(model.pk)]}
    in_list = as_admin.post(admin_url(StyleModel, "changelist"), sent, follow=True).text
    on_page = decide(as_admin, model, "refuse", reason=" ")
    assert all("Say why the offer is refused" in page for page in (in_list, on_page))
    assert model.state == "offered"


def test_from_the_page_of_an_offered_style_an_administrator_comes_to_where_it_is_decided_on(
    as_admin, as_ben, ben, trained
):
    model = trained[0]
    StyleModel.objects.filter(pk=model.pk).update(state="offered", owner=ben, is_example=False)
    link = f'href="{admin_url(StyleModel, "change", model.pk)}">Take into the gallery, or refuse</a>'
    assert link in as_admin.get(model.get_absolute_url()).text
    assert link not in as_ben.get(model.get_absolute_url()).text
    StyleModel.objects.filter(pk=model.pk).update(state="published")
    assert link not in as_admin.get(model.get_absolute_url()).text


def test_the_menu_leads_administrators_to_the_studio_and_others_not(as_admin, as_ben):
    link = f'href="{reverse("studio:list")}"'
    assert link in as_admin.get(reverse("gallery:home")).text
    assert link not in as_ben.get(reverse("gallery:home")).text


def decide(as_admin, model, decision, **sent):
    names = {"title": model.title, "credit": model.credit, "position": model.position}
    page = as_admin.post(
        admin_url(StyleModel, "change", model.pk), names | {f"_decision_{decision}": ""} | sent, follow=True
    )
    model.refresh_from_db()
    return page.text


def test_on_the_page_of_a_style_stands_what_may_be_decided_on_it(as_admin, trained):
    model = trained[0]
    for state, decisions in [
        ("offered", ["publish", "refuse"]), ("published", ["retire"]), ("retired", ["publish"]), ("private", []),
    ]:  # fmt: skip
        StyleModel.objects.filter(pk=model.pk).update(state=state)
        page = as_admin.get(admin_url(StyleModel, "change", model.pk)).text
        assert re.findall(r'name="_decision_(\w+)"', page) == decisions


def test_a_reason_that_was_saved_without_a_decision_is_not_lost(as_admin, trained):
    model = trained[0]
    StyleModel.objects.filter(pk=model.pk).update(state="offered")
    page = decide(as_admin, model, "none", reason="Too dark.")
    assert "still offered; to refuse it for the reason “Too dark.”" in page
    assert model.state == "offered"


def test_an_offer_is_decided_on_where_it_is_read(as_admin, trained):
    model = trained[0]
    StyleModel.objects.filter(pk=model.pk).update(state="offered")
    page = decide(as_admin, model, "refuse", reason="Too dark.", title="Points")
    assert (model.state, model.refusal, model.title) == ("private", "Too dark.", "Points")
    assert "1 style private again." in page
    assert "“Points” is not offered" in decide(as_admin, model, "publish")
    StyleModel.objects.filter(pk=model.pk).update(state="offered")
    assert "1 style in the gallery now." in decide(as_admin, model, "publish")
    assert model.state == "published"


def test_samples_of_private_styles_are_not_shown_and_offers_are_counted(as_admin, trained):
    private, offered = trained
    StyleModel.objects.filter(pk=private.pk).update(state="private")
    shown = admin_url(StyleModel, "changelist")
    assert "offered</a>" not in as_admin.get(shown).text
    StyleModel.objects.filter(pk=offered.pk).update(state="offered")
    page = as_admin.get(shown).text
    assert "1 style offered</a>" in page
    assert reverse("media:trained", args=[offered.pk, "cover", "card"]) in page
    assert str(private.pk) + "/cover" not in page
    assert "/strip" not in as_admin.get(admin_url(StyleModel, "change", private.pk)).text
    assert '<td class="field-cover_picture">private</td>' in page
