"""Small data sets to learn and test with: `digits` comes with lamina, the others are downloaded.

Downloads go to `~/.lamina/datasets` (`LAMINA_HOME` names another folder), are checked by their
hash, and are read without running anything that they contain.
"""

from lamina.absent import explain as _explain
from lamina.datasets import (
    boston_housing as boston_housing,
    california_housing as california_housing,
    cifar10 as cifar10,
    cifar100 as cifar100,
    digits as digits,
    fashion_mnist as fashion_mnist,
    imdb as imdb,
    mnist as mnist,
    reuters as reuters,
)

_explain(__name__)
