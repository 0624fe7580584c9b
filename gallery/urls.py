from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("gallery.web.urls")),
    path("media/", include("gallery.web.media")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
