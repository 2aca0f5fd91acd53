"""Small data sets to learn and test with: `digits` comes with lamina, the others are downloaded.

Downloads go to `~/.lamina/datasets` (`LAMINA_HOME` names another folder), are checked by their
hash, and are read without running anything that they contain.
"""

from lamina.datasets import boston_housing as boston_housing
from lamina.datasets import cifar10 as cifar10
from lamina.datasets import digits as digits
from lamina.datasets import fashion_mnist as fashion_mnist
from lamina.datasets import imdb as imdb
from lamina.datasets import mnist as mnist
