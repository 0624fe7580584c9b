import pytest

from gallery import checks, limits


def ids(found):
    return [message.id for message in found]


def test_the_shipped_settings_pass():
    assert checks.check_queue(None) == checks.check_public_url(None) == checks.check_folders(None) == []
    assert checks.check_uploads(None) == checks.check_numbers(None) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"max_attempts": 3}, "gallery.E001"),
        ({"ack_failures": False}, "gallery.E001"),
        ({"guard_cycle": 0.1}, "gallery.E001"),
        ({"ALT_CLUSTERS": {"optimize": {"timeout": 60}, "training": {"timeout": 60}}}, "gallery.E002"),
        ({"retry": 60}, "gallery.E003"),
    ],
)
def test_queue_settings_that_would_lose_or_double_jobs_are_refused(settings, change, expected):
    settings.Q_CLUSTER, settings.START_CLUSTERS = settings.Q_CLUSTER | change, []
    assert set(ids(checks.check_queue(None))) == {expected}


def test_an_unknown_cluster_to_start_is_refused(settings):
    settings.START_CLUSTERS = ["optimise"]
    assert ids(checks.check_queue(None)) == ["gallery.E004"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("gallery.example.org", ["gallery.E005"]),
        ("http://gallery.example.org", ["gallery.E006"]),
        ("http://127.0.0.1:9000", []),
        ("http://localhost", []),
        ("https://gallery.example.org", ["gallery.W002"]),
    ],
)
def test_plain_http_is_for_this_machine_only_and_https_needs_somebody_to_end_it(settings, url, expected):
    settings.PUBLIC_URL = url
    settings.ALLOW_INSECURE_HTTP = False
    assert ids(checks.check_public_url(None)) == expected


def test_plain_http_can_be_asked_for(settings):
    settings.PUBLIC_URL, settings.ALLOW_INSECURE_HTTP = "http://gallery.lan", True
    assert checks.check_public_url(None) == []


def test_https_behind_a_proxy_that_is_trusted_passes(settings):
    settings.PUBLIC_URL, settings.BEHIND_PROXY = "https://gallery.example.org", True
    assert checks.check_public_url(None) == []


def test_debug_pages_are_refused_on_a_public_name(settings):
    settings.PUBLIC_URL, settings.DEBUG = "https://gallery.example.org", True
    assert ids(checks.check_public_url(None)) == ["gallery.E007"]


def test_a_media_folder_that_is_a_file_is_refused(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    assert ids(checks.check_folders(None)) == ["gallery.E008"]


def test_larger_uploads_than_workers_can_read_are_refused(settings):
    settings.MAX_UPLOAD_PIXELS = 100_000_000
    assert ids(checks.check_uploads(None)) == ["gallery.E009"]


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [("PICTURES_AT_ONCE", 0, 1), ("REAP_INTERVAL_SECONDS", 0, 1), ("LESSON_STEPS", 0, 1), ("MAX_TRIALS", 1, 2),
     ("MAX_ARTWORK_SIZE", 31, 32), ("MIN_FREE_BYTES", -1, 0)],
)  # fmt: skip
def test_numbers_with_which_the_gallery_would_stand_still_are_refused(settings, name, value, least):
    setattr(settings, name, value)
    (found,) = checks.check_numbers(None)
    assert (found.id, found.msg) == ("gallery.E010", f"{name} is {value}; set it to {least} or more.")


@pytest.mark.parametrize("rate", ["", "120", "120/", "many/minute", "120/fortnight", "0/minute", "-1/minute"])
def test_rates_that_would_make_every_request_of_a_program_fail_are_refused(settings, rate):
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"write": rate}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    (found,) = checks.check_numbers(None)
    assert found.id == "gallery.E011"
    assert found.msg == f"API_RATE_WRITE is {rate!r}; set it to a rate like 120/minute."


def test_every_limit_has_a_least_value():
    numbers = {name for name, value in vars(limits).items() if name.isupper() and isinstance(value, int | float)}
    assert numbers - {"DEFAULT_INSTANT_SIZE"} <= set(checks.LEAST)
