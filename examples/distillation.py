"""Distillation: a small network learns what a large one thinks of each image, not only what it calls it.

python examples/distillation.py
"""

import lamina
from lamina import layers, losses
from lamina.datasets import digits
from lamina.distillation import Distiller, LogitsDistillation


def network(name, *units):
    hidden = [layers.Dense(n, activation="relu") for n in units]
    return lamina.Sequential(
        [layers.Input((8, 8)), layers.Flatten(), *hidden, layers.Dense(10)], name=name
    )


def main(epochs=20, verbose=1):
    lamina.utils.set_random_seed(0)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = (x.astype("float32") / 16 for x in (x_train, x_test))
    crossentropy = losses.SparseCategoricalCrossentropy(from_logits=True)

    teacher, student = network("teacher", 256, 128), network("student", 8)
    teacher.compile(lamina.optimizers.Adam(0.002), crossentropy, metrics=["accuracy"])
    teacher.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    before = teacher.get_weights()

    model = Distiller(teacher, student, LogitsDistillation(temperature=4.0))
    model.compile(lamina.optimizers.Adam(0.01), crossentropy, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    accuracies = [
        m.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
        for m in (teacher, model)
    ]
    unchanged = all((a == b).all() for a, b in zip(before, teacher.get_weights(), strict=True))
    sizes = [m.count_params() for m in (teacher, student)]
    print(f"teacher {accuracies[0]:.4f} with {sizes[0]:,} weights, unchanged: {unchanged}")
    print(f"student {accuracies[1]:.4f} with {sizes[1]:,} weights")
    return accuracies, unchanged


if __name__ == "__main__":
    main()
