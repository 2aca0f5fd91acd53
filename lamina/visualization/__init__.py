"""Pictures: of data, of what a model learned and looks at, and of a whole training.

Pictures of a model's graph are `utils.plot_model`.
"""

from lamina.absent import explain as _explain
from lamina.visualization.galleries import (
    plot_bounding_box_gallery as plot_bounding_box_gallery,
    plot_image_gallery as plot_image_gallery,
    plot_segmentation_mask_gallery as plot_segmentation_mask_gallery,
)
from lamina.visualization.grad_cam import grad_cam as grad_cam
from lamina.visualization.learned import (
    plot_activations as plot_activations,
    plot_confusion as plot_confusion,
    plot_filters as plot_filters,
    plot_history as plot_history,
)
from lamina.visualization.overlays import (
    draw_bounding_boxes as draw_bounding_boxes,
    draw_segmentation_masks as draw_segmentation_masks,
)
from lamina.visualization.reporting.page import report as report

_explain(__name__)
