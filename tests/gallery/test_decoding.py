"""Memory: few pictures are decoded at the same time."""

import io
import os
import resource
import signal

import pytest
import sorl.thumbnail.default
from django.core.files.uploadedfile import UploadedFile
from PIL import Image
from sorl.thumbnail.base import ThumbnailBackend
from sorl.thumbnail.images import ImageFile

from gallery.decoding import DECODING, ThumbnailEngine
from gallery.services.uploads import add_content_image
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db


class Watched(io.BytesIO):
    """A picture file that notes, whenever it is read, whether one more could be decoded."""

    def __init__(self, data: bytes):
        super().__init__(data)
        self.free = []

    def read(self, *size):
        self.free.append(DECODING.acquire(blocking=False))
        if self.free[-1]:
            DECODING.release()
        return super().read(*size)


@pytest.fixture
def one_place(settings):
    """All places but one are taken, and that one is free again in the end."""
    for _ in range(settings.PICTURES_AT_ONCE - 1):
        DECODING.acquire()
    yield
    assert DECODING.acquire(blocking=False)
    DECODING.release(settings.PICTURES_AT_ONCE)


def test_an_upload_takes_a_place_while_it_is_decoded(ada, one_place):
    data = picture_bytes()
    file = Watched(data)
    add_content_image(ada, UploadedFile(file, "a.png", size=len(data)))
    assert file.free[0]
    assert not file.free[-1]


def test_a_thumbnail_takes_a_place_while_it_is_made(one_place):
    file = Watched(picture_bytes())
    image = Image.open(file)
    assert all(file.free)
    thumbnail = ThumbnailEngine().create(image, (48, 36), ThumbnailBackend.default_options | {"format": "JPEG"})
    assert thumbnail.size == (48, 36)
    assert not file.free[-1]


def test_a_process_that_is_killed_while_it_writes_a_thumbnail_leaves_no_half_of_one(media_root):
    place = media_root / "thumbnails" / "card.jpg"
    place.parent.mkdir(parents=True)
    options, noise = ThumbnailBackend.default_options | {"format": "JPEG"}, Image.effect_noise((300, 300), 90)
    writer = os.fork()
    if not writer:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        ThumbnailEngine().write(noise, options, ImageFile("thumbnails/card.jpg"))
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(writer, 0)[1]) == signal.SIGXFSZ
    assert not place.exists()
    ThumbnailEngine().write(noise, options, ImageFile("thumbnails/card.jpg"))
    assert Image.open(place).size == (300, 300)
    assert list(place.parent.iterdir()) == [place]


def test_thumbnails_are_made_by_that_engine():
    assert isinstance(sorl.thumbnail.default.engine, ThumbnailEngine)
