from gallery.sizes import size_in_words


def test_whole_sizes_have_no_decimals():
    assert [size_in_words(count) for count in (30 * 2**20, 2**19, 3 * 2**19)] == ["30\xa0MB", "512\xa0KB", "1.5\xa0MB"]
