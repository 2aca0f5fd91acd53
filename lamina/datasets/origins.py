"""Where the classic data sets lie, as Keras knows them, and what comes out of a loader."""

import numpy as np

KERAS_DATASETS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

Part = tuple[np.ndarray, np.ndarray]  # inputs and their labels or targets
Parts = tuple[Part, Part]  # for training, for testing
