from django.urls import path

from gallery.admin.studio import new, publishing, runs

app_name = "studio"
urlpatterns = [
    path("", runs.show_all, name="list"),
    path("new/", new.new, name="new"),
    path("estimate/", new.estimate, name="estimate"),
    path("compare/", runs.compare, name="compare"),
    path("<uuid:pk>/", runs.run, name="run"),
    path("<uuid:pk>/panel/", runs.panel, name="panel"),
    path("<uuid:pk>/delete/", runs.delete, name="delete"),
    path("<uuid:pk>/origin/", publishing.describe, name="describe"),
    path("<uuid:pk>/sheet/", runs.sheet, name="sheet"),
    path("<uuid:pk>/samples/<int:step>.jpg", runs.strip, name="strip"),
    path("<uuid:pk>/styles/<uuid:style>/follow/", publishing.follow, name="follow"),
    path("<uuid:pk>/styles/<uuid:style>/<slug:action>/", publishing.change_style, name="style"),
    path("<uuid:pk>/<slug:action>/", runs.act, name="act"),
]
