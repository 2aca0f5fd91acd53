from lamina import activations as activations
from lamina import callbacks as callbacks
from lamina import config as config
from lamina import constraints as constraints
from lamina import datasets as datasets
from lamina import dtype_policies as dtype_policies
from lamina import initializers as initializers
from lamina import layers as layers
from lamina import losses as losses
from lamina import metrics as metrics
from lamina import models as models
from lamina import ops as ops
from lamina import optimizers as optimizers
from lamina import random as random
from lamina import regularizers as regularizers
from lamina import saving as saving
from lamina import tree as tree
from lamina import utils as utils
from lamina.core.scope import StatelessScope as StatelessScope
from lamina.dtype_policies import DTypePolicy as DTypePolicy
from lamina.initializers import Initializer as Initializer
from lamina.layers import Input as Input
from lamina.layers import InputSpec as InputSpec
from lamina.layers import Layer as Layer
from lamina.losses import Loss as Loss
from lamina.metrics import Metric as Metric
from lamina.models import Function as Function
from lamina.models import Model as Model
from lamina.models import Sequential as Sequential
from lamina.ops.operators import KerasTensor as KerasTensor
from lamina.ops.operators import Variable as Variable
from lamina.optimizers import Optimizer as Optimizer
from lamina.regularizers import Regularizer as Regularizer

__version__: str

def version() -> str: ...
