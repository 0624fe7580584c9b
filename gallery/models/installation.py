"""Which gallery this is."""

import uuid

from django.db import models


class Installation(models.Model):
    """The one row that tells this database from those of other galleries; see `services.picture_folder`."""

    number = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    key = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(number=1), name="installation_one")]

    def __str__(self):
        return str(self.key)
