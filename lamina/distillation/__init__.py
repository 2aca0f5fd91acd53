"""A small model learns from a large one: by its answers, and by what its layers make on the way.

Source: Hinton, Vinyals and Dean 2015, "Distilling the knowledge in a neural network"; Romero et al. 2014,
"FitNets: hints for thin deep nets".
"""

from lamina.absent import explain as _explain
from lamina.core import registry as _registry
from lamina.distillation.distillation_loss import DistillationLoss as DistillationLoss
from lamina.distillation.distiller import Distiller as Distiller
from lamina.distillation.features import FeatureDistillation as FeatureDistillation
from lamina.distillation.logits import LogitsDistillation as LogitsDistillation

_registry.Shelf("distillation", "distillation loss", vars(), DistillationLoss).offer(
    {"Distiller": Distiller}
)
_explain(__name__)
