import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from gallery.examples import load_catalogue
from gallery.models import StyleModel
from gallery.services.example_styles import load_trained_styles
from gallery.services.styles import offer_style, publish_style, refuse_style, retire_style

pytestmark = pytest.mark.django_db
LIST, TEACH = reverse("styles:list"), reverse("styles:teach")
NAMED = {"title": "My waves", "credit": ""}


def address(name, model):
    return reverse(f"styles:{name}", args=[model.slug])


def test_everybody_sees_the_styles_of_the_gallery(client, trained):
    page = client.get(LIST)
    for model in trained:
        assert model.title in page.text
        assert reverse("media:trained", args=[model.pk, "cover", "card"]) in page.text
        assert f"?model={model.pk}" in client.get(address("detail", model)).text


def test_the_list_leaves_the_numbers_of_the_styles_in_the_database(client, trained):
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    read = [query["sql"] for query in queries if '"gallery_stylemodel"."title"' in query["sql"]]
    assert read
    assert not any('"gallery_stylemodel"."row"' in sql for sql in read)


def test_a_gallery_without_trained_styles_says_so(client):
    assert "no trained styles yet" in client.get(LIST).text


def test_a_private_style_does_not_exist_for_others_under_any_address(as_ben, client, learnt):
    for visitor in (as_ben, client):
        assert learnt.title not in visitor.get(LIST).text
        assert visitor.get(address("detail", learnt)).status_code == 404
        assert visitor.get(reverse("media:trained", args=[learnt.pk, "cover", "card"])).status_code == 404
        assert learnt.title not in visitor.get(reverse("create:create")).text
    for name in ("rename", "offer", "withdraw", "delete"):
        assert as_ben.post(address(name, learnt), {"title": "mine now"}).status_code == 404
        assert client.post(address(name, learnt)).status_code == 302
    learnt.refresh_from_db()
    assert (learnt.title, learnt.state) == ("My waves", "private")


def test_a_published_style_belongs_to_its_owner_still(as_ben, learnt):
    offer_style(learnt)
    publish_style(learnt)
    page = as_ben.get(address("detail", learnt)).text
    assert "taught by <bdi>ada</bdi>" in page
    assert "Learnt from a painting that stays private." in page
    assert str(learnt.pictures.get().pk) not in page
    assert as_ben.post(address("rename", learnt), {"title": "mine now"}).status_code == 404


def test_a_style_shows_what_was_painted_with_it_to_everybody_and_what_of_the_gallery_it_was_learnt_from(
    client, ada, learnt, trained, hang, named
):
    hang(ada, "Storm in dots", trained[0])
    hang(ada, "Kept for later", trained[0], visibility="private", published_at=None)
    page = client.get(address("detail", trained[0])).text
    assert "Storm in dots" in page
    assert "Kept for later" not in page
    assert "Painted with it" not in client.get(address("detail", trained[1])).text
    named(learnt.pictures.get(), "Red Sun", owner=None, is_example=True)
    offer_style(learnt)
    publish_style(learnt)
    page = client.get(address("detail", learnt)).text
    assert "Red Sun</span>, of the gallery" in page


def test_a_style_is_offered_and_the_offer_taken_back(as_ada, learnt):
    as_ada.post(address("offer", learnt), NAMED)
    assert "Take the offer back" in as_ada.get(address("detail", learnt)).text
    as_ada.post(address("withdraw", learnt))
    assert "Offer it to the gallery" in as_ada.get(address("detail", learnt)).text
    assert "not on offer" in as_ada.post(address("withdraw", learnt), follow=True).text


def test_who_offers_a_style_names_it_and_whom_it_is_painted_after_for_good(as_ada, learnt):
    page = as_ada.get(address("detail", learnt)).text
    assert "While it is offered neither can be changed" in page
    assert f'formaction="{address("offer", learnt)}"' in page
    assert as_ada.post(address("offer", learnt), {"title": ""}).status_code == 400
    as_ada.post(address("offer", learnt), {"title": "Gauguin", "credit": "Paul Gauguin, 1892"})
    learnt.refresh_from_db()
    assert (learnt.state, learnt.title, learnt.credit) == ("offered", "Gauguin", "Paul Gauguin, 1892")


def test_deleting_a_style_does_not_look_like_taking_its_offer_back(as_ada, learnt):
    for other in ("Offer it to the gallery", "Take the offer back"):
        page = as_ada.get(address("detail", learnt)).text
        buttons = page[page.index('<div class="actions">', page.index("Who may use it")) :].split("</div>")[0]
        assert other in buttons
        assert f'class="button danger" href="{address("delete", learnt)}"' in buttons
        as_ada.post(address("offer", learnt), NAMED)


def test_the_owner_reads_why_an_offer_was_refused(as_ada, learnt):
    offer_style(learnt)
    refuse_style(learnt, "It is too dark.")
    page = as_ada.get(address("detail", learnt)).text
    assert "Your offer was refused. An administrator says: “It is too dark.”" in page
    assert ">Offer refused</span>" in page
    assert "Only me" not in page
    assert "Offer refused" in as_ada.get(LIST).text
    as_ada.post(address("offer", learnt), NAMED)
    assert "refused" not in as_ada.get(address("detail", learnt)).text


def test_a_style_is_renamed_and_an_empty_name_refused(as_ada, learnt):
    as_ada.post(address("rename", learnt), {"title": "Storm", "credit": "Ada, 2026"})
    learnt.refresh_from_db()
    assert (learnt.title, learnt.credit) == ("Storm", "Ada, 2026")
    answer = as_ada.post(address("rename", learnt), {"title": ""})
    assert answer.status_code == 400
    assert "This field is required" in answer.text


def test_a_style_on_offer_shows_no_form_to_rename_it_and_refuses_to_be(as_ada, learnt):
    assert address("rename", learnt) in as_ada.get(address("detail", learnt)).text
    offer_style(learnt)
    shown = as_ada.get(address("detail", learnt)).text
    assert address("rename", learnt) not in shown
    assert address("delete", learnt) in shown
    answer = as_ada.post(address("rename", learnt), {"title": "Storm"}, follow=True)
    assert "take the offer back to rename it" in answer.text
    learnt.refresh_from_db()
    assert learnt.title == "My waves"


def test_a_style_is_deleted_after_a_question(as_ada, learnt):
    assert "Delete it" in as_ada.get(address("delete", learnt)).text
    as_ada.post(address("delete", learnt))
    assert not StyleModel.objects.filter(pk=learnt.pk).exists()


def test_what_was_painted_with_a_style_is_named_before_anybody_tries_to_delete_it(as_ada, ada, learnt, hang):
    artwork = hang(ada, "Harbour", learnt)
    for page in (as_ada.get(address("delete", learnt)), as_ada.post(address("delete", learnt))):
        assert f'href="{artwork.get_absolute_url()}">Harbour</a>' in page.text
        assert "Delete it" not in page.text
    assert page.status_code == 409
    assert StyleModel.objects.filter(pk=learnt.pk).exists()


def test_a_style_that_was_published_is_not_offered_for_deletion(as_ada, learnt):
    assert address("delete", learnt) in as_ada.get(address("detail", learnt)).text
    offer_style(learnt)
    publish_style(learnt)
    assert address("delete", learnt) not in as_ada.get(address("detail", learnt)).text
    retire_style(learnt)
    assert address("delete", learnt) not in as_ada.get(address("detail", learnt)).text
    assert "the gallery keeps it" in as_ada.post(address("delete", learnt), follow=True).text


def test_a_style_learnt_on_an_earlier_network_can_be_learnt_again_on_the_newest(as_ada, learnt):
    assert "Learn it again" not in as_ada.get(address("detail", learnt)).text
    load_trained_styles(load_catalogue().models)
    page = as_ada.get(address("detail", learnt))
    (picture,) = learnt.pictures.all()
    assert page.context["learn_again"] == f"{TEACH}?picture={picture.pk}&title=My+waves"
    form = as_ada.get(page.context["learn_again"]).context["form"]
    assert (form["pictures"].value(), form["title"].value()) == ([str(picture.pk)], "My waves")


def test_a_style_without_samples_can_be_learnt_again_for_the_gallery(as_ada, learnt, example_photo):
    StyleModel.objects.filter(pk=learnt.pk).update(gate={"network_bytes": 1, "samples": False})
    page = as_ada.get(address("detail", learnt))
    assert "no samples of it were painted and measured" in page.text
    assert f'<a href="{escape(page.context["learn_again"])}">Learn it again</a> and offer the new one' in page.text
    example_photo.delete()
    page = as_ada.get(address("detail", learnt)).text
    assert "its operator can load them" in page
    assert "Learn it again" not in page


def test_a_retired_style_is_no_longer_offered_for_painting(as_ada, learnt):
    offer_style(learnt)
    publish_style(learnt)
    retire_style(learnt)
    assert "Paint with it" not in as_ada.get(address("detail", learnt)).text


def test_the_page_of_styles_and_that_of_a_new_picture_have_them_in_the_same_order(as_ada, ben, learnt):
    published = {"state": "published", "published_at": timezone.now(), "owner": ben}
    StyleModel.objects.filter(pk=learnt.pk).update(**published)
    on_list = [model.pk for model in as_ada.get(reverse("styles:list")).context["published"]]
    choices = as_ada.get(reverse("create:create")).context["form"].model_choices()
    assert on_list == [choice["picture"].pk for choice in choices]
    assert on_list[-1] == learnt.pk
