"""Who may have the workers train and check networks, and use which pictures. What else takes a right, pages and API ask
for themselves."""

from collections.abc import Iterable

from gallery.exceptions import InvalidRequest
from gallery.models.images import SourceImage


def check_own_or_example(person, pictures: Iterable[SourceImage], field: str) -> None:
    """Raises `InvalidRequest`, which names the field, for pictures of others."""
    if not all(picture.is_visible_to(person) for picture in pictures):
        raise InvalidRequest("Choose one of your own pictures or of the gallery's.", field=field)


def check_may_train(person, field: str | None = None) -> None:
    """Raises `InvalidRequest` for people who may not train networks."""
    if not _has_any(person, "add_trainingrun"):
        raise InvalidRequest("Only administrators may train networks here.", field=field)


def check_may_train_again(person) -> None:
    """Raises `InvalidRequest` for people who may neither train networks nor steer trainings."""
    if not _has_any(person, "add_trainingrun", "change_trainingrun"):
        raise InvalidRequest("Only administrators may have a training done again.")


def check_may_check(person) -> None:
    """Raises `InvalidRequest` for people who may neither bring or train networks nor change them."""
    if not _has_any(person, "add_stylenetwork", "change_stylenetwork", "add_trainingrun"):
        raise InvalidRequest("Only administrators may have a network checked again.")


def _has_any(person, *rights: str) -> bool:
    return any(person.has_perm(f"gallery.{right}") for right in rights)
