"""`MLflowWriter`: logs for MLflow."""

import time
from collections.abc import Mapping
from typing import Any

from lamina.core import optional


class MLflowWriter:
    """Writes logs into a run of MLflow: `callbacks.Log(callbacks.MLflowWriter("sqlite:///runs.db"))`.

    Args:
        tracking_uri: the store: `"sqlite:///runs.db"`, a server's address; by default MLflow's own.
        experiment: its name; it is made if it is not there.
        run_name: a name for the run.
        run_id: a run that is there already, which goes on.

    Raises:
        ImportError: MLflow is not installed; `mlflow-skinny` comes with the extra `mlflow`.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        experiment: str = "lamina",
        run_name: str | None = None,
        run_id: str | None = None,
    ):
        self._mlflow = optional.load("mlflow", "mlflow", "MLflowWriter")
        self.client = self._mlflow.MlflowClient(tracking_uri=tracking_uri)
        self.experiment, self.run_name, self.run_id = experiment, run_name, run_id

    def _run(self) -> str:
        """The run's id; the run is begun, if it is not there yet."""
        if self.run_id is None:
            experiment = self.client.get_experiment_by_name(self.experiment)
            place = (
                self.client.create_experiment(self.experiment)
                if experiment is None
                else experiment.experiment_id
            )
            self.run_id = self.client.create_run(place, run_name=self.run_name).info.run_id
        return self.run_id

    def params(self, values: Mapping[str, Any]) -> None:
        """Log parameters of the run; those that it has already stay as they are."""
        entities = self._mlflow.entities
        there = self.client.get_run(self._run()).data.params
        new = [entities.Param(n, str(v)) for n, v in values.items() if n not in there]
        self.client.log_batch(self._run(), params=new)

    def scalars(self, step: int, values: Mapping[str, Any]) -> None:
        """Log numbers by name."""
        now, entity = int(time.time() * 1000), self._mlflow.entities.Metric
        metrics = [entity(name, float(value), now, step) for name, value in values.items()]
        self.client.log_batch(self._run(), metrics=metrics)

    def close(self) -> None:
        """Say that the run has finished; further logs begin another one."""
        if self.run_id is not None:
            self.client.set_terminated(self.run_id)
            self.run_id = None
