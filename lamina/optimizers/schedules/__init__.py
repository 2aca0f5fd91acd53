"""Learning rates that change from step to step."""

from lamina.optimizers.schedules.cosine import (
    CosineDecay as CosineDecay,
    CosineDecayRestarts as CosineDecayRestarts,
)
from lamina.optimizers.schedules.decays import (
    ExponentialDecay as ExponentialDecay,
    InverseTimeDecay as InverseTimeDecay,
    PiecewiseConstantDecay as PiecewiseConstantDecay,
    PolynomialDecay as PolynomialDecay,
)
from lamina.optimizers.schedules.schedule import LearningRateSchedule as LearningRateSchedule
from lamina.optimizers.schedules.shelf import (
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
