from gallery.admin import artworks, images, jobs, people, styles, workers

__all__ = ["artworks", "images", "jobs", "people", "styles", "workers"]
