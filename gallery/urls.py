from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from gallery.admin.networks import download
from gallery.admin.status import status

# The one page to sign in is the one that counts wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", include("gallery.web.urls")),
    path("api/v1/", include("gallery.api.urls")),
    path("media/", include("gallery.web.media")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/status/", admin.site.admin_view(status), name="admin_status"),
    path("admin/studio/", include("gallery.admin.studio.urls")),
    path("admin/networks/<uuid:pk>/", admin.site.admin_view(download), name="admin_network"),
    path("admin/", admin.site.urls),
]
