"""Lists come page by page, each with the addresses of the next and the one before."""

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Cursor pages: what is added meanwhile neither repeats nor skips anything."""

    page_size = 30
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = ("-created_at", "pk")
    # How many rows alike are counted past, as of one title: no list has more, and no database takes any number.
    offset_cutoff = 10**9
    invalid_cursor_message = "There is no such page; ask for the list without a cursor."

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, DataError) as error:
            raise NotFound(self.invalid_cursor_message) from error

    def get_ordering(self, request, queryset, view):
        """With the id last, for titles may be the same: the database keeps no order among those."""
        ordering = tuple(super().get_ordering(request, queryset, view))
        return ordering if "pk" in ordering else (*ordering, "pk")
