import pytest
from django.contrib.auth import get_user_model

from gallery import rendering
from gallery.exceptions import Conflict
from gallery.models import Artwork, ContentImage, Experiment, Job, StyleImage, StyleModel
from gallery.services.jobs import check_unfinished_jobs, claim_next
from gallery.services.leaving import delete_account
from gallery.services.requests import request_instant_artwork
from gallery.services.styles import publish_style
from gallery.services.uploads import add_content_image


def files_in(media_root):
    return {path.relative_to(media_root).as_posix() for path in media_root.rglob("*") if path.is_file()}


@pytest.mark.django_db(transaction=True)
def test_who_leaves_takes_records_and_files_along_and_leaves_others_alone(
    ada, ben, make_painted, make_tried, make_photo, media_root
):
    kept = make_photo(ben)
    make_painted(ada)
    make_tried(ada)
    delete_account(ada)
    assert not get_user_model().objects.filter(username="ada").exists()
    theirs = (Artwork, ContentImage, Experiment, Job, StyleImage)
    assert not any(model.objects.exclude(owner=ben).exists() for model in theirs)
    assert files_in(media_root) == {kept.file.name}


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_is_being_painted_when_its_owner_leaves_is_not_finished(ada, make_artwork, media_root):
    job = make_artwork(ada).latest_job
    claim = claim_next(job.queue, "test")
    delete_account(ada)
    rendering.run(claim)
    assert not Job.objects.exists()
    assert files_in(media_root) == set()


@pytest.mark.django_db
def test_who_has_left_leaves_a_second_time_without_a_word_and_asks_for_nothing_more(ada, make_upload):
    delete_account(get_user_model().objects.get(pk=ada.pk))
    delete_account(ada)
    with pytest.raises(Conflict, match="This account was deleted in the meantime"):
        add_content_image(ada, make_upload())
    with pytest.raises(Conflict, match="This account was deleted in the meantime"):
        check_unfinished_jobs(ada)


@pytest.mark.django_db
def test_styles_that_were_published_stay_without_their_owner_and_others_go(ada, trained):
    published, private = trained
    StyleModel.objects.filter(pk__in=[style.pk for style in trained]).update(owner=ada, is_example=False)
    StyleModel.objects.filter(pk=private.pk).update(state="private", published_at=None)
    delete_account(ada)
    left = StyleModel.objects.get()
    assert (left.pk, left.owner, left.state) == (published.pk, None, "published")


@pytest.mark.django_db
def test_an_offer_that_somebody_has_tried_stays_without_its_owner_and_is_offered_no_longer(
    ada, ben, trained, make_photo
):
    offered = trained[0]
    request_instant_artwork(ben, make_photo(ben), [(offered, 1)], {"image_size": 64})
    StyleModel.objects.filter(pk=offered.pk).update(owner=ada, is_example=False, state="offered", published_at=None)
    delete_account(ada)
    left = StyleModel.objects.get(pk=offered.pk)
    assert (left.owner, left.state) == (None, "private")
    with pytest.raises(Conflict, match="is not offered"):
        publish_style(left)


@pytest.mark.django_db
def test_an_administrator_does_not_leave_by_this_door(trainer):
    with pytest.raises(Conflict, match="by another administrator"):
        delete_account(trainer)
    assert get_user_model().objects.filter(pk=trainer.pk).exists()
