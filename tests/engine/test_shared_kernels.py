"""On TensorFlow the gradient of a kernel that all entries share is one product, not one for each entry."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers, ops

X = np.linspace(-1, 1, 16 * 8 * 4, dtype="float32").reshape(16, 8, 4)


def _operations(layer, *inputs):
    """The operations that compute the gradients of a layer's weights."""
    tf = pytest.importorskip("tensorflow")
    with lamina.config.using_backend("tensorflow"):
        layer(*inputs)
        variables = layer.trainable_variables

        def gradients(values):
            with tf.GradientTape() as tape:
                tape.watch(values)
                with lamina.StatelessScope(zip(variables, values, strict=True)):
                    loss = ops.sum(ops.square(layer(*inputs)))
            return tape.gradient(loss, values)

        traced = tf.function(gradients, autograph=False)
        return traced.get_concrete_function([v.value for v in variables]).graph.get_operations()


def test_a_dense_layer_has_no_kernel_for_each_entry():
    operations = _operations(layers.Dense(5), X)
    shapes = [out.shape for node in operations for out in node.outputs]
    assert not [shape for shape in shapes if len(shape) > 2 and tuple(shape[-2:]) == (4, 5)]


def test_an_einsum_names_every_axis():
    # TensorFlow has a gradient for each entry of `...`, and adds them up.
    operations = _operations(layers.EinsumDense("...ab,ac->...abc", (8, 4, 3)), X)
    equations = [node.get_attr("equation") for node in operations if node.type == "Einsum"]
    assert len(equations) >= 2
    assert not [equation for equation in equations if b"..." in equation]


def test_projections_are_products_of_matrices():
    """`abc,cde->abde` is one, which `tf.einsum` would reach by transposing kernels and gradients."""
    operations = _operations(layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="e"), X)
    assert "Einsum" not in {node.type for node in operations}


def test_attention_is_products_of_matrices_in_batches():
    """Two of them, and two for the gradient of each; `tf.einsum` would transpose for each of the six."""
    operations = _operations(layers.MultiHeadAttention(2, 3), X, X)
    kinds = [node.type for node in operations]
    assert "Einsum" not in kinds
    assert kinds.count("BatchMatMulV2") == 6


@pytest.mark.parametrize(
    "subscripts", ["bij,bjk->bki", "ijb,bjk->ibk", "bji,bkj->bik", "abij,bakj->baik"]
)
def test_products_in_batches_are_what_the_letters_say(subscripts, backend):
    terms, sizes = (
        subscripts.split("->")[0].split(","),
        dict(zip("abijk", (2, 3, 4, 5, 6), strict=True)),
    )
    x, y = (
        np.random.default_rng(0).normal(size=[sizes[letter] for letter in term]) for term in terms
    )
    for a, b in ((x.astype("float32"), y.astype("float32")), (x + 1j, y - 2j)):
        values = ops.convert_to_numpy(ops.einsum(subscripts, a, b))
        np.testing.assert_allclose(values, np.einsum(subscripts, a, b), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "layer", [layers.Dense(5), layers.Conv1D(5, 2)], ids=["dense", "convolution"]
)
def test_a_bias_is_added_by_its_own_operation(layer):
    """Its gradient sums up three times as fast as that of a sum that broadcasts."""
    kinds = [node.type for node in _operations(layer, X)]
    assert kinds.count("BiasAdd") == kinds.count("BiasAddGrad") == 1


@pytest.mark.parametrize("shape", [(16, 4), (16, 8, 4)])
def test_a_bias_is_added_to_the_rows_of_the_product(shape):
    """TensorFlow makes both one kernel if nothing lies between them."""
    operations = _operations(layers.Dense(5), X[:, 0] if len(shape) == 2 else X)
    (added,) = (node for node in operations if node.type == "BiasAdd")
    assert added.inputs[0].op.type == "MatMul"


def test_the_loss_of_a_share_without_a_logarithm_is_exact(backend):
    """A softmax of less than the smallest float: the logarithm is taken of the largest share."""
    logits = np.array([[0.0, -200.0, 1.0], [0.5, 0.25, -1.0]], "float32")
    targets = np.array([1, 0], "int32")
    exact = np.log(np.exp(logits.astype("float64")).sum(-1)) - logits[[0, 1], targets]
    losses = ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)
    np.testing.assert_allclose(np.asarray(ops.convert_to_numpy(losses)), exact, rtol=1e-6)
