"""A table of patients: a feature space learns how to encode its columns, and a network learns from them.

    python -m examples.structured_data

The model that is saved at the end takes the raw columns, strings among them: what prepares them is part of it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import lamina
from lamina import layers
from lamina.utils import FeatureSpace


def patients(count: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Made-up patients: columns by name, and who is ill."""
    rng = np.random.default_rng(seed)
    table = {
        "age": rng.integers(20, 80, count).astype("float32"),
        "pressure": rng.normal(120, 15, count).astype("float32"),
        "pain": rng.choice(["none", "typical", "atypical"], count),
        "vessels": rng.integers(0, 4, count),
    }
    risk = table["age"] / 40 + table["vessels"] - 2.0 * (table["pain"] == "none")
    return table, (risk > 2).astype("float32")[:, None]


def main(epochs: int = 10, verbose: int | str = "auto") -> float:
    """Train, save the model of raw columns, and return its accuracy on new patients."""
    lamina.utils.set_random_seed(0)
    table, ill = patients(1000, seed=0)
    space = FeatureSpace(
        {
            "age": FeatureSpace.float_discretized(num_bins=10),
            "pressure": "float_normalized",
            "pain": "string_categorical",
            "vessels": FeatureSpace.integer_categorical(num_oov_indices=0),
        },
        crosses=[FeatureSpace.cross(("age", "pain"), crossing_dim=32)],
    )
    space.adapt(table)

    # The network learns from encoded columns, which are computed once.
    encoded = space.get_encoded_features()
    hidden = layers.Dropout(0.1)(layers.Dense(32, activation="relu")(encoded))
    answer = layers.Dense(1, activation="sigmoid")(hidden)
    model = lamina.Model(encoded, answer)
    model.compile(lamina.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    columns = lamina.ops.convert_to_numpy(space(table))
    model.fit(columns, ill, epochs=epochs, validation_split=0.2, verbose=verbose)

    # Whoever predicts gives the table as it is: the same layers, from the raw columns on.
    whole = lamina.Model(space.get_inputs(), answer)
    with tempfile.TemporaryDirectory() as folder:
        whole.save(Path(folder, "patients.keras"))
        whole = lamina.saving.load_model(Path(folder, "patients.keras"))
    table, ill = patients(300, seed=1)
    accuracy = float(np.mean((whole.predict(table, verbose=0) > 0.5) == ill))
    print(f"accuracy on new patients: {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
