import uuid

import pytest

from gallery.models import PhotoSet, StyleModel, StyleNetwork, TrainingRun
from gallery.services import jobs
from gallery.services.networks import add_network
from tests.conftest import PASSED_GATE, QUICK_TRAINING, picture_bytes
from tests.gallery.services.test_networks import network_file
from tests.gallery.services.test_photo_sets import archive

pytestmark = pytest.mark.django_db
TRAININGS = "/api/v1/trainings/"


@pytest.fixture
def boss(make_user):
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def program(program_of, boss):
    return program_of(boss)


@pytest.fixture
def wish(boss, trained, example_photo, make_painting):
    return {
        "title": "First",
        "styles": [{"name": "waves", "paintings": [str(make_painting(boss).pk)]}],
        "base": str(trained[0].network_id),
        "parameters": QUICK_TRAINING,
    }


def test_a_program_trains_a_style_and_publishes_it(program, wish, run_jobs):
    answer = program.post(TRAININGS, wish)
    assert answer.status_code == 202
    assert (answer.data["job"]["state"], answer.data["job"]["training"]) == ("queued", uuid.UUID(answer.data["id"]))
    run_jobs()
    run = program.get(f"{TRAININGS}{answer.data['id']}/").data
    assert run["job"]["state"] == "succeeded"
    assert [row["step"] for row in run["losses"]] == [1, 2, 3, 4]
    assert program.get(run["sheet"])["Content-Type"] == "image/jpeg"
    (slug,) = run["styles"]
    assert run["scores"][slug]["judge"]
    StyleModel.objects.filter(slug=slug).update(gate=PASSED_GATE)
    assert program.post(f"/api/v1/styles/{slug}/publish/").data["state"] == "published"


def test_a_style_whose_offer_was_taken_back_is_its_trainers_alone(program, program_of, make_user, wish, run_jobs):
    run = program.post(TRAININGS, wish).data["id"]
    run_jobs()
    other = program_of(make_user("other", is_staff=True, is_superuser=True))
    for state, shown in [("offered", 1), ("private", 0)]:
        StyleModel.objects.filter(training_run=run).update(state=state)
        told = other.get(f"{TRAININGS}{run}/").data
        assert (len(told["styles"]), len(told["scores"])) == (shown, shown)
        assert len(program.get(f"{TRAININGS}{run}/").data["styles"]) == 1


def test_a_new_version_takes_the_place_of_a_style_and_is_rolled_back(program, trained):
    fields = {"network": trained[0].network, "row": trained[0].row, "state": "offered", "gate": PASSED_GATE}
    newer = StyleModel.objects.create(slug="dots-2", title="Dots", **fields)
    assert program.post(f"/api/v1/styles/{newer.slug}/follow/", {"earlier": "dots"}).data["version"] == 2
    assert program.post(f"/api/v1/styles/{newer.slug}/publish/").data["state"] == "published"
    assert StyleModel.objects.get(slug="dots").state == "retired"
    assert program.post(f"/api/v1/styles/{newer.slug}/roll-back/").data["state"] == "retired"
    assert StyleModel.objects.get(slug="dots").state == "published"


def test_the_same_key_twice_is_one_training(program, wish):
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    first, second = (program.post(TRAININGS, wish, **key).data["id"] for _ in range(2))
    assert first == second
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parameters": {"steps": 0}}, "steps"),
        ({"parameters": {"colour": "red"}}, "parameters"),
        ({"styles": []}, "styles"),
        ({"folder": "/etc"}, "folder"),
    ],
)
def test_what_is_wrong_is_named(program, wish, change, field):
    answer = program.post(TRAININGS, wish | change)
    assert answer.status_code == 400
    assert field in answer.data["fields"]


def test_all_that_is_wrong_with_the_settings_is_named_at_once(program, wish):
    answer = program.post(TRAININGS, wish | {"parameters": {"steps": 0, "pooling": "min", "brush": 1}})
    assert (answer.status_code, answer.data["type"]) == (400, "invalid_request")
    assert set(answer.data["fields"]) == {"steps", "pooling", "parameters"}
    assert all(messages[0] in answer.data["message"] for messages in answer.data["fields"].values())


def test_a_training_is_steered(program, wish):
    address = f"{TRAININGS}{program.post(TRAININGS, wish).data['id']}/"
    assert program.post(f"{address}pause/").data["state"] == "paused"
    assert program.post(f"{address}resume/").data["state"] == "queued"
    jobs.claim_next("training", "w")
    assert program.post(f"{address}finish/").data["wish"] == "finish"
    assert program.post(f"{address}cancel/").data["stop_requested"] is True
    assert program.delete(address).status_code == 409


def test_photos_are_brought_and_trained_on(program, wish, run_jobs):
    sent = {"archive": archive(a__png=picture_bytes("red"), b__png=picture_bytes("blue")), "title": "Holiday"}
    photos = program.post("/api/v1/photo-sets/", sent, format="multipart").data
    program.post(TRAININGS, wish | {"photo_set": photos["id"]})
    run_jobs()
    assert program.get(f"/api/v1/photo-sets/{photos['id']}/").data["count"] == 2
    assert program.delete(f"/api/v1/photo-sets/{photos['id']}/").status_code == 409


def test_an_archive_too_large_for_this_gallery_is_refused(program, settings):
    settings.UPLOAD_LIMITS, settings.MAX_UPLOAD_BYTES = {}, 100
    sent = {"archive": archive(a__png=picture_bytes())}
    assert program.post("/api/v1/photo-sets/", sent, format="multipart").status_code == 413
    assert not PhotoSet.objects.exists()


def test_a_network_is_brought_checked_described_and_downloaded(program, example_photo, run_jobs, tmp_path):
    sent = {"file": network_file(tmp_path), "title": "Tides"}
    network = program.post("/api/v1/networks/", sent, format="multipart").data
    address = f"/api/v1/networks/{network['id']}/"
    assert program.get(f"{address}file/").status_code == 404
    run_jobs()
    told = program.patch(address, {"provenance": "trained by us", "licence": "CC0 1.0"}).data
    assert (told["licence"], len(told["styles"]), told["check_failed"]) == ("CC0 1.0", 2, "")
    assert b"".join(program.get(f"{address}file/").streaming_content)
    assert program.delete(address).status_code == 204
    assert not StyleNetwork.objects.filter(pk=network["id"]).exists()


def test_a_network_whose_check_went_with_its_owner_is_checked_again(program, ada, tmp_path):
    network = add_network(ada, network_file(tmp_path), "Tides")
    ada.delete()
    told = program.get("/api/v1/networks/").data["results"][0]
    assert "check it again" in told["check_failed"]
    assert program.post(f"/api/v1/networks/{network.pk}/check/").data["state"] == "queued"
    assert program.get(f"/api/v1/networks/{network.pk}/").data["check_failed"] == ""


def test_administrators_do_not_see_what_people_have_taught_a_network(program, ada, trained, make_painting, make_photo):
    from gallery.services.teaching import teach_style

    make_photo(ada)
    secret = teach_style(ada, [make_painting(ada)], "Secret")
    shown = program.get(f"/api/v1/networks/{trained[0].network_id}/").data["styles"]
    assert secret.slug not in shown
    assert "dots" in shown
