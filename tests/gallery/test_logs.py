import pytest
from django.urls import reverse


@pytest.mark.django_db
def test_who_may_not_enter_the_administration_leaves_a_line_in_the_log_and_no_traceback(as_ada, caplog):
    response = as_ada.get(reverse("admin:index"), follow=True)
    assert response.status_code == 403
    (line,) = [record for record in caplog.records if "Permission denied" in record.getMessage()]
    assert reverse("admin:login") in line.getMessage()
    assert not line.exc_info


@pytest.mark.django_db
def test_what_really_breaks_keeps_its_traceback(client, caplog, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("gallery.web.home.render", lambda *args: 1 / 0)
    assert client.get(reverse("gallery:home")).status_code == 500
    assert any(record.exc_info for record in caplog.records if record.name == "django.request")
