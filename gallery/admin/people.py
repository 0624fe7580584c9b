from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.models import Experiment, StyleModel, TrainingRun
from gallery.services.leaving import delete_person

admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class PersonAdmin(DeletedByService, JobsGoAlongMixin, UserAdmin):
    """Deleting a person deletes all that is theirs, from pictures to experiments.

    Styles that were ever published stay, without an owner, and unseen those that others have tried.
    """

    goes_along = (*JobsGoAlongMixin.goes_along, Experiment, StyleModel, TrainingRun)

    def delete_record(self, record):
        delete_person(record)
