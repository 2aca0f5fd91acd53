"""The address of the classic data sets, as in Keras, and the types that loaders return."""

import numpy as np

KERAS_DATASETS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

Part = tuple[np.ndarray, np.ndarray]  # inputs and their labels or targets
Parts = tuple[Part, Part]  # for training, for testing
