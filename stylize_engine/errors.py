"""Everything that can go wrong in the engine, as one small tree.

Each message is a sentence for the person who gave the input: what is wrong and what to do about it. The
command line prints it and exits with 2; the gallery stores it as the reason a job failed.
"""

from collections.abc import Mapping


class StylizeError(Exception):
    """Base of all errors the engine raises on purpose."""


class ConfigurationError(StylizeError):
    """A setting has a value that makes no sense; `field` names it as in the configuration class.

    Where several have, this is the first of them, and `refused` holds each one's message by its field.
    """

    def __init__(self, field: str, message: str, *, refused: Mapping[str, str] | None = None):
        super().__init__(message)
        self.field = field
        self.refused = dict(refused or {field: message})


class InUseError(ConfigurationError):
    """Another process works at the same results; once it has ended, the same settings may do."""


class ImageError(StylizeError):
    """A picture cannot be used."""


class NotAnImageError(ImageError):
    """The file is no picture, or of a format that is not accepted."""


class TruncatedImageError(ImageError):
    """The file begins as a picture but its data are damaged or end too early."""


class ImageTooSmallError(ImageError):
    """An edge of the picture is shorter than the engine can work with."""


class ImageTooLargeError(ImageError):
    """The picture has more pixels than allowed; found out before decoding."""


class WeightsError(StylizeError):
    """A weights file cannot be used."""


class WeightsNotFoundError(WeightsError):
    """No weights file is at hand and none could be downloaded."""


class WeightsMismatchError(WeightsError):
    """The file holds other tensors than the network needs, or is no weights file."""


class CheckpointError(StylizeError):
    """A checkpoint cannot be read or written; what it holds may be in order."""


class DamagedCheckpointError(CheckpointError):
    """The file is no checkpoint, or is damaged: nothing of what it held can be had."""


class OutputError(StylizeError):
    """A result cannot be written."""


class DeviceError(StylizeError):
    """The computation cannot run on the device asked for."""


class DeviceUnavailableError(DeviceError):
    """The device asked for does not exist on this machine."""


class OutOfMemoryError(DeviceError):
    """The device has too little memory for what it shall hold."""


class DivergenceError(StylizeError):
    """A loss became infinite or not a number; the result would be no picture."""
