from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from gallery.admin.jobs import JobsGoAlongMixin

admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class PersonAdmin(JobsGoAlongMixin, UserAdmin):
    """Deleting a person deletes their pictures, artworks and jobs; the reaper sweeps the files."""
