"""What administrators have deleted of the bundled examples."""

from django.db import models


class DeletedExample(models.Model):
    """A bundled artwork that was deleted, by the id it had: the next start does not bring it back."""

    id = models.UUIDField(primary_key=True)
    deleted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.pk)
