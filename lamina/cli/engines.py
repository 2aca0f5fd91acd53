"""`lamina engines`: what there is to compute with."""

import importlib.metadata
import importlib.util

from rich import box
from rich.console import Console
from rich.table import Table

from lamina.engine import current


def show_engines() -> None:
    """Print a table: engine, installed version, whether it trains, where it computes."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("engine", "installed", "trains", "device"):
        table.add_column(title)
    chosen = current.default_name()
    names = dict.fromkeys([*current.BUILT_IN, *current.available()])
    for name in names:
        table.add_row(f"{name} (default)" if name == chosen else name, *_facts(name))
    Console(highlight=False, markup=False).print(table)


def _facts(name: str) -> tuple[str, str, str]:
    package, extra = current.BUILT_IN.get(name, (None, None))
    if package is not None and importlib.util.find_spec(f"lamina.engine.{name}") is None:
        return "not in this version", "", ""
    if package is not None and importlib.util.find_spec(package) is None:
        wanted = f"'lamina[{extra}]'" if extra else package
        return f"no: pip install {wanted}", "", ""
    version = _version(package) if package else "yes"
    try:
        engine = current.load(name)
        device = getattr(engine.full((), 0.0, "float32"), "device", "")  # MLX's arrays have none
    except Exception as error:  # one broken installation must not hide the others
        return version, f"broken: {error}"[:60], ""
    trains = "yes" if "differentiates" in engine.capabilities else "no"
    return version, trains, str(getattr(device, "platform", device)).rpartition("device:")[2]


def _version(package: str) -> str:
    """Of what is installed under that name: TensorFlow's package comes from several distributions."""
    names = importlib.metadata.packages_distributions().get(package, [package])
    return importlib.metadata.version(names[0])
