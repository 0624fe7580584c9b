"""Leaving the gallery: a person's account deleted with all that is theirs."""

from django.db import transaction

from gallery.exceptions import Conflict
from gallery.models import Artwork, ContentImage, Experiment, StyleImage
from gallery.services.accounts import check_another_administrator, lock_person
from gallery.services.searches import forget_search
from gallery.services.uploads import remove_picture_file, remove_picture_folder


def delete_account(person) -> None:
    """As `delete_person`, for who leaves. Raises `Conflict` for administrators, of whom one must remain."""
    if person.is_staff or person.is_superuser:
        raise Conflict("The account of an administrator is deleted in the administration, by another administrator.")
    delete_person(person)


def dismiss_person(person, *, by) -> None:
    """As `delete_person`, where the administrator `by` deletes somebody. Raises `Conflict` for themselves, and for the
    last who may do everything."""
    if person == by:
        raise Conflict("Your own account is deleted by another administrator.")
    with transaction.atomic():
        check_another_administrator(person)
        delete_person(person)


def delete_person(person) -> None:
    """Delete a person with their pictures, artworks, experiments and jobs; workers lose their leases and stop.

    Styles that were ever published stay, without an owner, and unseen those that others have tried. Pictures are
    removed as soon as the deletion stands; what workers wrote besides, the reaper sweeps. Whoever presses twice is done
    with the first time.
    """
    with transaction.atomic():
        try:
            person = lock_person(person)
        except Conflict:
            return
        files = [image.file for model in (ContentImage, StyleImage) for image in model.objects.filter(owner=person)]
        files += [artwork.result for artwork in Artwork.objects.filter(owner=person).exclude(result="")]
        folders = [f"experiments/{pk}" for pk in Experiment.objects.filter(owner=person).values_list("pk", flat=True)]
        searches = list(Artwork.objects.filter(owner=person, result="").values_list("pk", flat=True))
        person.delete()
        transaction.on_commit(lambda: _remove(files, folders, searches))


def _remove(files, folders, searches) -> None:
    for file in files:
        remove_picture_file(file)
    for folder in folders:
        remove_picture_folder(folder)
    for artwork_pk in searches:
        forget_search(artwork_pk)
