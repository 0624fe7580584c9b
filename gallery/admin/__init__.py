from gallery.admin import artworks, images, jobs, people, workers

__all__ = ["artworks", "images", "jobs", "people", "workers"]
