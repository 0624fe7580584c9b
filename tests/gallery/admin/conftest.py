import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse


def admin_url(model, page, *arguments):
    return reverse(f"admin:gallery_{model._meta.model_name}_{page}", args=arguments)


@pytest.fixture
def as_admin(client, make_user):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def as_clerk(client, make_user):
    """Sign in somebody of the staff who has these permissions of the gallery and no others."""

    def sign_in(*permissions):
        clerk = make_user("clerk", is_staff=True)
        clerk.user_permissions.set(
            Permission.objects.filter(content_type__app_label="gallery", codename__in=permissions)
        )
        client.force_login(clerk)
        return client

    return sign_in
