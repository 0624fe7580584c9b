from datetime import timedelta
from itertools import pairwise

import pytest
from django.http import QueryDict
from django.utils import timezone

from gallery.exceptions import InvalidRequest, QuotaExceeded
from gallery.models import Worker
from gallery.web.create_form import ArtworkForm
from gallery.web.gatys_settings import strength_of, style_weight_of, usable_extractors
from stylize_engine.config import GatysConfig

PLAIN = {"strength": 50, "image_size": 512, "num_steps": 150, "init": "content", "tv_weight": "10.0"}
ADVANCED = {
    "extractor": "slim",
    "stroke": 1,
    "preserve_color": "none",
    "optimizer": "adam",
    "content_weight": 1,
    "pooling": "max",
    "precision": "auto",
    "seed": 0,
}


def filled(user, content, *styles, **fields):
    data = QueryDict(mutable=True)
    data.update({**PLAIN, **ADVANCED, "content": str(content.pk), **fields})
    data.setlist("style", [str(style.pk) for style in styles])
    return ArtworkForm(data, user=user)


def worker(name, extractors, age=timedelta()):
    now = timezone.now()
    return Worker.objects.create(
        name=name,
        host="h",
        cluster="optimize",
        pid=1,
        device="cpu",
        extractors=extractors,
        started_at=now,
        heartbeat_at=now - age,
    )


def test_the_middle_of_the_strength_slider_is_the_engines_default():
    assert style_weight_of(50) == GatysConfig().style_weight


def test_equal_ways_on_the_strength_slider_are_equal_ratios():
    weights = [style_weight_of(strength) for strength in (0, 25, 50, 75, 100)]
    ratios = [after / before for before, after in pairwise(weights)]
    assert ratios == pytest.approx([10**0.5] * 4, rel=1e-3)


@pytest.mark.parametrize("strength", range(0, 101, 7))
def test_a_strength_survives_the_way_to_the_engine_and_back(strength):
    assert strength_of(style_weight_of(strength)) == strength


@pytest.mark.parametrize(("style_weight", "strength"), [(0, 0), (1e-9, 0), (1e9, 100)])
def test_weights_beyond_the_slider_become_its_ends(style_weight, strength):
    assert strength_of(style_weight) == strength


def test_an_untouched_form_gives_the_engine_a_valid_configuration(ada, make_photo, make_painting):
    form = filled(ada, make_photo(ada), make_painting(ada))
    assert form.is_valid(), form.errors
    config = GatysConfig(**form.parameters())
    assert (config.image_size, config.num_steps, config.style_weight) == (512, 150, 200.0)
    assert config.content_layers is None
    assert config.learning_rate is None


def test_layers_are_read_with_commas_or_blanks(ada, make_photo, make_painting):
    form = filled(ada, make_photo(ada), make_painting(ada), style_layers="relu1_1, relu2_1  relu3_1")
    assert form.is_valid()
    assert form.parameters()["style_layers"] == ("relu1_1", "relu2_1", "relu3_1")


def test_paintings_keep_their_order_and_their_shares(ada, make_photo, make_painting):
    first, second = make_painting(ada), make_painting(ada, "blue")
    for chosen in ([first, second], [second, first]):
        form = filled(ada, make_photo(ada), *chosen, **{f"share-{first.pk}": 80, f"share-{second.pk}": "nonsense"})
        assert form.is_valid()
        shares = {first: 80.0, second: 50.0}
        assert form.shares() == [(style, shares[style]) for style in chosen]


def test_five_paintings_are_too_many(ada, make_photo, make_painting):
    styles = [make_painting(ada, color) for color in ("red", "green", "blue", "black", "white")]
    form = filled(ada, make_photo(ada), *styles)
    assert not form.is_valid()
    assert "style" in form.errors


def test_pictures_of_others_are_not_offered(ada, ben, make_photo, make_painting):
    form = filled(ada, make_photo(ben), make_painting(ben))
    assert set(form.errors) == {"content", "style"}
    assert form.content_choices() == form.style_choices() == []


@pytest.mark.django_db
def test_only_extractors_of_living_workers_are_offered():
    assert usable_extractors() == ["slim"]
    worker("gone", ["vgg19"], age=timedelta(hours=1))
    worker("here", ["slim", "vgg16"])
    assert usable_extractors() == ["slim", "vgg16"]


def test_a_value_beside_the_presets_is_offered_too(ada):
    form = ArtworkForm(user=ada, initial={"image_size": 640})
    sizes = [radio.data["value"] for radio in form["image_size"]]
    assert 640 in sizes
    assert [radio.data["value"] for radio in form["image_size"] if radio.data["selected"]] == [640]


def test_a_limit_between_the_sizes_of_trained_styles_chooses_the_largest_of_them(ada, settings):
    settings.MAX_ARTWORK_SIZE = settings.DEFAULT_INSTANT_SIZE = 900
    field = ArtworkForm(user=ada)["instant_size"]
    assert [radio.data["value"] for radio in field] == [field.value()] == [720]


def test_presets_beyond_the_limits_of_this_gallery_are_not_offered(ada, settings):
    settings.MAX_ARTWORK_SIZE = 600
    assert [radio.data["value"] for radio in ArtworkForm(user=ada)["image_size"]] == [384, 512]


@pytest.mark.parametrize(("size", "steps"), [(320, 40), (400, 100), (512, 150)])
def test_an_untouched_form_keeps_within_limits_below_the_usual_size_and_care(
    ada, make_photo, make_painting, settings, size, steps
):
    settings.MAX_ARTWORK_SIZE, settings.MAX_ARTWORK_STEPS = size, steps
    form = ArtworkForm(user=ada)
    for name, limit in (("image_size", size), ("num_steps", steps)):
        offered = [value for value, _ in form.fields[name].widget.choices]
        assert form[name].value() in offered
        assert max(offered) <= limit


def test_what_a_service_refuses_stands_beside_the_field_it_names(ada, make_photo, make_painting):
    form = filled(ada, make_photo(ada), make_painting(ada))
    assert form.is_valid()
    told = {"style_weight": "style_weight is too large.", "content_layers": "No such layer."}
    form.add_refusals(InvalidRequest.of(told))
    form.add_refusals(QuotaExceeded("Too many jobs."))
    assert form.errors == {
        "strength": ["Strength is too large."],
        "content_layers": ["No such layer."],
        "__all__": ["Too many jobs."],
    }
    assert form.advanced_is_open
