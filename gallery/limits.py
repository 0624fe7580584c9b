"""How much the gallery allows, and how long things take; part of the settings."""

from gallery.environment import env

# Pictures
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", 30 * 2**20)
MAX_UPLOAD_PIXELS = env.int("MAX_UPLOAD_PIXELS", 50_000_000)
# The longer edge as a multiple of the shorter.
MAX_UPLOAD_RATIO = env.int("MAX_UPLOAD_RATIO", 20)
PICTURES_AT_ONCE = env.int("PICTURES_AT_ONCE", 4)
MAX_UPLOADED_BYTES_PER_USER = env.int("MAX_UPLOADED_BYTES_PER_USER", 2 * 2**30)
MAX_UNFINISHED_JOBS_PER_USER = env.int("MAX_UNFINISHED_JOBS_PER_USER", 20)
MAX_ARTWORK_SIZE = env.int("MAX_ARTWORK_SIZE", 1600)
MAX_ARTWORK_STEPS = env.int("MAX_ARTWORK_STEPS", 2000)
MAX_TRIALS = env.int("MAX_TRIALS", 16)
DEFAULT_INSTANT_SIZE = min(1080, MAX_ARTWORK_SIZE)
MAX_NETWORK_BYTES = env.int("MAX_NETWORK_BYTES", 50 * 2**20)
MAX_SECONDS_A_MEGAPIXEL = env.float("MAX_SECONDS_A_MEGAPIXEL", 20)
MAX_STYLES_PER_USER = env.int("MAX_STYLES_PER_USER", 50)

# Trainings
TRAINING_FOLDERS = env.list("TRAINING_FOLDERS")
MAX_PHOTO_SET_BYTES = env.int("MAX_PHOTO_SET_BYTES", 500 * 2**20)
MAX_PHOTO_SET_PICTURES = env.int("MAX_PHOTO_SET_PICTURES", 5000)
TRAINING_KEPT_DAYS = env.int("TRAINING_KEPT_DAYS", 30)
MAX_TRAINING_STEPS = env.int("MAX_TRAINING_STEPS", 200_000)
MIN_FREE_BYTES = env.int("MIN_FREE_BYTES", 200 * 2**20)

# By view, where administrators bring larger files than pictures.
UPLOAD_LIMITS = {
    "admin:gallery_stylenetwork_add": MAX_NETWORK_BYTES,
    "studio:new": MAX_PHOTO_SET_BYTES,
    "api:network-list": MAX_NETWORK_BYTES,
    "api:photoset-list": MAX_PHOTO_SET_BYTES,
}

# Jobs
JOB_MAX_ATTEMPTS = env.int("JOB_MAX_ATTEMPTS", 3)
LESSON_STEPS = env.int("LESSON_STEPS", 85)
LESSON_BATCH_SIZE = env.int("LESSON_BATCH_SIZE", 2)
INTERACTIVE_LIMIT_SECONDS = env.int("INTERACTIVE_LIMIT_SECONDS", 15)
