"""A graph from its configuration: first looked at, as data; then made, in one pass over its calls."""

from __future__ import annotations

import inspect
import unicodedata
from collections import deque
from typing import Any, NamedTuple

from lamina.core import tree
from lamina.core.audit import Audit
from lamina.core.file_errors import FormatError, LimitError, LoadError, PolicyError, quoted
from lamina.core.plan import Plan, build
from lamina.core.schema import is_own, type_of
from lamina.layers.layer import Layer
from lamina.models import op_entries

_LARGEST_CONSTANT = 2**31
_OF_A_GRAPH = {"name": "name | None", "trainable": "bool", "dtype": "dtype | dtype_policies | None"}


class Reference(NamedTuple):
    """Output `index` of call `number` of the operation `name`."""

    name: str
    number: int
    index: int


class Call(NamedTuple):
    """One call: its arguments with `Reference`s among them, and where it stands."""

    args: Any
    kwargs: Any
    needs: list[Reference]
    where: str


def checked(walk: Audit, cls: Any, config: dict[str, Any], where: str) -> dict[str, Any]:
    """Look at the configuration of a graph; return it with plans, calls and references in it.

    Problems are noted in `walk`.
    """
    values: dict[str, Any] = {}
    names: set[str] = set()
    for key, value in config.items():
        if key in _OF_A_GRAPH:
            values[key] = type_of(_OF_A_GRAPH[key]).check(walk, value, f"{where}.{key}")
        elif key in ("input_layers", "output_layers"):
            values[key] = _ends(walk, value, f"{where}.{key}")
        elif key == "layers" and isinstance(value, list):
            values[key] = [
                _entry(walk, x, f"{where}.layers[{i}]", names) for i, x in enumerate(value)
            ]
        elif is_own(cls) or key == "layers":
            walk.problem(where, f"a graph does not have {quoted(key)}, or not so")
        else:
            values[key] = walk.value(value, f"{where}.{key}")
    if missing := [k for k in ("layers", "input_layers", "output_layers") if k not in values]:
        walk.problem(where, f"a graph needs {missing}")
        return values
    needs = [n for entry in values["layers"] for call in entry["inbound_nodes"] for n in call.needs]
    for reference in (*needs, *_flat(values["input_layers"]), *_flat(values["output_layers"])):
        if reference.name not in names:
            walk.problem(where, f"refers to the layer {quoted(reference.name)}, which is not in it")
    return values


def _entry(walk: Audit, entry: Any, where: str, names: set[str]) -> dict[str, Any]:
    """Look at one layer or op with its calls; its name joins `names`."""
    if not isinstance(entry, dict) or not {"class_name", "config"} <= {*entry}:
        walk.problem(where, f"must be a layer with its calls, not {quoted(entry)}")
        return {"name": "", "plan": None, "inbound_nodes": []}
    config = entry["config"]
    name = entry.get("name", config.get("name") if isinstance(config, dict) else None)
    type_of("name").check(walk, name, f"{where}.name")
    name = unicodedata.normalize("NFC", name) if isinstance(name, str) else quoted(name)
    if name in names:
        walk.problem(where, f"has the name {quoted(name)}, which another layer has, too")
    names.add(name)
    is_op = op_entries.is_op(entry)
    plan = _op(walk, entry, where) if is_op else walk.described(entry, where, ("layers", "models"))
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        walk.problem(f"{where}.inbound_nodes", f"must be a list of calls, not {quoted(nodes)}")
        nodes = []
    walk.budget.charge("graph_nodes", max(len(nodes), 1))
    calls = [_call(walk, x, f"{where}.inbound_nodes[{i}]", is_op) for i, x in enumerate(nodes)]
    if is_op and not calls:
        walk.problem(where, "is an op that is never called")
    return {"name": name, "plan": plan, "inbound_nodes": calls}


def _op(walk: Audit, entry: dict[str, Any], where: str) -> Plan:
    """Look an op up, and at its settings."""
    name, config = entry["class_name"], entry["config"]
    if not isinstance(config, dict):
        walk.problem(f"{where}.config", f"must be a dict, not {quoted(config)}")
        config = {}
    function = op_entries.READABLE.get(name) if isinstance(name, str) else None
    if function is None:
        text = f"{quoted(name)} of {quoted(entry['module'])} is not an op that a graph in a file may call"
        walk.problem(where, text, PolicyError)
        return Plan(None, where, {"config": {}})
    if entry.get("registered_name") not in (None, name):
        walk.problem(where, f"names {quoted(name)}, but also {quoted(entry['registered_name'])}")
    takes = inspect.signature(function).parameters
    more = any(p.kind is p.VAR_KEYWORD for p in takes.values())
    if unknown := [key for key in config if not (more or key in takes or key == "name")]:
        walk.problem(where, f"{name} does not take {quoted(unknown)}")
    settings = {k: walk.data(v, f"{where}.config.{k}") for k, v in config.items() if k != "name"}
    _check_constants(walk, settings, f"{where}.config")
    return Plan(function, where, {"config": settings}, own=True)


def _call(walk: Audit, node: Any, where: str, is_op: bool) -> Call:
    """Look at one call: `{"args": [...], "kwargs": {...}}`."""
    ok = isinstance(node, dict) and {*node} == {"args", "kwargs"}
    if not ok or not isinstance(node["args"], list) or not isinstance(node["kwargs"], dict):
        walk.problem(where, f"must be a call with 'args' and 'kwargs', not {quoted(node)}")
        return Call([], {}, [], where)
    needs: list[Reference] = []
    args, kwargs = (
        _argument(walk, node[k], f"{where}.{k}", needs, is_op) for k in ("args", "kwargs")
    )
    walk.budget.charge("graph_edges", len(needs))
    if not needs:
        walk.problem(where, "is a call on no tensor of the graph")
    return Call(args, kwargs, needs, where)


def _argument(walk: Audit, x: Any, where: str, needs: list[Reference], is_op: bool) -> Any:
    """Look at an argument; tensors become references, which are added to `needs`."""
    if isinstance(x, list):
        walk.enter()
        x = [_argument(walk, part, f"{where}[{i}]", needs, is_op) for i, part in enumerate(x)]
        walk.leave()
        return x
    if isinstance(x, dict) and x.get("class_name") == "__keras_tensor__":
        config = x.get("config")
        history = config.get("keras_history") if isinstance(config, dict) else None
        reference = _reference(walk, history, where)
        if reference is not None:
            needs.append(reference)
        return reference
    if isinstance(x, dict) and "class_name" not in x:
        walk.enter()
        x = {k: _argument(walk, v, f"{where}.{k}", needs, is_op) for k, v in x.items()}
        walk.leave()
        return x
    if is_op:
        _check_constants(walk, x, where)
        return walk.data(x, where)
    return walk.value(x, where)


def _check_constants(walk: Audit, x: Any, where: str) -> None:
    """Refuse sizes that no array could have: a constant may be one, such as that of `tile`."""
    for leaf in tree.flatten(x):
        if type(leaf) is int and not -_LARGEST_CONSTANT <= leaf < _LARGEST_CONSTANT:
            walk.problem(where, f"holds the constant {leaf}, which is too large", LimitError)


def _reference(walk: Audit, x: Any, where: str) -> Reference | None:
    ok = isinstance(x, (list, tuple)) and len(x) == 3 and type(x[0]) is str
    if not ok or any(type(n) is not int or not 0 <= n < 2**31 for n in x[1:]):
        walk.problem(where, f"must be a layer's name and two numbers, not {quoted(x)}")
        return None
    return Reference(unicodedata.normalize("NFC", x[0]), x[1], x[2])


def _ends(walk: Audit, x: Any, where: str) -> Any:
    """Look at the inputs or outputs of the graph: a reference, or lists and dicts of them."""
    if isinstance(x, dict):
        return {key: _ends(walk, part, f"{where}.{key}") for key, part in x.items()}
    if isinstance(x, (list, tuple)) and x and not isinstance(x[0], str):
        walk.enter()
        ends = [_ends(walk, part, f"{where}[{i}]") for i, part in enumerate(x)]
        walk.leave()
        return ends
    return _reference(walk, x, where)


def _flat(ends: Any) -> list[Reference]:
    if isinstance(ends, Reference):
        return [ends]
    parts = ends.values() if isinstance(ends, dict) else ends or ()
    return [reference for part in parts for reference in _flat(part)]


def rebuild(config: dict[str, Any]) -> tuple[Any, Any]:
    """Make the inputs and outputs of a graph that was looked at by `checked`.

    Every call is made once all that it needs is there; each reference is followed once.

    Raises:
        FormatError: calls refer to each other in a circle, or to an output that is not there.
    """
    plans = {entry["name"]: entry["plan"] for entry in config["layers"]}
    operations = {
        name: _apply(name, plan) if inspect.isfunction(plan.target) else plan.make()
        for name, plan in plans.items()
    }
    calls = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}
    begin = _first_numbers(config, calls)
    results: dict[tuple[str, int], list[Any]] = {
        (name, begin[name]): _outputs(operation, plans[name].where)
        for name, operation in operations.items()
        if isinstance(operation, Layer) and not calls[name]
    }
    waiting: dict[tuple[str, int], set[tuple[str, int]]] = {}
    wanted_by: dict[tuple[str, int], list[tuple[str, int]]] = {}
    by_key: dict[tuple[str, int], Call] = {}
    for name, of_name in calls.items():
        for number, call in enumerate(of_name, begin[name]):
            key = (name, number)
            by_key[key] = call
            waiting[key] = {n[:2] for n in call.needs} - results.keys()
            for need in waiting[key]:
                wanted_by.setdefault(need, []).append(key)
    ready = deque(key for key, needs in waiting.items() if not needs)
    while ready:
        key = ready.popleft()
        del waiting[key]
        call = by_key[key]
        args, kwargs = (
            _filled(call.args, results, call.where),
            _filled(call.kwargs, results, call.where),
        )
        results[key] = _called(operations[key[0]], args, kwargs, call.where, plans[key[0]].own)
        for other in wanted_by.get(key, ()):
            waiting[other].discard(key)
            if not waiting[other]:
                ready.append(other)
    if waiting:
        names = quoted(sorted({name for name, _ in waiting})[:10])
        raise FormatError(f"The calls of {names} refer to tensors that nothing computes.")
    return tuple(_filled(config[key], results, key) for key in ("input_layers", "output_layers"))  # type: ignore[return-value]


def _first_numbers(config: dict[str, Any], calls: dict[str, list[Call]]) -> dict[str, int]:
    """Return the number of each operation's first call.

    It is 0, but Keras counts the making of a nested model as the model's first call.
    """
    most: dict[str, int] = {}
    ends = [*_flat(config["input_layers"]), *_flat(config["output_layers"])]
    needs = (n for of_one in calls.values() for call in of_one for n in call.needs)
    for name, number, _ in (*ends, *needs):
        most[name] = max(number, most.get(name, 0))
    counts = {name: max(len(of_one), 1) for name, of_one in calls.items()}
    return {name: max(most.get(name, 0) - count + 1, 0) for name, count in counts.items()}


def _outputs(layer: Layer, where: str) -> list[Any]:
    try:
        return tree.flatten(layer.output)
    except AttributeError:
        raise FormatError(f"{where}: it is not an input, but it is never called.") from None


def _apply(name: str, plan: Plan) -> Any:
    """Return the function that applies an op with its settings."""
    apply = op_entries.applied(plan.target, build(plan["config"]))

    def named(*args: Any, **kwargs: Any) -> Any:
        outputs = apply(*args, **kwargs)
        tree.flatten(outputs)[0].node.name = name
        return outputs

    return named


def _called(operation: Any, args: Any, kwargs: Any, where: str, own: bool) -> list[Any]:
    """Return the outputs of one call.

    Raises:
        FormatError: a layer or op of lamina's own does not take the arguments.
    """
    try:
        return tree.flatten(operation(*args, **kwargs))
    except LoadError:
        raise
    except Exception as error:
        if not own:
            error.add_note(f"in the call at {where}")
            raise
        raise FormatError(f"{where}: {type(error).__name__}: {quoted(str(error))[1:-1]}") from error


def _filled(x: Any, results: dict[tuple[str, int], list[Any]], where: str) -> Any:
    if isinstance(x, Reference):
        outputs = results.get(x[:2])
        if outputs is None or x.index >= len(outputs):
            raise FormatError(
                f"{where}: there is no output {x.index} of call {x.number} of {quoted(x.name)}."
            )
        return outputs[x.index]
    if isinstance(x, list):
        return [_filled(part, results, where) for part in x]
    if isinstance(x, dict) and not isinstance(x, Plan):
        return {name: _filled(part, results, where) for name, part in x.items()}
    return build(x)
