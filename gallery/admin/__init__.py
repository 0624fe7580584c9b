from gallery.admin import artworks, images, jobs, workers

__all__ = ["artworks", "images", "jobs", "workers"]
