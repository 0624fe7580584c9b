"""Configurations: frozen values, checked when made. Standard library only."""

from stylize_engine.config.architecture import (
    CHANGEABLE,
    TEXTBOOK,
    UPSAMPLINGS,
    Architecture,
    check_own_architecture,
    described_as_before,
    trained_further,
)
from stylize_engine.config.checks import (
    COLOR_MODES,
    MAX_IMAGE_SIZE,
    MIN_IMAGE_SIZE,
    POOLINGS,
    PRECISIONS,
)
from stylize_engine.config.distillation import DISTILLATION_TEACHERS, DistillationConfig
from stylize_engine.config.gatys import (
    INITS,
    MAX_NUM_STEPS,
    MAX_SCALES,
    MAX_STYLES,
    MEMORY_PLANS,
    OPTIMIZERS,
    GatysConfig,
    Scale,
    fitting_scales,
)
from stylize_engine.config.inference import (
    ApplyConfig,
    painted_megapixels,
    painting_levels,
    refined_megapixels,
    refining_plan,
)
from stylize_engine.config.training import (
    DEFAULT_BATCH_SIZE,
    DEFAULT_LEARNING_RATE,
    DEFAULT_STEPS,
    MAX_NETWORK_STYLES,
    TrainingConfig,
)

__all__ = [
    "CHANGEABLE",
    "COLOR_MODES",
    "DEFAULT_BATCH_SIZE",
    "DEFAULT_LEARNING_RATE",
    "DEFAULT_STEPS",
    "DISTILLATION_TEACHERS",
    "INITS",
    "MAX_IMAGE_SIZE",
    "MAX_NETWORK_STYLES",
    "MAX_NUM_STEPS",
    "MAX_SCALES",
    "MAX_STYLES",
    "MEMORY_PLANS",
    "MIN_IMAGE_SIZE",
    "OPTIMIZERS",
    "POOLINGS",
    "PRECISIONS",
    "TEXTBOOK",
    "UPSAMPLINGS",
    "ApplyConfig",
    "Architecture",
    "DistillationConfig",
    "GatysConfig",
    "Scale",
    "TrainingConfig",
    "check_own_architecture",
    "described_as_before",
    "fitting_scales",
    "painted_megapixels",
    "painting_levels",
    "refined_megapixels",
    "refining_plan",
    "trained_further",
]
