import os

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = "Gallery"

    def ready(self):
        from gallery import checks  # noqa: F401
        from gallery.queue import on_worker_start

        on_worker_start(_start_worker)


def _start_worker():
    # Threads that spin while they wait make torch many times slower as soon as two workers share the processor.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Imported in the worker process only, after the fork: torch must not be loaded before it.
    from gallery.worker_process import start

    start()
