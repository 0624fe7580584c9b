from allauth.account.utils import filter_users_by_email
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.exceptions import Conflict
from gallery.models import ApiToken, Delivery, Experiment, StyleModel, TrainingRun, Webhook
from gallery.services.accounts import check_another_administrator, replace_addresses
from gallery.services.leaving import dismiss_person
from gallery.services.tokens import end_programs, programs_of

admin.site.unregister(get_user_model())
# Who lacks one of these enters the administration no more, or not all of it.
RIGHTS = ("is_active", "is_staff", "is_superuser")


class PersonForm(UserChangeForm):
    """What is said about a person, as long as somebody is left who may do everything."""

    class Meta(UserChangeForm.Meta):
        help_texts = {
            "email": "In place of all addresses of this person, which no longer sign in or reset a password. "
            "Where the gallery sends mails, they confirm it when they sign in next; administrators need not.",
        }

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if any(other != self.instance for other in (filter_users_by_email(email) if email else ())):
            raise ValidationError("Somebody else has this address.")
        return email

    def clean(self):
        given = super().clean()
        if any(name in self.changed_data and not given.get(name) for name in RIGHTS):
            try:
                check_another_administrator(self.instance)
            except Conflict as conflict:
                raise ValidationError(conflict.message) from conflict
        return given


@admin.register(get_user_model())
class PersonAdmin(DeletedByService, JobsGoAlongMixin, UserAdmin):
    """Deleting a person deletes all that is theirs, from pictures to experiments.

    Styles that were ever published stay, without an owner, and unseen those that others have tried. What lets programs
    in does not end with a password, as most are only forgotten: it is told of, and ended on a page of its own.
    """

    goes_along = (*JobsGoAlongMixin.goes_along, Experiment, StyleModel, TrainingRun, ApiToken, Webhook, Delivery)
    form = PersonForm
    readonly_fields = ["programs"]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, ("Programs", {"fields": ["programs"]})] if obj else fieldsets

    def get_urls(self):
        ending = self.admin_site.admin_view(self.end_programs)
        return [path("<int:pk>/programs/", ending, name="auth_user_programs"), *super().get_urls()]

    @admin.display(description="what lets them in")
    def programs(self, person):
        counted = programs_of(person)
        return format_html('{}. <a href="{}">See and end all</a>', counted, _page(person)) if counted else "nothing"

    def end_programs(self, request, pk):
        """Show a person's tokens and webhooks and, on POST, end them all."""
        person = self.get_object(request, str(pk))
        if person is None:
            raise Http404("There is no such person.")
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if request.method == "POST":
            if ended := end_programs(person):
                self.log_change(request, person, f"Ended {ended}.")
                self.message_user(request, f"Ended: {ended}.", messages.SUCCESS)
            return redirect("admin:auth_user_change", person.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What lets programs act for {person}",
            "opts": self.opts,
            "person": person,
            "tokens": ApiToken.objects.filter(user=person).valid(),
            "webhooks": Webhook.objects.filter(owner=person).with_last_delivery(),
        }
        return TemplateResponse(request, "admin/programs.html", context)

    def user_change_password(self, request, id, form_url=""):
        page = super().user_change_password(request, id, form_url)
        person = self.get_object(request, id) if request.method == "POST" and page.status_code == 302 else None
        if counted := person and programs_of(person):
            told = 'What does not end with the old password still works: {}. <a href="{}">See and end all</a>'
            self.message_user(request, format_html(told, counted, _page(person)), messages.WARNING)
        return page

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            replace_addresses(obj)

    def delete_record(self, record, by):
        dismiss_person(record, by=by)


def _page(person) -> str:
    return reverse("admin:auth_user_programs", args=[person.pk])
