"""What artworks are found by: what their pages tell to who searches, and nothing else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.models import Artwork, StyleImage, StyleModel

pytestmark = pytest.mark.django_db
VISITOR = AnonymousUser()


def titles(*words, reader=VISITOR) -> set[str]:
    return {artwork.title for artwork in Artwork.objects.public().telling(words, reader)}


def test_a_word_is_looked_for_in_all_that_a_page_tells(ada, hang, trained, named, make_painting, example_photo):
    painting = named(make_painting(ada), "Ripe corn", owner=None, is_example=True)
    named(trained[0], "Thin twigs", credit="Ogata Korin")
    named(example_photo, "Old bridge")
    hang(ada, "Evening", trained[0], alt_text="A boat at the quay")
    hang(None, "Morning", painting, content=example_photo)
    assert titles("even") == titles("quay") == titles("ada") == titles("twigs") == titles("korin") == {"Evening"}
    assert titles("corn") == titles("bridge") == {"Morning"}
    assert titles("nothing") == set()


def test_a_list_leaves_the_numbers_of_styles_out(ada, hang, trained):
    hang(ada, "Boat", trained[0])
    (use,) = Artwork.objects.for_cards().get().artworkstyle_set.all()
    assert use.model.get_deferred_fields() == {"row"}


def test_every_word_is_found_somewhere(ada, ben, hang, trained):
    hang(ada, "Boat", trained[0])
    hang(ben, "Boat and quay", trained[1])
    assert titles("boat", "ada", trained[0].title) == {"Boat"}
    assert titles("boat", "quay") == {"Boat and quay"}
    assert titles("quay", "ada") == set()
    assert titles() == {"Boat", "Boat and quay"}


def test_an_artwork_of_several_styles_is_found_once(ada, hang, trained):
    hang(ada, "Boat", *trained)
    StyleModel.objects.update(title="Thin twigs")
    assert Artwork.objects.public().telling(["twigs"], VISITOR).count() == 1


@pytest.mark.parametrize("word", ["über", "ÜBER", "DÄCHER", "dächern", "den"])
def test_capitals_do_not_matter_in_any_alphabet(ada, hang, word):
    hang(ada, "Über den Dächern")
    assert titles(word) == {"Über den Dächern"}


@pytest.mark.parametrize("sign", ["%", "_", "\\", ".", "*", "(", "é.", "é+", "é\\"])
def test_signs_stand_for_themselves(ada, hang, sign):
    hang(ada, "Plain é")
    hang(ada, f"Sign {sign} within")
    assert titles(sign) == {f"Sign {sign} within"}


@pytest.mark.parametrize(("state", "found"), [("private", False), ("offered", False), ("retired", False),
                                              ("published", True)])  # fmt: skip
def test_a_trained_style_is_a_word_for_whom_it_is_shown(ada, ben, trainer, hang, trained, named, state, found):
    named(trained[0], "Hidden twigs", state=state, owner=ada, is_example=False, credit="Somebody secret")
    hang(ada, "Boat", trained[0])
    for word in ("hidden", "secret"):
        for reader in (VISITOR, ben):
            assert titles(word, reader=reader) == ({"Boat"} if found else set())
        assert titles(word, reader=ada) == {"Boat"}
        assert titles(word, reader=trainer) == (set() if state == "private" else {"Boat"})


def test_a_painting_of_somebody_is_a_word_for_them_alone(ada, ben, hang, named, make_painting):
    hang(ada, "Boat", named(make_painting(ada), "Hidden canvas"))
    assert titles("hidden", reader=ada) == {"Boat"}
    assert titles("hidden") == titles("hidden", reader=ben) == set()


def test_a_photo_is_a_word_where_its_owner_shows_it(ada, ben, hang, named, make_photo):
    artwork = hang(ada, "Boat", content=named(make_photo(ada), "Hidden holiday"))
    assert titles("hidden", reader=ada) == {"Boat"}
    assert titles("hidden") == titles("hidden", reader=ben) == set()
    Artwork.objects.filter(pk=artwork.pk).update(show_content=True)
    assert titles("hidden") == {"Boat"}


def test_a_style_knows_whether_an_artwork_in_it_hangs_in_the_gallery(ada, hang, trained, make_painting):
    painting, unused = make_painting(ada), make_painting(ada, "red")
    hang(ada, "Boat", trained[0], painting)
    hang(ada, "Quay", trained[0])
    hang(ada, "With the link", trained[1], unused, visibility="unlisted")
    hang(ada, "Mine", trained[1], unused, visibility="private")
    for kind, used in ((StyleModel, trained[0]), (StyleImage, painting)):
        assert {style.pk for style in kind.objects.with_public_use() if style.has_public_use} == {used.pk}
    assert {work.title for work in Artwork.objects.public().painted_with(trained[0])} == {"Boat", "Quay"}
