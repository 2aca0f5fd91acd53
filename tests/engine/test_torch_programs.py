"""What PyTorch's engine makes of a recorded step: fewer calls, the same bits."""

import numpy as np
import pytest

import lamina
from lamina import ops
from lamina.config import using_backend

torch = pytest.importorskip("torch")
aten = torch.ops.aten


def recorded(fn, *leaves):
    from torch.fx.experimental.proxy_tensor import make_fx

    from lamina.engine.torch.straight import straightened

    with torch.no_grad():
        return straightened(make_fx(lambda *xs: [*fn(*xs)])(*leaves), [*leaves])


def kernels(graph):
    return [node for node in graph.graph.nodes if node.op.startswith("call")]


def equal_bits(fn, graph, *leaves):
    for expected, result in zip(fn(*leaves), graph(*leaves), strict=True):
        assert expected.shape == result.shape and expected.dtype == result.dtype
        assert expected.numpy().tobytes() == result.numpy().tobytes()


ROWS = {
    "constants are computed once": (lambda x: (x + torch.arange(3.0).exp().sqrt(),), 1),
    "what is computed twice is computed once": (lambda x: (x.exp() * 2 + x.exp() * 2,), 3),
    "1 and 1.0 differ": (lambda x: (x.long() * 1, x.long() * 1.0), 3),
    "views that change nothing fall away": (lambda x: (x.t().t().view(4, 3).detach() + 1,), 1),
    "a view of a view is a view": (lambda x: (x.view(2, 6).t().reshape(6, 2) + 1,), 2),
    "a conjugate is not a view that changes nothing": (
        lambda x: (torch.complex(x, x).conj().resolve_conj(),),
        3,
    ),
    "draws are made each time": (lambda x: (x + torch.rand(3) - torch.rand(3),), 4),
    "what comes out is new": (lambda x: (torch.arange(3) + 1, x + 1), 3),
    "results of several": (lambda x: (*torch._foreach_mul([x, x + 1], 2.0),), 4),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_straightened_graph_gives_the_same_bits(name):
    fn, count = ROWS[name]
    x = torch.randn(4, 3)
    graph = recorded(fn, x)
    assert len(kernels(graph)) == count
    if "draws" in name:
        assert not torch.equal(graph(x)[0], graph(x)[0])
        return
    equal_bits(fn, graph, x)
    equal_bits(fn, graph, torch.randn(4, 3))


def test_kernels_are_called_by_the_functions_of_torch():
    def fn(x):
        return torch.softmax(x.view(3, 4) @ x.t().reshape(4, 3).contiguous(), -1), x.sum(0, True)

    targets = {node.target for node in kernels(recorded(fn, torch.randn(4, 3)))}
    assert targets and not any(isinstance(target, torch._ops.OpOverload) for target in targets)


def test_writing_in_place_keeps_its_order():
    def fn(x):
        cache = torch.zeros(4, 3)
        before = cache.t().sum(1) + x.sum(0)
        cache.view(12)[:3].copy_(x[0])
        after = cache.t().sum(1) + x.sum(0)
        return before, after, cache

    x = torch.randn(4, 3)
    graph = recorded(fn, x)
    for _ in range(2):  # what is written to is not a constant, either
        equal_bits(fn, graph, x)


def test_what_comes_out_is_not_shared_between_calls():
    graph = recorded(lambda x: (torch.zeros(2), x + 1), torch.ones(2))
    first, second = graph(torch.ones(2))[0], graph(torch.ones(2))[0]
    first += 1
    assert second.tolist() == [0, 0]


def layers():
    yield lamina.layers.Dense(5), (4, 3)
    yield lamina.layers.Dense(5), (2, 4, 3)
    yield lamina.layers.Dense(5, use_bias=False), (2, 4, 3)
    yield lamina.layers.EinsumDense("...x,xhd->...hd", (2, 5), bias_axes="hd"), (2, 4, 3)
    yield lamina.layers.EinsumDense("abhd,hdo->abo", (4, 6), bias_axes="o"), (2, 4, 3, 2)
    yield lamina.layers.EinsumDense("abc,cd->abd", (4, 6)), (2, 4, 3)
    yield lamina.layers.EinsumDense("abc,cd->adb", (6, 4), bias_axes="d"), (2, 4, 3)
    yield lamina.layers.EinsumDense("abc,bcd->ad", 6, bias_axes="d"), (2, 4, 3)
    yield lamina.layers.EinsumDense("abc,bd->acd", (3, 6), bias_axes="d"), (2, 4, 3)
    yield lamina.layers.EinsumDense("abc,cde->abde", (4, 6, 2), bias_axes="e"), (2, 4, 3)


@pytest.mark.parametrize("number", range(10))
def test_one_kernel_multiplies_and_adds(number):
    """Where it serves, and whatever the equation is, the result is that of NumPy."""
    x = np.random.default_rng(0).normal(size=[*layers()][number][1]).astype("float32")
    layer = [*layers()][number][0]
    with using_backend("numpy"):
        layer.build(x.shape)
        for variable in layer.weights:
            variable.assign(np.random.default_rng(1).normal(size=variable.shape))
        expected = ops.convert_to_numpy(layer(x))
    with using_backend("torch"):
        calls = recorded(lambda x: (layer(x),), torch.from_numpy(x))
        result = ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5)
    products = [node.target for node in kernels(calls) if node.target in (torch.addmm, torch.mm)]
    assert len(products) == (number not in (6, 8, 9))


def test_the_first_result_alone_is_fewer_kernels():
    from lamina.engine.torch.straight import of_first

    graph = recorded(lambda x: (x + 1, (x * 2).sum().sqrt()), torch.ones(3))
    whole, first = graph.forward, of_first(graph, 1)
    assert len(kernels(first)) == 1
    assert len(whole(torch.ones(3))) == 2 and len(first(torch.ones(3))) == 1


@pytest.mark.parametrize("grows", [False, True])
def test_steps_of_a_chunk_are_those_of_single_calls(grows):
    """Recorded or not, and whether or not the state goes out in the shape in which it came in."""
    from lamina.engine.torch.program import Program

    def step(state, batch):
        x, y = batch
        total = (
            torch.cat([state["total"], x.sum()[None]]) if grows else state["total"] * 0.9 + x.sum()
        )
        return {"total": total, "count": state["count"] + 1}, {"y": (total.sum() * y).sqrt()}

    rng, repeated, single = np.random.default_rng(0), Program(step), Program(step)
    states = [{"total": torch.zeros(1), "count": torch.tensor(0)}] * 2
    for _ in range(3):
        x, y = rng.random((12, 3)).astype("float32"), rng.random((12, 1)).astype("float32")
        states[0], logs = repeated.repeat(states[0], (x, y))
        for batch in zip(x, y, strict=True):
            states[1], expected = single(states[1], batch)
        assert logs["y"].numpy().tobytes() == expected["y"].numpy().tobytes()
        for name in ("total", "count"):
            assert torch.equal(states[0][name], states[1][name])


def trained(model, *data):
    with using_backend("torch"):
        model.compile("sgd", "mse", metrics=["mae"])
        for _ in range(3):
            model.fit(*data, 2, verbose=0)
        return model


def test_a_recorded_step_keeps_no_graph_of_parameters():
    """Each step would hold that of the step before, and memory would grow without end."""
    with using_backend("torch"):
        model = lamina.Sequential([lamina.layers.Input((4,)), lamina.layers.Dense(3)])
        model(torch.ones(2, 4)).sum().backward()  # from now on the weights are parameters
    trained(model, np.ones((32, 4), "float32"), np.ones((32, 3), "float32"))
    with using_backend("torch"):
        assert not any(v.value.requires_grad for v in model.metrics_variables)


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_steps_of_recurrent_layers_run_recorded_or_not(layer):
    """oneDNN's kernel keeps what its gradient needs only where gradients are allowed."""
    with using_backend("torch"):
        model = lamina.Sequential(
            [lamina.layers.Input((5, 3)), getattr(lamina.layers, layer)(2), lamina.layers.Dense(1)]
        )
    data = np.ones((64, 5, 3), "float32"), np.ones((64, 1), "float32")
    losses = trained(model, *data).history.history["loss"]
    with torch.no_grad():
        assert trained(model, *data).history.history["loss"] < losses


def networks():
    layers = lamina.layers
    yield [layers.Dense(4, activation="relu"), layers.Dropout(0.0), layers.Flatten()]
    yield [layers.Conv1D(4, 3), layers.BatchNormalization(), layers.GlobalAveragePooling1D()]
    yield [layers.LSTM(4), layers.LayerNormalization()]
    yield [layers.EinsumDense("abc,cd->abd", (5, 4), bias_axes="d"), layers.GRU(3)]
    yield [layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.Flatten()]  # its draws come anew


@pytest.mark.parametrize("number", range(5))
def test_a_recorded_step_learns_the_same_bits(number, monkeypatch):
    from lamina.engine.torch import program, straight

    shortened, recordings = straight.straightened, []

    def watched(graph, leaves):
        recordings.append(shortened(graph, leaves))
        return recordings[-1]

    monkeypatch.setattr(straight, "straightened", watched)
    data = (
        np.random.default_rng(0).normal(size=(64, 5, 3)).astype("float32"),
        np.ones((64, 1), "float32"),
    )
    ends = []
    for short in (0.0, 9.0):
        monkeypatch.setattr(program, "_SHORT", short)
        monkeypatch.setattr(program, "_EACH", 9.0)
        lamina.utils.set_random_seed(0)
        with using_backend("torch"):
            model = lamina.Sequential(
                [lamina.layers.Input((5, 3)), *[*networks()][number], lamina.layers.Dense(1)]
            )
            model.compile("adam", "mse")
            model.fit(*data, 2, verbose=0)
            ends.append([v.numpy().tobytes() for v in model.variables])
        assert bool(recordings) == bool(short)
    assert ends[0] == ends[1]
