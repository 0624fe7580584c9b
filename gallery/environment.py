"""What the settings read: the environment, the file `.env`, and files that a variable with `_FILE` appended names."""

from pathlib import Path

import environ
from environ.fileaware_mapping import FileAwareMapping

BASE_DIR = Path(__file__).resolve().parent.parent


class Lines(FileAwareMapping):
    """Values without the line end that editors and `echo` leave behind a password or an address."""

    def __getitem__(self, name):
        return super().__getitem__(name).rstrip("\r\n")


class Environment(environ.FileAwareEnv):
    """The variables, as the types that settings have."""

    ENVIRON = Lines()

    def str(self, name, default=""):
        """A text as it stands there: a password that begins with a dollar is no name of another variable."""
        return self.ENVIRON.get(name, default)

    def list(self, name, default=()):
        """Words with commas between them, and blanks where somebody likes them."""
        words = (word.strip() for word in super().list(name, default=default))
        return [word for word in words if word]


# Into the environment itself, where whatever else reads it finds what stands in the file.
environ.Env.read_env(BASE_DIR / ".env")
env = Environment()
