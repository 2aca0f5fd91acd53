"""scikit-learn searches for the size and the rate of a network, inside a pipeline that scales the pixels.

python examples/scikit_learn.py
"""

from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import lamina
from lamina import layers
from lamina.datasets import digits
from lamina.wrappers import SKLearnClassifier


def network(X, y, units=16, rate=0.01):
    hidden, last = layers.Dense(units, "relu"), layers.Dense(y.shape[1], "softmax")
    model = lamina.Sequential([layers.Input(X.shape[1:]), hidden, last])
    model.compile(lamina.optimizers.Adam(rate), "categorical_crossentropy")
    return model


def main(epochs=20, units=(8, 64), samples=None):
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, y_train = x_train[:samples].reshape(-1, 64), y_train[:samples]
    classifier = SKLearnClassifier(
        network, fit_kwargs={"epochs": epochs, "verbose": 0}, random_state=0
    )
    pipeline = make_pipeline(MinMaxScaler(), classifier)
    search = GridSearchCV(pipeline, {"sklearnclassifier__model_kwargs__units": units}, cv=2)
    search.fit(x_train, y_train)
    accuracy = search.score(x_test.reshape(-1, 64), y_test)
    print(f"best {search.best_params_}: {accuracy:.4f} of the test images")
    return search.best_params_, accuracy


if __name__ == "__main__":
    main()
