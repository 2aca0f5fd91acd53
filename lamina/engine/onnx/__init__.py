"""The ONNX engine: NumPy where arrays have values, nodes of an ONNX graph where they are traced.

It predicts and evaluates. A function that runs over batches is traced once, for all sizes of the batch, and its
graph runs in ONNX Runtime; everything else is NumPy's. No primitive says here which shape it gives: its
evaluation on JAX does.
"""

from types import SimpleNamespace

from lamina.engine.contract import Engine, capability_of, named
from lamina.engine.onnx import arrays, control, session
from lamina.engine.onnx.lifting import ENTIRE, lifted

_DRAWS = "uniform normal integers gamma binomial"

ENGINE = Engine(
    SimpleNamespace(
        **{name: lifted(name) for name in ENTIRE if not capability_of(name)},
        **{name: lifted(name) for name in _DRAWS.split()},
    ),
    named(control, "cond while_loop scan vmap"),
    named(session, "compile is_traced make_deterministic"),
    SimpleNamespace(compiles_by_shape=False, overrides=session.overrides),
    arrays,
)
