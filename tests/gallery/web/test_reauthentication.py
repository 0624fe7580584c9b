"""Who is signed in says the password again before an address changes, and is told of it by mail."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

pytestmark = pytest.mark.django_db
ADDRESSES, AGAIN = reverse("account_email"), reverse("account_reauthenticate")


@pytest.fixture
def own(ada):
    """The verified address of Ada's, and another one."""
    return [
        EmailAddress.objects.create(user=ada, email=email, primary=primary, verified=True)
        for email, primary in (("ada@example.org", True), ("ada@work.example", False))
    ]


@pytest.mark.parametrize(
    "change",
    [{"action_add": "", "email": "eve@example.org"}, {"action_primary": "", "email": "ada@work.example"},
     {"action_remove": "", "email": "ada@work.example"}],
)  # fmt: skip
def test_addresses_change_with_the_password_only_and_then_as_was_asked(as_ada, own, change):
    def addresses():
        return set(EmailAddress.objects.values_list("email", "primary"))

    before = addresses()
    page = as_ada.post(ADDRESSES, change, follow=True)
    assert page.request["PATH_INFO"] == AGAIN
    page = as_ada.post(AGAIN, {"password": "wrong", "next": ADDRESSES})
    assert page.context["form"].errors["password"]
    assert addresses() == before
    as_ada.post(AGAIN, {"password": "correct horse", "next": ADDRESSES})
    assert addresses() != before


def test_the_page_that_asks_again_looks_like_the_rest_and_needs_no_mail(as_ada, own):
    answer = as_ada.get(AGAIN)
    assert answer.context["reauthentication_alternatives"] == []
    page = answer.text
    assert "site-header" in page
    assert "<h1>Your password again</h1>" in page
    assert " style=" not in page
    assert "<script>" not in page


def test_the_old_address_is_told_that_there_is_another_one(as_ada, own):
    as_ada.post(ADDRESSES, {"action_primary": "", "email": "ada@work.example"})
    as_ada.post(AGAIN, {"password": "correct horse", "next": ADDRESSES})
    (told,) = mail.outbox
    assert told.to == ["ada@example.org"]
    assert "from ada@example.org to ada@work.example" in told.body


def test_a_new_password_is_told_by_mail(as_ada, own):
    new = "a long and odd sentence"
    data = {"oldpassword": "correct horse", "password1": new, "password2": new}
    as_ada.post(reverse("account_change_password"), data)
    assert "Your password has been changed" in mail.outbox[0].body
