import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

pytestmark = pytest.mark.django_db
CONFIRMED = {"post": "yes"}


def page_of(name, person):
    return reverse(f"admin:auth_user_{name}", args=[person.pk])


def said_of(person, **changes):
    joined = timezone.localtime(person.date_joined)
    rights = {name: "on" for name in ("is_active", "is_staff", "is_superuser") if getattr(person, name)}
    said = {"username": person.username, "email": person.email, "first_name": "", "last_name": ""}
    said |= {"date_joined_0": f"{joined:%Y-%m-%d}", "date_joined_1": f"{joined:%H:%M:%S}"} | rights | changes
    return {name: value for name, value in said.items() if value is not None}


@pytest.fixture
def root(as_admin, django_user_model):
    return django_user_model.objects.get(username="root")


@pytest.fixture
def other(make_user):
    return make_user("other", is_staff=True, is_superuser=True)


def test_nobody_deletes_their_own_account_in_the_administration(as_admin, root, other):
    page = as_admin.post(page_of("delete", root), CONFIRMED, follow=True)
    assert "Your own account is deleted by another administrator." in page.text
    selected = {"action": "delete_selected", "_selected_action": [root.pk, other.pk], **CONFIRMED}
    page = as_admin.post(reverse("admin:auth_user_changelist"), selected, follow=True)
    assert "Nothing was deleted." in page.text
    assert type(root).objects.count() == 2
    assert not LogEntry.objects.exists()
    as_admin.post(page_of("delete", other), CONFIRMED)
    assert type(root).objects.get() == root


def test_the_last_who_may_do_everything_is_not_deleted_by_who_may_less(client, make_user):
    boss = make_user("boss", is_staff=True, is_superuser=True)
    make_user("gone", is_staff=True, is_superuser=True, is_active=False)
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["delete_user", "view_user"]))
    client.force_login(clerk)
    page = client.post(page_of("delete", boss), CONFIRMED, follow=True)
    assert "“boss” is the only administrator who may do everything" in page.text
    assert type(boss).objects.filter(pk=boss.pk).exists()


@pytest.mark.parametrize("right", ["is_active", "is_staff", "is_superuser"])
def test_the_last_who_may_do_everything_keeps_every_right_until_another_has_them(as_admin, root, right, make_user):
    page = as_admin.post(page_of("change", root), said_of(root, **{right: None}))
    assert "is the only administrator who may do everything" in page.text
    root.refresh_from_db()
    assert getattr(root, right)
    other = make_user("other", is_staff=True, is_superuser=True)
    as_admin.post(page_of("change", other), said_of(other, **{right: None}))
    other.refresh_from_db()
    assert not getattr(other, right)
