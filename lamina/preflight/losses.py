"""Checks of losses against the activations that they meet."""

from collections.abc import Iterator

from lamina.preflight.facts import Facts
from lamina.preflight.finding import Finding, error, hint, warning

# Their values are surely not probabilities (exponential, relu and softplus could be shares).
_NO_PROBABILITIES = {"linear", "tanh", "elu", "selu", "gelu", "silu", "leaky_relu", "softsign"}


def probabilities_as_logits(facts: Facts) -> Iterator[Finding]:
    """A softmax or sigmoid before a loss that applies it again."""
    for output, _ in facts.with_targets():
        if output.from_logits and output.activation in ("softmax", "sigmoid"):
            yield warning(
                output.where,
                f"has a {output.activation}, but its loss is {output.loss_name()}, which applies one "
                "again.",
                "The loss cannot come near 0, and learning is slow.",
                "Take the activation from the last layer, or from_logits=True from the loss.",
            )


def logits_as_probabilities(facts: Facts) -> Iterator[Finding]:
    """A crossentropy that takes numbers without bound for probabilities."""
    for output, _ in facts.with_targets():
        if output.from_logits or not output.takes.bounded:
            continue
        if output.activation in _NO_PROBABILITIES:
            made = "no activation" if output.activation == "linear" else f"a {output.activation}"
            right = "sigmoid" if output.takes.predictions == "probabilities" else "softmax"
            either = "the loss from_logits=True, or " * hasattr(output.loss, "from_logits")
            yield warning(
                output.where,
                f"has {made}, but {output.loss_name()} takes probabilities.",
                "Numbers below 0 or above 1 are cut off, and with them the gradients.",
                f"Give {either}the last layer activation={right!r}.",
            )


def one_unit(facts: Facts) -> Iterator[Finding]:
    """Shares of one unit: always 1."""
    for output in facts.outputs:
        if output.loss is None or len(output.shape) != 2 or output.units != 1:
            continue
        if output.activation == "softmax":
            yield error(
                output.where,
                "has a softmax over one unit, which is always 1;",
                "no gradient passes it and nothing is learned.",
                "Use a sigmoid with binary_crossentropy, or one unit for each class.",
            )
        elif output.takes.one_of_several and output.takes.targets == "one_hot":
            yield error(
                output.where,
                f"has one unit, and {output.loss_name()} of one class is always 0;",
                "nothing is learned.",
                "Use binary_crossentropy, or one unit for each class.",
            )


def other_activation(facts: Facts) -> Iterator[Finding]:
    """Binary losses of shares, and categorical ones of separate probabilities."""
    for output, _ in facts.with_targets():
        several = output.units is not None and output.units > 1
        if output.takes.targets == "labels" and output.activation == "softmax" and several:
            yield warning(
                output.where,
                f"has a softmax over {output.units} units with {output.loss_name()}, which takes each unit "
                "for a yes or no of its own.",
                "Its accuracy and loss look far better than they are.",
                "One class of several: categorical_crossentropy. Several at once: a sigmoid.",
            )
        if output.takes.one_of_several and output.activation == "sigmoid" and several:
            yield warning(
                output.where,
                f"has a sigmoid for each of {output.units} units with {output.loss_name()}, which takes "
                "them for shares of 1.",
                "Probabilities of several classes at once are not learned that way.",
                "One class of several: a softmax. Several at once: binary_crossentropy.",
            )


def squares_of_classes(facts: Facts) -> Iterator[Finding]:
    """A squared error of classes learns, but slowly."""
    for output, target in facts.with_targets():
        of_classes = output.activation in ("softmax", "sigmoid") and target.whole
        if output.takes.targets == "numbers" and of_classes:
            yield hint(
                output.where,
                f"is a {output.activation} learned with {output.loss_name()};",
                "far from the target its gradient vanishes.",
                "Classes are learned faster with a crossentropy.",
            )


def out_of_reach(facts: Facts) -> Iterator[Finding]:
    """Numbers that the last activation cannot give, a tenth of them or more."""
    ranges = {"relu": (0, None), "softplus": (0, None), "exponential": (0, None)}
    ranges |= {"sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1)}
    for output, target in facts.with_targets():
        low, high = ranges.get(output.activation or "", (None, None))
        if not output.takes.regression or not len(target.finite) or low is None:
            continue
        # Of amounts below 0 another check tells.
        outside = (target.finite < low) & (output.takes.targets != "amounts")
        if high is not None:
            outside = outside | (target.finite > high)
        if outside.mean() >= 0.1:
            reach = f"at least {low}" if high is None else f"between {low} and {high}"
            yield warning(
                target.where,
                f"goes from {target.finite.min():g} to {target.finite.max():g}, but the last layer's "
                f"{output.activation} gives numbers {reach}.",
                f"{outside.mean():.0%} of the targets cannot be reached.",
                "Take the activation from the last layer, or scale the targets.",
            )


def weight_of_loss(facts: Facts) -> Iterator[Finding]:
    """Weights of losses with which nothing is learned."""
    compiled = facts.compiled.loss
    if compiled is None:
        return
    weights = [w for w in compiled.weights if isinstance(w, (int, float))]
    if any(w != w or abs(w) == float("inf") for w in weights):
        yield error(
            "`loss_weights`",
            "holds NaN or infinity;",
            "every weight would become NaN or infinite.",
            "Fix it.",
        )
    elif weights and len(weights) == len(compiled.weights) and not any(weights):
        yield error(
            "`loss_weights`",
            "is 0 for every output:",
            "nothing is learned.",
            "Give at least one output a weight.",
        )
