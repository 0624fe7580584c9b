"""The shape of a fast network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from stylize_engine.config.checks import Checks, lists_as_tuples
from stylize_engine.errors import ConfigurationError

UPSAMPLINGS = ("nearest", "bilinear")
# What a trained network may be asked to do from then on, where it differs from the default; no weight is lost by it.
CHANGEABLE = ("upsampling", "skip")


@dataclass(frozen=True)
class Architecture:
    """The shape of a `TransformerNet` (Johnson et al., ECCV 2016).

    `fold` is the factor of space-to-depth before the first and depth-to-space after the last convolution: with 2, four
    neighbouring pixels become twelve channels and nothing is computed at full size. `widths` are the channels at each
    size, from full (or folded) size down, each half of the one before; `blocks` residual blocks stand at the smallest.
    `edge_kernel` is the size of the first and the last convolution. No normalised activation goes beyond `bound`, in
    standard deviations; None lets them. Without it, single places were seen to reach twenty deviations and so to set
    the statistics by which instance normalisation scales all others (Karras et al., CVPR 2020).
    `upsampling` is how the stages after the residual blocks double their input: "nearest" repeats each position, which
    keeps more of a photo; "bilinear" composes flat areas of no small squares. Both have the same weights.
    With `skip` the output of the first stage is convolved 3 x 3 and added to what the last one normalises
    (Ronneberger et al., MICCAI 2015): detail reaches the painter that does not fit through the small stages.
    The network of the 2016 paper is `TEXTBOOK`.
    """

    fold: int = 2
    widths: tuple[int, ...] = (24, 64)
    blocks: int = 5
    edge_kernel: int = 3
    bound: float | None = 8.0
    upsampling: str = "nearest"
    skip: bool = False

    def __post_init__(self) -> None:
        lists_as_tuples(self, ("widths",))
        with Checks() as check:
            check.integer("fold", self.fold, 1, 4)
            check.integer("blocks", self.blocks, 1, 16)
            if not isinstance(self.widths, tuple) or not 1 <= len(self.widths) <= 4:
                check.refuse("widths", f"widths is {self.widths!r}; give 1 to 4 whole numbers.")
            else:
                for width in self.widths:
                    check.integer("widths", width, 4, 512)
            if self.bound is not None:
                check.number("bound", self.bound, 1, 100)
            check.choice("upsampling", self.upsampling, UPSAMPLINGS)
            check.flag("skip", self.skip)
            if self.skip is True and isinstance(self.widths, tuple) and len(self.widths) == 1:
                check.refuse("skip", "skip leads past smaller stages; give at least two widths, or leave it out.")
            # A float is as large as a whole number, and is no size of a convolution.
            if type(self.edge_kernel) is not int or self.edge_kernel not in (1, 3, 5, 7, 9):
                check.refuse("edge_kernel", f"edge_kernel is {self.edge_kernel!r}; give 1, 3, 5, 7 or 9.")

    @property
    def stride(self) -> int:
        """Pixels of the picture per position of the residual blocks, along each edge."""
        return self.fold * 2 ** (len(self.widths) - 1)

    @property
    def min_edge(self) -> int:
        """The shortest edge in pixels that can be mirrored at both ends as far as every convolution reads."""
        return max(2 * self.stride, self.fold * (self.edge_kernel // 2 + 1))


TEXTBOOK = Architecture(fold=1, widths=(32, 64, 128), blocks=5, edge_kernel=9, bound=None)


def as_architecture(given: Any) -> Architecture:
    """An `Architecture`, or its fields by name; raises `ConfigurationError` for anything else."""
    if isinstance(given, Architecture):
        return given
    if not isinstance(given, Mapping):
        raise ConfigurationError("architecture", f"architecture is {given!r:.40}; give its fields by name.")
    known = [entry.name for entry in fields(Architecture)]
    for name in given:
        if name not in known:
            message = f"architecture has {name!r}, which is no field of it; there are: {', '.join(known)}."
            raise ConfigurationError("architecture", message)
    return Architecture(**given)


def described_as_before(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name without what of the architecture among them earlier versions could not change, where it is as it
    was then: so what was begun with them can be told to be the same."""
    if "architecture" not in settings:
        return dict(settings)
    shape = dict(settings["architecture"])
    for name in CHANGEABLE:
        if shape[name] == getattr(Architecture, name):
            del shape[name]
    return {**settings, "architecture": shape}


def check_own_architecture(asked: Architecture, own: Architecture, network: str) -> None:
    """The shape of a network that was trained is its `own`: another one can only be asked for by mistake, and raises
    `ConfigurationError`."""
    if asked not in (Architecture(), own):
        message = f"architecture is for a new network and {network} has another one; leave it out."
        raise ConfigurationError("architecture", message)


def trained_further(asked: Architecture, own: Architecture, network: str) -> Architecture:
    """The shape in which all of a network is trained further: its `own`, but for what of `CHANGEABLE` is asked for.
    Raises `ConfigurationError` for any other."""
    default = Architecture()
    changed = {name: value for name in CHANGEABLE if (value := getattr(asked, name)) != getattr(default, name)}
    further = replace(own, **changed)
    if asked != replace(default, **changed):
        check_own_architecture(asked, further, network)
    return further
