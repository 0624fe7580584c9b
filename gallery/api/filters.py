"""What lists are narrowed and sorted by; a value that means nothing is refused, not passed over."""

from django import forms
from django.db import models
from django_filters import BooleanFilter
from django_filters import rest_framework as filters
from django_filters.rest_framework.filterset import FILTER_FOR_DBFIELD_DEFAULTS
from rest_framework import exceptions
from rest_framework.filters import OrderingFilter


class TruthField(forms.Field):
    """`true` or `false`, or nothing; django-filter's own takes any other word for nothing."""

    WORDS = {"true": True, "1": True, "false": False, "0": False}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if value.lower() not in self.WORDS:
            raise forms.ValidationError("Write true or false, or leave it out.")
        return self.WORDS[value.lower()]


class TruthFilter(BooleanFilter):
    """As `BooleanFilter`, but strict."""

    field_class = TruthField


class GalleryFilterSet(filters.FilterSet):
    """Filters whose truth values are strict."""

    FILTER_DEFAULTS = FILTER_FOR_DBFIELD_DEFAULTS | {models.BooleanField: {"filter_class": TruthFilter}}


class Filters(filters.DjangoFilterBackend):
    """Makes the filters of `filterset_fields` from `GalleryFilterSet`."""

    filterset_base = GalleryFilterSet


class Ordering(OrderingFilter):
    """Sorts lists by the fields that their view offers, and refuses others."""

    def filter_queryset(self, request, queryset, view):
        return queryset if view.detail else super().filter_queryset(request, queryset, view)

    def remove_invalid_fields(self, queryset, fields, view, request):
        known = [name for name, _ in self.get_valid_fields(queryset, view)]
        if any(field.removeprefix("-") not in known for field in fields):
            offered = " or ".join(known)
            raise exceptions.ValidationError({"ordering": [f"Sort by {offered}; a minus in front sorts downwards."]})
        return fields
