import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from gallery.exceptions import Conflict
from gallery.models import StyleModel
from gallery.services import styles
from gallery.services.styles import follow_style, publish_style, refuse_style, roll_back_style, withdraw_style

pytestmark = pytest.mark.django_db


def test_a_new_version_takes_the_place_of_the_one_before_and_can_be_rolled_back(offered):
    first, second = offered(), offered()
    publish_style(first)
    follow_style(second, first)
    assert second.version == 2
    publish_style(second)
    first.refresh_from_db()
    assert (first.state, second.state) == ("retired", "published")
    assert roll_back_style(second) == first
    assert (second.state, StyleModel.objects.get(pk=first.pk).state) == ("retired", "published")
    publish_style(second)
    assert [style.version for style in second.versions()] == [2, 1]


def test_without_an_earlier_version_there_is_no_way_back(offered):
    style = offered()
    publish_style(style)
    with pytest.raises(Conflict, match="no earlier version"):
        roll_back_style(style)


def test_a_published_style_and_one_never_shown_do_not_become_versions(offered):
    first, second = offered(), offered()
    with pytest.raises(Conflict, match="cannot be a new version"):
        follow_style(second, first)
    publish_style(first)
    publish_style(second)
    with pytest.raises(Conflict, match="take it out first"):
        follow_style(second, first)


def test_a_style_published_by_somebody_else_meanwhile_becomes_no_version(offered):
    first, second = offered(), offered()
    publish_style(first)
    publish_style(StyleModel.objects.get(pk=second.pk))
    with pytest.raises(Conflict, match="changed by somebody else"):
        follow_style(second, first)
    second.refresh_from_db()
    assert (second.version, second.family == first.family) == (1, False)


def test_a_style_that_became_a_version_of_another_meanwhile_is_looked_at_again_before_it_is_published(offered):
    first, second = offered(), offered()
    publish_style(first)
    follow_style(StyleModel.objects.get(pk=second.pk), first)
    with pytest.raises(Conflict, match="changed by somebody else"):
        publish_style(second)
    assert StyleModel.objects.get(pk=first.pk).state == "published"
    publish_style(StyleModel.objects.get(pk=second.pk))
    assert StyleModel.objects.get(pk=first.pk).state == "retired"


def wait_for_one_who_waits():
    """Until some other connection stands before a lock."""
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("Nobody waits.")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write after the other")
@pytest.mark.django_db(transaction=True)
def test_of_two_versions_that_are_published_at_once_the_later_one_stays(offered, monkeypatch):
    first, second, third = offered(), offered(), offered()
    publish_style(first)
    follow_style(second, first)
    follow_style(third, first)
    locked = styles._locked_versions

    def publish_third():
        try:
            publish_style(third)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:

        def locked_while_another_comes(model):
            versions = locked(model)
            if model == second:
                others.append(pool.submit(publish_third))
                wait_for_one_who_waits()
            return versions

        others = []
        monkeypatch.setattr(styles, "_locked_versions", locked_while_another_comes)
        publish_style(second)
        others[0].result(timeout=30)
    states = dict(StyleModel.objects.filter(family=first.family).values_list("version", "state"))
    assert states == {1: "retired", 2: "retired", 3: "published"}


def test_a_version_becomes_a_style_of_its_own_again(offered):
    first, second = offered(), offered()
    publish_style(first)
    follow_style(second, first)
    follow_style(second, None)
    publish_style(second)
    stored = StyleModel.objects.get(pk=second.pk)
    assert (stored.version, stored.family == first.family) == (1, False)
    assert StyleModel.objects.get(pk=first.pk).state == "published"


@pytest.mark.parametrize("end", [lambda offer: refuse_style(offer, "Too dark."), withdraw_style])
def test_an_offer_that_has_ended_takes_nobodys_place_when_it_is_made_again(offered, end):
    first, second = offered(), offered()
    publish_style(first)
    follow_style(second, first)
    end(second)
    StyleModel.objects.filter(pk=second.pk).update(state="offered")
    publish_style(StyleModel.objects.get(pk=second.pk))
    assert StyleModel.objects.get(pk=first.pk).state == "published"


@pytest.mark.parametrize("state", ["draft", "private"])
def test_what_is_not_offered_becomes_no_version(offered, state):
    first, second = offered(), offered(state=state)
    publish_style(first)
    with pytest.raises(Conflict, match="is not offered"):
        follow_style(second, first)
