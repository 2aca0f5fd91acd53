"""Profilers: files are written in the folder, and a second profile is possible after the first."""

import numpy as np
import pytest

from lamina.engine.contract import MissingCapabilityError


def test_a_profile_writes_files(engine, tmp_path):
    if "profiles" not in engine.capabilities:
        with pytest.raises(MissingCapabilityError, match="does not profile"):
            engine.profile(str(tmp_path))
        return
    for number in ("first", "second"):
        end = engine.profile(str(tmp_path / number))
        x = engine.asarray(np.ones((8, 8), "float32"))
        engine.synchronize(engine.matmul(x, x))
        end()
        assert [path for path in (tmp_path / number).rglob("*") if path.is_file()]
