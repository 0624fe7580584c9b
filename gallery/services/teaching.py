"""Teaching the gallery styles: lessons asked for, and asked for again."""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded, UnderWay
from gallery.models import ContentImage, Job, StyleImage, StyleModel
from gallery.services.estimates import estimate_lesson_seconds
from gallery.services.jobs import check_unfinished_jobs, create_job, retry
from gallery.services.lessons import reached_percent
from gallery.services.presence import check_still_there
from gallery.services.repeats import first_result, keys
from gallery.services.rights import check_own_or_example
from gallery.services.room import BYTES_A_RESULT, check_room_of, room_for
from gallery.services.styles import base_network

MAX_LESSON_PICTURES = 4


def teach_style(
    owner, pictures: Sequence[StyleImage], title: str = "", *, request_id: uuid.UUID | None = None
) -> StyleModel:
    """Queue a lesson: a new style of `owner`, learnt from one or several pictures together.

    The same `request_id` a second time gives the first style, whatever has become of what it needs. Raises
    `InvalidRequest`, which names the field, `Conflict` where the gallery has no network, `UnderWay` where a style is
    being learnt from the very same pictures, `QuotaExceeded`, `NoRoom`, and `RequestDiffers`.
    """
    if not 1 <= len(pictures) <= MAX_LESSON_PICTURES:
        raise InvalidRequest(f"Choose one to {MAX_LESSON_PICTURES} pictures to learn from.", field="pictures")
    check_own_or_example(owner, pictures, "pictures")
    request_id = request_id or uuid.uuid4()
    earlier = StyleModel.objects.filter(owner=owner, request_id=request_id)

    def is_the_same(found: StyleModel) -> bool:
        return keys(found.pictures.all()) == keys(pictures)

    if found := first_result(earlier, is_the_same):
        return found
    if not ContentImage.objects.visible_to(owner).exists():
        raise InvalidRequest("There is no photo to practise on; upload one first.", field="pictures")
    network = base_network()
    if network is None:
        raise Conflict("This gallery has no network that could learn; its operator can load the examples.")
    title = title.strip()[:120] or pictures[0].title
    try:
        with transaction.atomic():
            check_unfinished_jobs(owner)
            _check_same_lesson(owner, pictures)
            _check_room(owner)
            model = StyleModel(network=network, owner=owner, title=title, request_id=request_id)
            model.slug = model.slug_from(title, pictures)
            model.save(force_insert=True)
            model.pictures.set(pictures)
            _queue_lesson(model)
    except (IntegrityError, QuotaExceeded, UnderWay):
        if found := first_result(earlier, is_the_same):
            return found
        check_still_there(pictures=pictures)
        raise
    return model


def retry_lesson(model: StyleModel) -> Job:
    """Queue a lesson again that failed or was cancelled; an unfinished job is returned as it is.

    Raises `Conflict` where it has been learnt, and where none of its paintings is left, `QuotaExceeded`, and `NoRoom`.
    """
    return retry(model, model.owner, _learn_again)


def _queue_lesson(model: StyleModel, retry_of: Job | None = None) -> Job:
    check_room_of(model.owner)
    room_for(BYTES_A_RESULT)
    steps, reached = settings.LESSON_STEPS, reached_percent(model)
    seconds = estimate_lesson_seconds(steps * (1 - reached / 100))
    goes_on = {"loss_history": retry_of.loss_history} if retry_of and reached else {}
    return create_job(
        model, queue=Job.Queue.OPTIMIZE, total=steps, estimated_seconds=seconds, retry_of=retry_of, **goes_on
    )


def _learn_again(model: StyleModel, latest: Job | None) -> Job:
    if model.is_learnt or latest is None:
        raise Conflict("This style has been learnt already.")
    if not model.pictures.exists():
        raise Conflict(f"No painting is left that “{model.title}” could be learnt from; teach the gallery another.")
    check_unfinished_jobs(model.owner)
    return _queue_lesson(model, retry_of=latest)


def _check_same_lesson(owner, pictures: Sequence[StyleImage]) -> None:
    """Whoever goes back to the form and presses again has not asked for a second style."""
    wanted = {picture.pk for picture in pictures}
    under_way = StyleModel.objects.owned_by(owner).filter(jobs__state__in=Job.UNFINISHED)
    for model in under_way.prefetch_related("pictures"):
        if {picture.pk for picture in model.pictures.all()} == wanted:
            raise UnderWay(f"You are teaching the gallery “{model.title}” from the very same pictures already.", model)


def _check_room(owner) -> None:
    """What was published does not count: the gallery keeps it, so it could not be deleted to make room."""
    if StyleModel.objects.owned_by(owner).filter(published_at=None).count() >= settings.MAX_STYLES_PER_USER:
        raise QuotaExceeded(f"You have {settings.MAX_STYLES_PER_USER} styles, which is the limit; delete one first.")
