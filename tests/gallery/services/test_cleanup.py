import os
import time

import pytest

from gallery.services.cleanup import sweep_files

pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 7200


def test_old_files_that_no_record_names_are_swept_and_all_others_stay(ada, make_photo, media_root):
    named = media_root / make_photo(ada).file.name
    orphan, fresh = media_root / "content" / "orphan.jpg", media_root / "content" / "just-arriving.jpg"
    result, preview = media_root / "results" / "lost.jpg", media_root / "previews" / "lost.jpg"
    for path in (orphan, fresh, result, preview):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    for path in (named, orphan, result, preview):
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert sweep_files() == 3
    assert named.exists()
    assert fresh.exists()
    assert not any(path.exists() for path in (orphan, result, preview))


def test_nothing_to_sweep_is_no_error(media_root):
    assert sweep_files() == 0
