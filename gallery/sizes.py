"""Sizes of files, as people say them."""

from django.template.defaultfilters import filesizeformat


def size_in_words(byte_count: int) -> str:
    """`31457280` -> "30 MB": without a decimal that says nothing."""
    return filesizeformat(byte_count).replace(".0\xa0", "\xa0")
