"""Limits, policies and budgets of a load."""

import dataclasses

import pytest

from lamina.core.load_policy import Budget, Limits, LoadPolicy
from lamina.saving import LimitError, LoadError


def test_charges_add_up_to_the_limit_and_no_further():
    budget = Budget(Limits(tensors=3))
    budget.charge("tensors", 2)
    budget.charge("tensors")
    with pytest.raises(
        LimitError, match=r"4 tensors; the limit is 3.*limits=Limits\(tensors=\.\.\.\)"
    ):
        budget.charge("tensors")
    assert budget.left("tensors") == 0


def test_a_refused_charge_takes_nothing():
    budget = Budget(Limits(members=3))
    with pytest.raises(LoadError):
        budget.charge("members", 4)
    budget.charge("members", 3)


@pytest.mark.parametrize("kind", [f.name for f in dataclasses.fields(Limits)])
def test_every_limit_can_be_reached_and_is_named(kind):
    budget = Budget(Limits(**{kind: 5}))
    budget.check(kind, 5)
    with pytest.raises(LimitError, match=rf"{kind}=\.\.\."):
        budget.check(kind, 6)


def test_memory_grows_with_the_file_and_stays_below_what_the_caller_says():
    limits = Limits(base_bytes=10, bytes_per_file_byte=4, max_bytes=100)
    assert Budget(limits, file_bytes=5).allowed("bytes") == 30
    assert Budget(limits, file_bytes=10**9).allowed("bytes") == 100


def test_by_default_no_file_takes_more_than_half_of_the_memory():
    assert 0 < Budget(file_bytes=2**60).allowed("bytes") < 2**50


@pytest.mark.parametrize("value", [True, -1, 1.5, "3", None])
def test_limits_are_whole_numbers(value):
    with pytest.raises(ValueError, match="layers"):
        Limits(layers=value)


@pytest.mark.parametrize("thing", [Limits(), LoadPolicy()])
def test_limits_and_policies_cannot_be_changed(thing):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(thing, dataclasses.fields(thing)[0].name, 0)


def test_a_policy_may_narrow_what_was_registered():
    assert LoadPolicy().allows("Mine>f")
    assert LoadPolicy(registered=("Mine>f",)).allows("Mine>f")
    assert not LoadPolicy(registered=("Mine>f",)).allows("Mine>g")
