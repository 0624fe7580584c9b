from gallery.models.artworks import Artwork, ArtworkStyle
from gallery.models.images import ContentImage, StyleImage
from gallery.models.jobs import Job
from gallery.models.styles import StyleModel, StyleNetwork
from gallery.models.tokens import ApiToken
from gallery.models.workers import Worker

__all__ = [
    "ApiToken",
    "Artwork",
    "ArtworkStyle",
    "ContentImage",
    "Job",
    "StyleImage",
    "StyleModel",
    "StyleNetwork",
    "Worker",
]
