"""`utils.Config`: values as attributes and entries."""

import copy
import json
import pickle

import pytest

from lamina.utils import Config


def test_values_are_attributes_and_entries():
    config = Config(a=1)
    config.b = 2
    config["c"] = config.a + config.pop("b")
    assert config.as_dict() == {"a": 1, "c": 3} == json.loads(config.to_json())
    assert list(config) == ["a", "c"] and config.get("zz", 5) == 5 and "a" in config


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_are_apart(copied):
    config = Config(a=1)
    config.freeze()
    twin = copied(config)
    assert twin.frozen and twin.as_dict() == {"a": 1}
    twin.unfreeze()
    twin.a = 2
    assert config.a == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda c: setattr(c, "a", 2),
        lambda c: c.__setitem__("b", 2),
        lambda c: c.pop("a"),
        lambda c: c.update(q=1),
        lambda c: delattr(c, "a"),
    ],
)
def test_what_is_frozen_does_not_change(change):
    config = Config(a=1)
    config.freeze()
    with pytest.raises(ValueError, match="frozen"):
        change(config)
    assert config.as_dict() == {"a": 1}


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda c: c.b, AttributeError),
        (lambda c: c["b"], KeyError),
        (lambda c: setattr(c, "frozen", True), AttributeError),
        (lambda c: Config(1), TypeError),
    ],
)
def test_mistakes(ask, kind):
    with pytest.raises(kind):
        ask(Config(a=1))
