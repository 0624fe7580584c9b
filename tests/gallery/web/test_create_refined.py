"""Pictures of trained styles that a few steps of search take nearer to the paintings."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gallery.exceptions import Conflict
from gallery.models import Artwork, StyleModel, StyleNetwork, Worker
from gallery.rendering.process import worker_name
from gallery.services import jobs
from gallery.services.artworks import share_artwork
from gallery.services.refining import seconds_to_refine
from gallery.services.requests import retry_artwork
from gallery.templatetags.durations import about
from tests.gallery.web.test_create_instant import CREATE, ESTIMATE, INSTANT

pytestmark = pytest.mark.django_db


@pytest.fixture
def choice(ada, make_photo, trained):
    return {**INSTANT, "content": make_photo(ada).pk, "model": [trained[0].pk], "instant_size": 96}


@pytest.fixture
def without_paintings(trained):
    """The first style, taught by a painting that is gone."""
    StyleModel.objects.filter(pk=trained[0].pk).update(texture="")
    return StyleModel.objects.get(pk=trained[0].pk)


def paint(as_ada, run_jobs, choice):
    as_ada.post(CREATE, choice)
    run_jobs()
    artwork = Artwork.objects.latest("created_at")
    assert artwork.result, artwork.latest_job.error_message
    return artwork


def test_a_refined_picture_differs_from_that_of_the_network_alone_and_says_so(as_ada, run_jobs, choice):
    plain = paint(as_ada, run_jobs, choice)
    refined = paint(as_ada, run_jobs, choice | {"instant_finish": 36})
    assert refined.parameters["refine_steps"] == 36
    assert plain.result.read() != refined.result.read()
    assert (refined.width, refined.height) == (plain.width, plain.height)
    page = as_ada.get(refined.get_absolute_url()).text
    assert "Refined (36 steps)" in page
    assert "At once (by the network)" in as_ada.get(plain.get_absolute_url()).text
    form = as_ada.get(CREATE, {"remix": refined.pk}).context["form"]
    assert form["instant_finish"].value() == 36


def test_a_style_that_somebody_has_taught_is_refined_by_their_painting(
    as_ada, ada, run_jobs, choice, without_paintings, make_painting
):
    without_paintings.pictures.add(make_painting(ada))
    assert paint(as_ada, run_jobs, choice | {"instant_finish": 36}).result


def test_without_its_painting_a_style_is_not_refined_and_everything_chosen_stays(as_ada, choice, without_paintings):
    page = as_ada.post(CREATE, choice | {"instant_finish": 36})
    told = f"The painting of “{without_paintings.title}” is not in this gallery"
    assert told in page.context["form"].errors["instant_finish"][0]
    assert page.context["form"]["instant_size"].value() == "96"
    assert not Artwork.objects.exists()


def test_it_is_not_tried_again_once_the_painting_is_gone(as_ada, choice, trained):
    as_ada.post(CREATE, choice | {"instant_finish": 36})
    artwork = Artwork.objects.get()
    jobs.cancel_job(artwork.latest_job)
    StyleModel.objects.update(texture="")
    with pytest.raises(Conflict, match="is not in this gallery"):
        retry_artwork(artwork)


def test_the_estimate_counts_the_steps_and_long_ones_do_not_stand_before_short_work(as_ada, choice):
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="interactive", pid=1, device="cpu", speeds={"network": 2.0, "slim": 0.001},
        started_at=now, heartbeat_at=now,
    )  # fmt: skip
    plain, refined = (as_ada.get(ESTIMATE, choice | {"instant_finish": steps}).context["seconds"] for steps in (0, 36))
    assert plain < 1 < 15 < refined
    as_ada.post(CREATE, choice | {"instant_finish": 36})
    assert Artwork.objects.get().latest_job.queue == "optimize"


def test_programs_may_ask_for_it_too(as_ada, choice, trained):
    asked = {"content": choice["content"], "method": "network", "styles": [{"style": trained[0].slug}]}
    for parameters, status in [({"refine_steps": 12}, 202), ({"refine_steps": 1000}, 400)]:
        made = as_ada.post(reverse("api:artwork-list"), asked | {"parameters": parameters}, "application/json")
        assert made.status_code == status, made.json()
    assert Artwork.objects.get().parameters["refine_steps"] == 12


def test_how_long_refining_took_is_what_the_next_one_is_told(as_ada, run_jobs, choice):
    now = timezone.now()
    worker = Worker.objects.create(
        name=worker_name(), host="h", cluster="interactive", pid=1, device="cpu",
        speeds={"network": 100.0, "slim": 0.001}, started_at=now, heartbeat_at=now,
    )  # fmt: skip
    plain = paint(as_ada, run_jobs, choice)
    told = seconds_to_refine(plain)
    paint(as_ada, run_jobs, choice | {"instant_finish": 36})
    worker.refresh_from_db()
    assert worker.speeds["slim"] > 0.001
    assert seconds_to_refine(plain) < told


def test_a_picture_is_refined_with_one_click_and_a_second_one_leads_to_the_same(as_ada, run_jobs, choice):
    plain = paint(as_ada, run_jobs, choice | {"title": "Evening"})
    address = reverse("artworks:refine", args=[plain.pk])
    page = as_ada.get(plain.get_absolute_url()).text
    assert address in page
    assert ">Paint it finer</button>" in page
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="interactive", pid=1, device="cpu", speeds={"network": 2.0, "slim": 0.001},
        started_at=now, heartbeat_at=now,
    )  # fmt: skip
    assert seconds_to_refine(plain) > 15
    told = f'Paint it finer <span class="soft small">{about(seconds_to_refine(plain))}</span></button>'
    assert told in as_ada.get(plain.get_absolute_url()).text
    led = {as_ada.post(address).url for _ in range(2)}
    refined = Artwork.objects.get(parent=plain)
    assert led == {refined.get_absolute_url()}
    assert (refined.title, refined.parameters["refine_steps"]) == ("Evening, refined", 36)
    run_jobs()
    assert reverse("artworks:refine", args=[refined.pk]) not in as_ada.get(refined.get_absolute_url()).text


def test_a_cancelled_refinement_leads_back_to_the_picture_as_long_as_that_may_be_seen(as_ada, ben, run_jobs, choice):
    plain = paint(as_ada, run_jobs, choice | {"title": "Evening"})
    as_ada.post(reverse("artworks:refine", args=[plain.pk]))
    job = Artwork.objects.get(parent=plain).latest_job
    page = reverse("jobs:detail", args=[job.pk])
    link = f'href="{plain.get_absolute_url()}">Back to <span class="title-of-work">Evening</span></a>'
    assert as_ada.get(page).text.count(link) == 1
    jobs.cancel_job(job)
    assert as_ada.get(page).text.count(link) == 2
    Artwork.objects.filter(pk=plain.pk).update(owner=ben)
    assert "Back to" not in as_ada.get(page).text


def test_where_the_painting_is_gone_nothing_is_offered_and_a_late_click_is_answered(
    as_ada, run_jobs, choice, without_paintings
):
    plain = paint(as_ada, run_jobs, choice)
    address = reverse("artworks:refine", args=[plain.pk])
    page = as_ada.get(plain.get_absolute_url()).text
    assert address not in page
    assert f"It cannot be painted finer. The painting of “{without_paintings.title}” is not in this gallery" in page
    assert "is not in this gallery" in as_ada.post(address, follow=True).text
    assert Artwork.objects.count() == 1


def test_the_page_knows_which_styles_cannot_be_refined_before_one_is_chosen(client, trained, without_paintings):
    page = client.get(CREATE).text
    assert page.count("data-unrefinable") == 1
    assert f'data-unrefinable="The painting of “{without_paintings.title}” is not in this gallery' in page


def test_while_it_is_painted_finer_and_after_that_a_picture_leads_to_the_finer_one(as_ada, run_jobs, choice):
    plain = paint(as_ada, run_jobs, choice | {"title": "Evening"})
    as_ada.post(reverse("artworks:refine", args=[plain.pk]))
    finer = Artwork.objects.get(parent=plain)
    for words in ("It is being painted finer", "See it painted finer"):
        page = as_ada.get(plain.get_absolute_url()).text
        assert f'href="{finer.get_absolute_url()}">{words}</a>' in page
        assert "Paint it finer" not in page
        run_jobs()
    page = as_ada.get(finer.get_absolute_url()).text
    assert "Painted finer from" in page
    assert "A remix of" not in page


def test_only_who_has_painted_it_refines_it(as_ada, ben, run_jobs, choice):
    plain = paint(as_ada, run_jobs, choice)
    share_artwork(plain, "public")
    reader = Client()
    reader.force_login(ben)
    address = reverse("artworks:refine", args=[plain.pk])
    assert address not in reader.get(plain.get_absolute_url()).text
    assert reader.post(address).status_code == 404


def test_what_was_painted_step_by_step_is_not_refined(as_ada, ada, make_painted):
    painted = make_painted(ada)
    answer = as_ada.post(reverse("artworks:refine", args=[painted.pk]), follow=True)
    assert "Only what a trained style has painted" in answer.text


def test_what_is_refined_already_is_not_refined_again(as_ada, run_jobs, choice):
    refined = paint(as_ada, run_jobs, choice | {"instant_finish": 36})
    answer = as_ada.post(reverse("artworks:refine", args=[refined.pk]), follow=True)
    assert "Only what a trained style has painted at once" in answer.text
    assert Artwork.objects.count() == 1


def test_a_blend_whose_styles_are_of_different_networks_by_now_is_not_offered_to_be_refined(
    as_ada, run_jobs, choice, trained
):
    plain = paint(as_ada, run_jobs, choice | {"model": [model.pk for model in trained]})
    other = StyleNetwork.objects.create(title="Newer", sha256="0" * 64, file="networks/none.safetensors")
    StyleModel.objects.filter(pk=trained[0].pk).update(network=other)
    assert reverse("artworks:refine", args=[plain.pk]) not in as_ada.get(plain.get_absolute_url()).text
