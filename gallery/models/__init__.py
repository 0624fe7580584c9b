from gallery.models.artworks import Artwork, ArtworkStyle
from gallery.models.examples import DeletedExample
from gallery.models.experiments import Experiment
from gallery.models.images import ContentImage, StyleImage
from gallery.models.installation import Installation
from gallery.models.jobs import Job
from gallery.models.networks import StyleNetwork
from gallery.models.styles import StyleModel
from gallery.models.tokens import ApiToken
from gallery.models.training import PhotoSet, TrainingRun, TrainingStyle
from gallery.models.webhooks import Delivery, Webhook
from gallery.models.workers import Worker

__all__ = [
    "ApiToken",
    "Artwork",
    "ArtworkStyle",
    "ContentImage",
    "DeletedExample",
    "Delivery",
    "Experiment",
    "Installation",
    "Job",
    "PhotoSet",
    "StyleImage",
    "StyleModel",
    "StyleNetwork",
    "TrainingRun",
    "TrainingStyle",
    "Webhook",
    "Worker",
]
