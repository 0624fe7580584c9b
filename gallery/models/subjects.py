"""What the records that jobs work on have in common."""

from django.db import models
from django.db.models import Prefetch


class JobSubjectQuerySet(models.QuerySet):
    def with_latest_job(self, *, losses: bool = False):
        """With the `latest_job` of each, all in one query; its losses, which are long, come along where wanted."""
        jobs = self.model._meta.get_field("jobs").related_model.objects.all()
        jobs = jobs if losses else jobs.defer("loss_history")
        return self.prefetch_related(Prefetch("jobs", jobs[:1], to_attr="newest_jobs"))


class JobSubject:
    """A record that jobs work on, one after the other."""

    @property
    def latest_job(self):
        """The newest job, or None where there is none; asks the database unless `with_latest_job` has."""
        if "newest_jobs" in self.__dict__:
            return next(iter(self.newest_jobs), None)
        return self.jobs.first()
