"""Teaching the gallery styles, offering and publishing them."""

import shutil
import uuid
from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.db.models.deletion import RestrictedError
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded, UnderWay
from gallery.models import ArtworkStyle, ContentImage, Job, StyleImage, StyleModel, StyleNetwork
from gallery.services.estimates import estimate_lesson_seconds
from gallery.services.gate import gate_failures
from gallery.services.jobs import check_unfinished_jobs, create_job, retry
from gallery.services.lessons import lesson_folder, reached_percent
from gallery.services.presence import check_still_there
from gallery.services.repeats import first_result, keys
from gallery.services.room import BYTES_A_RESULT, check_room_of, room_for
from gallery.services.uploads import remove_picture_file

MAX_LESSON_PICTURES = 4
NO_REASON = "No reason was given."
State = StyleModel.State


def base_network() -> StyleNetwork | None:
    """The network that learns new styles: that of the bundled ones, so that they can be blended; without any, the
    bundled one that came last."""
    networks = StyleNetwork.objects.filter(is_example=True)
    return networks.filter(styles__is_example=True).first() or networks.first()


def teach_style(
    owner, pictures: Sequence[StyleImage], title: str = "", *, request_id: uuid.UUID | None = None
) -> StyleModel:
    """Queue a lesson: a new style of `owner`, learnt from one or several pictures together.

    The same `request_id` a second time gives the first style. Raises `InvalidRequest`, which names the field,
    `Conflict` where the gallery has no network, `UnderWay` where a style is being learnt from the very same pictures,
    `QuotaExceeded`, `NoRoom`, and `RequestDiffers`.
    """
    if not 1 <= len(pictures) <= MAX_LESSON_PICTURES:
        raise InvalidRequest(f"Choose one to {MAX_LESSON_PICTURES} pictures to learn from.", field="pictures")
    if any(not picture.is_example and picture.owner_id != owner.pk for picture in pictures):
        raise InvalidRequest("Choose pictures of your own or of the gallery's.", field="pictures")
    if not ContentImage.objects.visible_to(owner).exists():
        raise InvalidRequest("There is no photo to practise on; upload one first.", field="pictures")
    network = base_network()
    if network is None:
        raise Conflict("This gallery has no network that could learn; its operator can load the examples.")
    request_id = request_id or uuid.uuid4()
    earlier = StyleModel.objects.filter(owner=owner, request_id=request_id)

    def is_the_same(found: StyleModel) -> bool:
        return keys(found.pictures.all()) == keys(pictures)

    if found := first_result(earlier, is_the_same):
        return found
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
    return retry(model, _learn_again)


def rename_style(model: StyleModel, title: str, credit: str, *, by) -> None:
    """Change what a style is called and after whom. Raises `Conflict` where `by` may not, as what the public reads was
    looked at."""
    names = {"title": title.strip()[:120] or model.title, "credit": credit.strip()[:200]}
    with transaction.atomic():
        stored = StyleModel.objects.select_for_update(no_key=True).get(pk=model.pk)
        if not stored.may_be_renamed_by(by):
            if stored.state == State.OFFERED:
                raise Conflict(f"“{stored.title}” is offered to the gallery; take the offer back to rename it.")
            raise Conflict(f"“{stored.title}” has been in the gallery; only an administrator can rename it.")
        StyleModel.objects.filter(pk=model.pk).update(**names)
    model.title, model.credit = names["title"], names["credit"]


def offer_style(model: StyleModel) -> None:
    """Ask the administrators to take a style into the gallery."""
    _change_state(model, State.PRIVATE, State.OFFERED, f"“{model.title}” is not private, so it cannot be offered.")


def withdraw_style(model: StyleModel) -> None:
    """Take an offer back: the style is its owner's alone again."""
    _change_state(model, State.OFFERED, State.PRIVATE, f"“{model.title}” is not on offer.")


def refuse_style(model: StyleModel, reason: str = "") -> None:
    """Say no to an offer: the style is its owner's alone again, who reads the reason until it is offered anew."""
    refusal = reason.strip()[:300] or NO_REASON
    _change_state(model, State.OFFERED, State.PRIVATE, f"“{model.title}” is not on offer.", refusal)


def publish_style(model: StyleModel) -> None:
    """Take an offered style, or bring a retired one back, into the gallery, in place of any other version of it.

    Raises `Conflict` for any other, for one that does not pass the gate, and for one whose network comes from nobody
    knows where.
    """
    if model.state not in (State.OFFERED, State.RETIRED):
        raise Conflict(f"“{model.title}” is not offered; its owner decides whether others may use it.")
    if not model.network.may_be_published:
        raise Conflict(f"Say first where the network “{model.network}” comes from and under which licence it stands.")
    if failures := gate_failures(model):
        raise Conflict(f"“{model.title}” cannot be published. {' '.join(failures)}")
    now = timezone.now()
    with transaction.atomic():
        versions = _locked_versions(model)
        versions.exclude(pk=model.pk).filter(state=State.PUBLISHED).update(state=State.RETIRED)
        if not StyleModel.objects.filter(pk=model.pk, state__in=[State.OFFERED, State.RETIRED]).update(
            state=State.PUBLISHED, published_at=now
        ):
            raise Conflict(f"“{model.title}” was changed by somebody else; look at it again.")
    model.state, model.published_at = State.PUBLISHED, now


def follow_style(model: StyleModel, earlier: StyleModel) -> None:
    """Make a style the newest version of another, in whose place it stands once it is published.

    Raises `Conflict` while it is published, and for a style that never was in the gallery.
    """
    if model.state == State.PUBLISHED:
        raise Conflict(f"“{model.title}” is in the gallery by itself; take it out first.")
    if earlier.published_at is None or earlier.family == model.family:
        raise Conflict(f"“{model.title}” cannot be a new version of “{earlier.title}”.")
    with transaction.atomic():
        version = _locked_versions(earlier).aggregate(newest=Max("version"))["newest"] + 1
        found = StyleModel.objects.filter(pk=model.pk).exclude(state=State.PUBLISHED)
        if not found.update(family=earlier.family, version=version):
            raise Conflict(f"“{model.title}” was changed by somebody else; look at it again.")
    model.family, model.version = earlier.family, version


def _locked_versions(model: StyleModel) -> QuerySet[StyleModel]:
    """All versions of a style, so that of two who reorder them the second sees what the first has done."""
    versions = StyleModel.objects.filter(family=model.family)
    list(versions.select_for_update().values_list("pk"))
    return versions


def roll_back_style(model: StyleModel) -> StyleModel:
    """Publish the version before a published one again in its place. Raises `Conflict` where there is none."""
    earlier = model.version_before()
    if earlier is None:
        raise Conflict(f"“{model.title}” has no earlier version that could take its place.")
    publish_style(earlier)
    model.refresh_from_db()
    return earlier


def retire_style(model: StyleModel) -> None:
    """Take a style out of the gallery; pictures made with it stay."""
    _change_state(model, State.PUBLISHED, State.RETIRED, f"“{model.title}” is not in the gallery.")


def delete_style(model: StyleModel) -> None:
    """Remove a style of one's own, its samples and its lesson.

    Raises `Conflict` for one that was ever published, which the gallery keeps to come back to, and while artworks were
    made with it.
    """
    with transaction.atomic():
        stored = StyleModel.objects.select_for_update().filter(pk=model.pk).first()
        if stored is None:
            raise Conflict("This was deleted in the meantime.")
        if stored.published_at:
            raise Conflict(f"“{stored.title}” was published, so the gallery keeps it; administrators can take it out.")
        files = [file for file in (stored.cover, stored.strip) if file]
        try:
            stored.delete()
        except RestrictedError as error:
            raise Conflict(_made_with(stored, error.restricted_objects)) from error
        transaction.on_commit(lambda: _remove_files(model, files))


def _made_with(model: StyleModel, uses: Collection[ArtworkStyle]) -> str:
    """Why artworks keep a style from being deleted; how many are other people's is theirs to know."""
    own = ArtworkStyle.objects.filter(model=model, artwork__owner=model.owner_id).count()
    if own < len(uses):
        return f"Others have painted with “{model.title}”, so it stays as long as their artworks do."
    return f"{own} of your artworks {'was' if own == 1 else 'were'} made with this style; delete those first."


def _remove_files(model: StyleModel, files) -> None:
    for file in files:
        remove_picture_file(file)
    shutil.rmtree(lesson_folder(model), ignore_errors=True)


def _queue_lesson(model: StyleModel, retry_of: Job | None = None) -> Job:
    check_room_of(model.owner)
    room_for(BYTES_A_RESULT)
    steps = settings.LESSON_STEPS
    seconds = estimate_lesson_seconds(steps * (1 - reached_percent(model) / 100))
    return create_job(model, queue=Job.Queue.OPTIMIZE, total=steps, estimated_seconds=seconds, retry_of=retry_of)


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


def _change_state(model: StyleModel, before: str, after: str, otherwise: str, refusal: str = "") -> None:
    if not StyleModel.objects.filter(pk=model.pk, state=before).update(state=after, refusal=refusal):
        raise Conflict(otherwise)
    model.state, model.refusal = after, refusal
