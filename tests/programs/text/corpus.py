"""Reviews made of parts; whether one is good is told by some of its words."""

import random

import numpy as np

GOOD = ["wonderful", "moving", "a Delight", "brilliant!", "well acted"]
BAD = ["dull", "tedious", "a Waste", "clumsy!", "badly cut"]
REST = [
    "The film",
    "this play,",
    "it",
    "was",
    "really",
    "quite",
    "in the end",
    "<br />",
    "for me",
    "Ünd so",
]


def load_data(count=400):
    """Return `(texts, labels)` for training and for testing."""
    draw = random.Random(0)
    texts, labels = [], []
    for _ in range(count + 100):
        label = draw.randrange(2)
        words = [*draw.choices(REST, k=4), draw.choice(GOOD if label else BAD)]
        draw.shuffle(words)
        texts.append(" ".join(words))
        labels.append(label)
    texts, labels = np.array(texts, object), np.array(labels)
    return (texts[:count], labels[:count]), (texts[count:], labels[count:])
