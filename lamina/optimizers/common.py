"""The arguments that every optimizer takes besides its own."""

from typing import Any, ClassVar

from lamina.core import naming
from lamina.core.configurable import Configurable
from lamina.core.constructors import ConstructorSignature, spell_out
from lamina.optimizers import arguments


class CommonArguments(Configurable):
    """The arguments that a constructor takes after its own if it hands `*common, **options` on.

    Each is an attribute of the same name, which may be set later within the same range.

    Args:
        weight_decay: share of each weight that is taken off per unit of learning rate.
        clipnorm: bound of each gradient's Euclidean norm.
        clipvalue: bound of each gradient's elements.
        global_clipnorm: bound of the norm of all gradients together.
        use_ema: keep a running mean of the weights, with `ema_momentum`; it replaces the weights
            every `ema_overwrite_frequency` steps, and at the end of training.
        loss_scale_factor: the loss is multiplied, and gradients are divided, by it.
        gradient_accumulation_steps: so many batches make one update, by the mean of their gradients
            weighted by the batches' sizes: the update of the one large batch, if losses are means over
            samples and layers treat samples apart. Schedules and bias corrections count updates.
        name: of the optimizer, for paths.
        learning_rate_multipliers: pattern -> factor of the learning rate (and with it of the weight
            decay) for variables in whose path the regular expression is found; the first that fits
            counts. `{"encoder/": 0.1, "bias$": 2.0}`. Keras does not have it.
        kwargs: Keras 2's `lr` and `decay`, which stand for a learning rate.

    Raises:
        TypeError: another argument.
        ValueError: an argument is out of range, or more than one kind of clipping is asked for.
        AttributeError: an attribute is set whose name looks like a misspelt argument.
    """

    __slots__ = ()
    __signature__ = ConstructorSignature()

    own_ranges: ClassVar[dict[str, arguments.Range]] = {}
    """Ranges of arguments that mean something else than in other optimizers."""

    def __init__(
        self,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        *,
        learning_rate_multipliers: dict[str, float] | None = None,
        **kwargs: Any,
    ):
        arguments.refuse(type(self), kwargs)
        self.name = name or naming.auto_name(naming.to_snake_case(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.learning_rate_multipliers = learning_rate_multipliers
        arguments.check_clipping(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        spell_out(cls)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, arguments.checked(self, name, value))
