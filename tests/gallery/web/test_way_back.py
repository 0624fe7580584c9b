"""Who deletes or edits something in a list comes back to where they were in it."""

import re
from html import escape, unescape

import pytest
from django.urls import reverse

from gallery.models import ContentImage

pytestmark = pytest.mark.django_db


def link_on(page, address):
    """The whole address of a link that begins with `address`."""
    return unescape(re.search(rf'href="({re.escape(address)}[^"]*)"', page.text)[1])


@pytest.fixture
def listed(ada, make_artwork, make_experiment, make_photo):
    """Places in the lists: the address of each, and name, arguments and form of what is done there."""
    artwork, experiment = make_artwork(ada, title="Blue evening"), make_experiment(ada)
    photo = make_photo(ada, "red")
    pictures = f"{reverse('uploads:list', args=['content'])}?page=1"
    return [
        (f"{reverse('artworks:mine')}?search=blue&show=unfinished&page=1", "artworks:delete", [artwork.pk], {}),
        (f"{reverse('experiments:list')}?page=1", "experiments:delete", [experiment.pk], {}),
        (pictures, "uploads:edit", ["content", photo.pk], {"title": "Storm", "alt_text": ""}),
        (pictures, "uploads:delete", ["content", photo.pk], {}),
    ]


def test_who_changes_something_in_a_list_or_leaves_it_comes_back_to_the_same_place(as_ada, listed):
    for place, name, arguments, sent in listed:
        question = link_on(as_ada.get(place), reverse(name, args=arguments))
        assert f'<a class="button quiet" href="{escape(place)}">' in as_ada.get(question).text
        assert as_ada.post(question, sent).url == place
    assert not ContentImage.objects.filter(title="Storm").exists()


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)", "/\\example.org", "nowhere"]
)
def test_nobody_is_led_to_another_server(as_ada, listed, elsewhere):
    for _, name, arguments, sent in listed:
        question = reverse(name, args=arguments, query={"next": elsewhere})
        page = as_ada.get(question)
        assert page.context["back"].startswith("/")
        assert f'href="{elsewhere}"' not in page.text
        assert elsewhere not in as_ada.post(question, sent).url
