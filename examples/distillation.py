"""Distillation: a small network learns what a large one thinks, in a training step that the program defines.

The step is written once, and every engine that trains compiles it.

    python examples/distillation.py
"""

import lamina
from lamina import autodiff, layers, losses, ops
from lamina.datasets import digits


class Distiller(lamina.Model):
    """Trains `student` on the labels and on the softened answers of `teacher`, which stays as it is."""

    def __init__(self, teacher, student, temperature=4.0, share=0.5, **kwargs):
        super().__init__(**kwargs)
        self.teacher, self.student = teacher, student
        self.temperature, self.share = temperature, share
        teacher.trainable = False

    def call(self, inputs, training=False):
        return self.student(inputs, training=training)

    def train_step(self, data):
        x, y = data
        soft = ops.softmax(self.teacher(x, training=False) / self.temperature)

        def objective():
            logits = self.student(x, training=True)
            hard_loss = ops.mean(
                losses.sparse_categorical_crossentropy(y, logits, from_logits=True)
            )
            answers = ops.softmax(logits / self.temperature)
            soft_loss = ops.mean(losses.kl_divergence(soft, answers)) * self.temperature**2
            return self.share * hard_loss + (1 - self.share) * soft_loss, logits

        variables = self.student.trainable_variables
        (loss, logits), grads = autodiff.value_and_grad(
            objective, has_aux=True, variables=variables
        )()
        self.optimizer.apply(grads, variables)
        return {"loss": loss, **self.compute_metrics(x, y, logits)}


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

    model = Distiller(teacher, student)
    model.compile(lamina.optimizers.Adam(0.01), crossentropy, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=epochs, verbose=verbose)
    accuracies = [m.evaluate(x_test, y_test, verbose=0)[1] for m in (teacher, model)]
    unchanged = all((a == b).all() for a, b in zip(before, teacher.get_weights(), strict=True))
    sizes = [m.count_params() for m in (teacher, student)]
    print(f"teacher {accuracies[0]:.4f} with {sizes[0]:,} weights, unchanged: {unchanged}")
    print(f"student {accuracies[1]:.4f} with {sizes[1]:,} weights")
    return accuracies, unchanged


if __name__ == "__main__":
    main()
