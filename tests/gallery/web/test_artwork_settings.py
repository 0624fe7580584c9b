from gallery.web.artwork_settings import settings_in_words


def test_strokes_of_the_usual_size_are_called_so():
    assert settings_in_words("network", {"stroke": 1.0}) == [("Strokes", "Normal (as painted)")]
    assert settings_in_words("network", {"stroke": 1.5}) == [("Strokes", "Bold (1.5 times)")]
