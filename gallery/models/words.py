"""How records are found by the words of people."""

from django.db.models import Q


def has_word(word: str, *fields: str) -> Q:
    """That one of these fields has the word in it, in capitals or not."""
    # For SQLite, an "Ä" and an "ä" are two letters.
    spellings = [word] if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = ((f"{field}__icontains", spelling) for field in fields for spelling in spellings)
    return Q(*found, _connector=Q.OR)
