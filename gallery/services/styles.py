"""Styles: renamed, offered to the gallery, published and deleted."""

import shutil
import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.deletion import RestrictedError
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import ArtworkStyle, StyleModel, StyleNetwork
from gallery.services.gate import gate_failures
from gallery.services.lessons import lesson_folder
from gallery.services.presence import GONE
from gallery.services.uploads import remove_picture_file

State = StyleModel.State
# What an administrator may publish, and make a version of another.
JUDGED = (State.OFFERED, State.RETIRED)


def base_network() -> StyleNetwork | None:
    """The network that learns new styles: that of the bundled ones, so that they can be blended; without any, the
    bundled one that came last."""
    networks = StyleNetwork.objects.filter(is_example=True)
    return networks.filter(styles__is_example=True).first() or networks.first()


def rename_style(model: StyleModel, title: str, credit: str, *, by) -> None:
    """Change what a style is called and after whom. Raises `Conflict` where `by` may not, as what the public reads was
    looked at, and where it is gone."""
    names = {"title": title.strip()[:120] or model.title, "credit": credit.strip()[:200]}
    with transaction.atomic():
        stored = StyleModel.objects.select_for_update(no_key=True).filter(pk=model.pk).first()
        if stored is None:
            raise Conflict(GONE)
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
    _end_offer(model)


def refuse_style(model: StyleModel, reason: str) -> None:
    """Say no to an offer: the style is its owner's alone again, who reads the reason until it is offered anew. Raises
    `InvalidRequest` without one."""
    refusal = reason.strip()[:300]
    if not refusal:
        raise InvalidRequest("Say why the offer is refused; its owner reads it.", field="reason")
    _end_offer(model, refusal=refusal)


def publish_style(model: StyleModel) -> None:
    """Take an offered style, or bring a retired one back, into the gallery, in place of any other version of it.

    Raises `Conflict` for any other, for one that does not pass the gate, and for one whose network comes from nobody
    knows where.
    """
    if model.state not in JUDGED:
        raise Conflict(f"“{model.title}” is not offered; its owner decides whether others may use it.")
    if not model.network.may_be_published:
        raise Conflict(f"Say first where the network “{model.network}” comes from and under which licence it stands.")
    if failures := gate_failures(model):
        raise Conflict(f"“{model.title}” cannot be published. {' '.join(failures)}")
    now = timezone.now()
    with transaction.atomic():
        versions = _locked_versions(model)
        same = versions.filter(pk=model.pk, state__in=JUDGED)  # a version of the same style still, and judged
        if not same.exists():
            raise Conflict(f"“{model.title}” was changed by somebody else; look at it again.")
        versions.exclude(pk=model.pk).filter(state=State.PUBLISHED).update(state=State.RETIRED)
        same.update(state=State.PUBLISHED, published_at=now)
    model.state, model.published_at = State.PUBLISHED, now


def follow_style(model: StyleModel, earlier: StyleModel | None) -> None:
    """Make a style the newest version of another, in whose place it stands once it is published; with None, one of its
    own again.

    Raises `Conflict` while it is published, before it was offered, and for a style that never was in the gallery.
    """
    if model.state == State.PUBLISHED:
        raise Conflict(f"“{model.title}” is in the gallery by itself; take it out first.")
    if model.state not in JUDGED:
        raise Conflict(f"“{model.title}” is not offered, so it takes nobody's place.")
    if earlier and (earlier.published_at is None or earlier.family == model.family):
        raise Conflict(f"“{model.title}” cannot be a new version of “{earlier.title}”.")
    with transaction.atomic():
        place = _of_its_own()
        if earlier:
            newest = _locked_versions(earlier).aggregate(newest=Max("version"))["newest"]
            place = {"family": earlier.family, "version": newest + 1}
        if not StyleModel.objects.filter(pk=model.pk, state__in=JUDGED).update(**place):
            raise Conflict(f"“{model.title}” was changed by somebody else; look at it again.")
    model.family, model.version = place["family"], place["version"]


def _of_its_own() -> dict:
    """The place of a style that is no version of another."""
    return {"family": uuid.uuid4(), "version": 1}


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
            raise Conflict(GONE)
        if stored.published_at:
            raise Conflict(f"“{stored.title}” was published, so the gallery keeps it; administrators can take it out.")
        files = [file for file in (stored.cover, stored.strip, stored.texture) if file]
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


def _end_offer(model: StyleModel, refusal: str = "") -> None:
    """Whose place it was to take is forgotten with the offer."""
    not_offered = f"“{model.title}” is not on offer."
    _change_state(model, State.OFFERED, State.PRIVATE, not_offered, refusal=refusal, **_of_its_own())


def _change_state(model: StyleModel, before: str, after: str, otherwise: str, **fields) -> None:
    fields = {"state": after, "refusal": "", **fields}
    if not StyleModel.objects.filter(pk=model.pk, state=before).update(**fields):
        raise Conflict(otherwise)
    for name, value in fields.items():
        setattr(model, name, value)
