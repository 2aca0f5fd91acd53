"""Data for `fit`, `evaluate` and `predict` that need more than a library's own data sets: buckets."""

from lamina.feeds.buckets import Buckets as Buckets, bucket as bucket
from lamina.loading.dataset import Dataset as Dataset
