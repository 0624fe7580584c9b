"""Lists come page by page, each with the addresses of the next and the one before."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Cursor pages: what is added meanwhile neither repeats nor skips anything."""

    page_size = 30
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = ("-created_at", "pk")
