"""Images in files and as arrays: functions of `lamina.utils`, and `smart_resize`."""

from lamina.absent import explain as _explain
from lamina.utils.images import (
    array_to_img as array_to_img,
    img_to_array as img_to_array,
    load_img as load_img,
    save_img as save_img,
    smart_resize as smart_resize,
)

_explain(__name__)
