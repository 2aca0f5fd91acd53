"""Settings found by trying: a learning rate, a batch size, and what is still confused afterwards.

python examples/finding_settings.py
"""

import lamina
from lamina import layers, optimizers
from lamina.datasets import digits


def main(steps=100, epochs=10, most=64, verbose=2):
    lamina.utils.set_random_seed(0)
    (x, y), (x_test, y_test) = digits.load_data()
    x, x_test = x / 16, x_test / 16
    model = lamina.Sequential(
        [
            layers.Input((8, 8)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizers.Adam(), "sparse_categorical_crossentropy")

    rates = model.find_learning_rate(x, y, steps=steps)
    print(rates)
    model.optimizer.learning_rate = rates.suggestion
    sizes = model.find_batch_size(x, y, most=most)
    print(sizes)

    model.fit(x, y, batch_size=64, epochs=epochs, class_weight="balanced", verbose=verbose)
    report = lamina.metrics.classification_report(model, x_test, y_test)
    print(report)
    print(lamina.metrics.confusion_matrix(model, x_test, y_test))
    return report.accuracy


if __name__ == "__main__":
    main()
