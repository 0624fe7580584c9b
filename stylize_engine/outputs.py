"""Files that are results: each appears whole or not at all, and a folder for them only where there are some; and notes
about them."""

import errno
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stylize_engine.errors import ConfigurationError, InUseError, OutputError

# Of the random name of a file that is not complete yet.
TOKEN_BYTES = 4
# Of what tells the parts of a file from those of others.
NAME_DIGITS = 16
# Names of what processes have open: a file that one prints into must not be replaced beneath it.
OPEN_FILES = ("/dev/std", "/dev/fd/", "/proc/")


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file to, which takes the place of an older one there once all is written; where
    `path` is a link, beside the file that it leads to.

    It is nobody else's: of two processes that write the same file, the last one's is there, whole. Where writing fails,
    nothing is left of it, and what a killed process has left goes when the same file is written the next time.
    """
    place = _place_of(path)
    _clear_abandoned(place)
    part, lock = _locked_part(place)
    try:
        yield part
        os.replace(part, place)
    finally:
        part.unlink(missing_ok=True)
        os.close(lock)


def check_place(path: Path) -> None:
    """Make sure that `unfinished` can write a file there; raises the `OSError` that stands in its way."""
    part, lock = _locked_part(_place_of(path))
    part.unlink()
    os.close(lock)


def _place_of(path: Path) -> Path:
    """Where the file of that name is to lie: where links lead. Raises `OSError` for what could be no file, and for what
    is something else there, such as a folder, a pipe or a device."""
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode) or str(path).startswith(OPEN_FILES):
        raise OSError(errno.EINVAL, "it is no regular file")
    return place


def _locked_part(path: Path) -> tuple[Path, int]:
    """A new and empty part of `path`, and the open file whose lock tells that its writer is alive."""
    while True:
        part = path.with_name(f"{_beginning(path)}.{secrets.token_hex(TOKEN_BYTES)}.part")
        lock = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # a file system without locks: nobody will be able to tell, and all is left alone
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return part, lock
        os.close(lock)  # cleared by another process before it was locked


def _clear_abandoned(path: Path) -> None:
    """Remove the parts of `path` that no process holds any more: the system takes back the lock of one that dies."""
    for part in path.parent.glob(f"{_beginning(path)}.{'[0-9a-f]' * 2 * TOKEN_BYTES}.part"):
        with suppress(OSError):  # locked, gone, or not ours to remove
            lock = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()
            finally:
                os.close(lock)


def _beginning(path: Path) -> str:
    """What the names of a file's parts begin with: as short for a long name as for any other."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:NAME_DIGITS]}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; an older one of that name stays until this one is complete.

    Raises `OutputError` where it cannot be written, as on a full disk.
    """
    try:
        with unfinished(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise _not_written(path, error) from error


def add_line(path: Path, line: str) -> None:
    """Add a line to a file in which several processes note what they have done, however long it is by now.

    Raises `OutputError` where it cannot be written.
    """
    try:
        with alone_in(path.parent), path.open("ab") as file:
            file.write(f"{line}\n".encode())
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or error
    return OutputError(f"{path} cannot be written ({reason}); make room there or choose another place.")


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """One process after the other, for files that several of them add to."""
    place = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


@contextmanager
def held(lock: Path, message: str) -> Iterator[None]:
    """Hold a file that tells other processes, for as long as what is done within, that somebody works here. It goes in
    the end; of a process that is killed it stays, and the system lets it go.

    Raises `InUseError` naming `output`, with that message, where another process holds it, and `OutputError` where it
    cannot be written.
    """
    try:
        place = _held_lock(lock)
    except BlockingIOError:
        raise InUseError("output", message) from None
    except OSError as error:
        raise OutputError(f"{lock} cannot be written ({error.strerror}); choose another place.") from error
    try:
        yield
    finally:
        with suppress(OSError):  # gone with its folder
            lock.unlink()
        os.close(place)


def _held_lock(path: Path) -> int:
    """The file, open and locked."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise
        except OSError:  # a file system without locks: nobody will be able to tell
            return lock
        if os.fstat(lock).st_nlink:
            return lock
        os.close(lock)  # removed by another process before it was locked


@contextmanager
def folder_for(output: Path, below: str = "") -> Iterator[None]:
    """Make the folder `output`, and the one called `below` in it, for what is done within; where that fails, folders
    that are new and still empty go again.

    Raises `ConfigurationError` where `output` cannot be a folder.
    """
    folder = output / below
    new = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError("output", f"output {output} cannot be a folder: {error.strerror}.") from error
        yield
    except BaseException:
        with suppress(OSError):  # one that holds something
            for path in new:
                path.rmdir()
        raise
