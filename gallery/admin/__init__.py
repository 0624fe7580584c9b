from gallery.admin import artworks, experiments, images, jobs, networks, people, programs, styles, trainings, workers

__all__ = [
    "artworks",
    "experiments",
    "images",
    "jobs",
    "networks",
    "people",
    "programs",
    "styles",
    "trainings",
    "workers",
]
