"""Files and series into batches: Keras' older home for functions of `lamina.utils`."""

from lamina.absent import explain as _explain
from lamina.loading.images import image_dataset_from_directory as image_dataset_from_directory
from lamina.loading.series import timeseries_dataset_from_array as timeseries_dataset_from_array
from lamina.loading.texts import text_dataset_from_directory as text_dataset_from_directory
from lamina.preprocessing import image as image, sequence as sequence

_explain(__name__)
