from gallery.admin.studio.options import LENGTH


def test_the_ranges_of_settings_are_written_as_people_write_numbers():
    helps = {option.name: option.field.help_text for option in LENGTH}
    assert helps["seed"].endswith("0 to 4,294,967,295.")
    assert helps["learning_rate"].endswith("0.000001 to 1.")
    assert helps["batch_size"].endswith("1 to 64.")
