import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.gallery.admin.test_administrators import page_of, said_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(ada):
    """Gives Ada another address in the administration."""
    cache.clear()
    EmailAddress.objects.create(user=ada, email="ada@example.org", primary=True, verified=True)
    EmailAddress.objects.create(user=ada, email="ada@work.example", verified=True)
    return page_of("change", ada)


def mails_of_a_reset(email):
    del mail.outbox[:]
    Client().post(reverse("account_reset_password"), {"email": email})
    return [re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", sent.body) for sent in mail.outbox]


def test_an_address_set_by_an_administrator_takes_the_place_of_all_that_reset_a_password(as_admin, ada, address):
    earlier = mails_of_a_reset("ada@example.org")[0][1]
    as_admin.post(address, said_of(ada, email="New@example.org"))
    ada.refresh_from_db()
    assert ada.email == "new@example.org"
    assert list(ada.emailaddress_set.values_list("email", "primary", "verified")) == [("new@example.org", True, False)]
    assert not any(link for old in ("ada@example.org", "ada@work.example") for link in mails_of_a_reset(old))
    assert mails_of_a_reset("new@example.org")[0]
    assert Client().get(earlier, follow=True).context["token_fail"]
    signing_in = {"login": "ada@example.org", "password": "correct horse"}
    assert Client().post(reverse("account_login"), signing_in).status_code == 200


def test_a_person_without_an_address_has_none_left_that_resets_a_password(as_admin, ada, address):
    as_admin.post(address, said_of(ada, email=""))
    assert not ada.emailaddress_set.exists()
    assert not any(mails_of_a_reset("ada@example.org"))


def test_what_else_is_changed_leaves_the_addresses_alone(as_admin, ada, address):
    as_admin.post(address, said_of(ada, first_name="Ada"))
    assert ada.emailaddress_set.filter(verified=True).count() == 2


def test_the_address_of_somebody_else_is_refused(as_admin, ada, ben, address):
    page = as_admin.post(address, said_of(ada, email="BEN@example.org")).text
    assert "Somebody else has this address." in page
    ada.refresh_from_db()
    assert ada.email == "ada@example.org"
    assert "In place of all addresses of this person" in page
