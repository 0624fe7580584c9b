"""The gallery for programs: everything a page can do, under `/api/v1/`."""
