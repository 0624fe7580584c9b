from gallery.web.artwork_settings import plain_and_technical, settings_in_words


def test_strokes_of_the_usual_size_are_called_so():
    assert settings_in_words("network", {"stroke": 1.0}) == [("Strokes", "Normal (as painted)")]
    assert settings_in_words("network", {"stroke": 1.5}) == [("Strokes", "Bold (1.5 times)")]


def test_what_takes_knowledge_of_the_engine_is_told_apart():
    parameters = {"image_size": 512, "stroke": 1.5, "preserve_color": "none", "extractor": "vgg16", "seed": 7}
    plain, technical = plain_and_technical("gatys", parameters)
    assert [label for label, _ in plain] == ["Size", "Stroke size", "Colours"]
    assert technical == [("Extractor", "VGG-16"), ("Seed", "7")]
