"""Sheets of styles by photographs, to be judged at one glance."""

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from gallery.rendering.gate import Inspection
from gallery.services.jobs import Claim
from stylize_engine.charts import contact_sheet
from stylize_engine.config import ApplyConfig
from stylize_engine.images import load_image, save_picture, to_picture
from stylize_engine.inference import apply_network

MAX_STYLES, LONG_EDGE, CELL = 12, 512, 320


def write_sheet(claim: Claim, inspection: Inspection, names: Mapping[str, str]) -> str:
    """Paint each sample photo in each style, `{title: name in the network}`, and give the sheet's file name.

    Empty without example photos.
    """
    if not inspection.photos:
        return ""
    photos = [load_image(path, LONG_EDGE).tensor for path in inspection.photos]
    rows = [[(to_picture(photo), "the photo") for photo in photos]]
    for title, name in list(names.items())[:MAX_STYLES]:
        config = ApplyConfig({name: 1})
        painted = (apply_network(inspection.loaded, photo, config, device=settings.DEVICE) for photo in photos)
        rows.append([(to_picture(picture), title) for picture in painted])
    file = f"samples/{claim.job_id}-sheet-{claim.mark}.jpg"
    path = Path(settings.MEDIA_ROOT) / file
    inspection.written.append(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(contact_sheet(rows, cell=CELL), path, quality=88)
    return file
