"""The same bits every time: on a processor XLA computes so anyway; on a GPU it has a flag."""

from __future__ import annotations

import os

from jax._src import xla_bridge

_FLAG = "--xla_gpu_deterministic_ops=true"


def make_deterministic(on):
    flags = os.environ.get("XLA_FLAGS", "").split()
    if on == (_FLAG in flags):
        return
    started = xla_bridge.backends_are_initialized()
    if started and xla_bridge.get_backend().platform != "cpu":
        raise RuntimeError(
            "JAX has begun to use its device, and reads its flags only before that. Call "
            f"config.enable_op_determinism() first of all, or start Python with XLA_FLAGS={_FLAG}."
        )
    flags = [*flags, _FLAG] if on else [flag for flag in flags if flag != _FLAG]
    os.environ["XLA_FLAGS"] = " ".join(flags)
