from gallery.admin import artworks, images, jobs, networks, people, styles, workers

__all__ = ["artworks", "images", "jobs", "networks", "people", "styles", "workers"]
