"""Callbacks: objects that are told what happens while a model trains, tests or predicts."""

from lamina.absent import explain as _explain
from lamina.training.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
from lamina.training.callbacks.callback import Callback as Callback
from lamina.training.callbacks.callback_list import CallbackList as CallbackList
from lamina.training.callbacks.csv_logger import CSVLogger as CSVLogger
from lamina.training.callbacks.early_stopping import EarlyStopping as EarlyStopping
from lamina.training.callbacks.event_writer import EventWriter as EventWriter
from lamina.training.callbacks.history import History as History
from lamina.training.callbacks.lambda_callback import LambdaCallback as LambdaCallback
from lamina.training.callbacks.learning_rate_scheduler import (
    LearningRateScheduler as LearningRateScheduler,
)
from lamina.training.callbacks.live_plot import LivePlot as LivePlot
from lamina.training.callbacks.log import Log as Log
from lamina.training.callbacks.mlflow_writer import MLflowWriter as MLflowWriter
from lamina.training.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
from lamina.training.callbacks.orbax_checkpoint import OrbaxCheckpoint as OrbaxCheckpoint
from lamina.training.callbacks.profile import Profile as Profile
from lamina.training.callbacks.progbar_logger import ProgbarLogger as ProgbarLogger
from lamina.training.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau as ReduceLROnPlateau
from lamina.training.callbacks.remote_monitor import RemoteMonitor as RemoteMonitor
from lamina.training.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
from lamina.training.callbacks.tensorboard import TensorBoard as TensorBoard
from lamina.training.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN
from lamina.training.callbacks.wandb_writer import WandbWriter as WandbWriter

_explain(__name__)
