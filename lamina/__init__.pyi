from lamina import (
    activations as activations,
    applications as applications,
    autodiff as autodiff,
    backend as backend,
    callbacks as callbacks,
    config as config,
    constraints as constraints,
    data as data,
    datasets as datasets,
    distillation as distillation,
    dtype_policies as dtype_policies,
    export as export,
    generation as generation,
    initializers as initializers,
    layers as layers,
    losses as losses,
    metrics as metrics,
    mixed_precision as mixed_precision,
    models as models,
    ops as ops,
    optimizers as optimizers,
    preprocessing as preprocessing,
    random as random,
    regularizers as regularizers,
    saving as saving,
    tree as tree,
    tuning as tuning,
    utils as utils,
    visualization as visualization,
    wrappers as wrappers,
)
from lamina.as_keras import install_as_keras as install_as_keras
from lamina.core.devices import device as device
from lamina.core.scope import (
    StatelessScope as StatelessScope,
    SymbolicScope as SymbolicScope,
    name_scope as name_scope,
)
from lamina.dtype_policies import DTypePolicy as DTypePolicy, FloatDTypePolicy as FloatDTypePolicy
from lamina.initializers import Initializer as Initializer
from lamina.layers import Input as Input, InputSpec as InputSpec, Layer as Layer
from lamina.layers.operation import Operation as Operation
from lamina.layers.rematerialization import RematScope as RematScope, remat as remat
from lamina.losses import Loss as Loss
from lamina.metrics import Metric as Metric
from lamina.models import Function as Function, Model as Model, Sequential as Sequential
from lamina.ops.operators import KerasTensor as KerasTensor, Variable as Variable
from lamina.optimizers import Optimizer as Optimizer
from lamina.regularizers import Regularizer as Regularizer

__version__: str

def version() -> str: ...
