"""What a training tells while it runs, and how long it has taken over all its starts."""

import sys
import time
from typing import Any

import lightning as L
from lightning.pytorch.callbacks import Callback, ProgressBar, TQDMProgressBar
from lightning.pytorch.callbacks.progress.tqdm_progress import Tqdm

_TOLD = ("loss", "val_loss", "iou", "dice", "auc", "balanced_accuracy")


class Progress(Callback):
    """A line after every validation; the seconds are kept in the checkpoints."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = time.perf_counter()
        self._first_step = 0

    def state_dict(self) -> dict[str, Any]:
        """Give the seconds up to now."""
        return {"seconds": self.total()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on counting."""
        self.seconds = float(state_dict["seconds"])

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin to count."""
        del pl_module
        self._since = time.perf_counter()
        self._first_step = trainer.global_step

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Tell how far and how good the training is."""
        del pl_module
        done, steps = trainer.global_step, int(trainer.max_steps)
        if not trainer.is_global_zero or done == self._first_step:  # resumed, and nothing done yet
            return
        per_step = (time.perf_counter() - self._since) / (done - self._first_step)
        found = {name: float(value) for name, value in trainer.callback_metrics.items()}
        told = ", ".join(f"{name} {found[name]:.3f}" for name in _TOLD if name in found)
        left = f", about {duration(per_step * (steps - done))} left" if done < steps else ""
        Tqdm.write(f"step {done:,} of {steps:,}: {told}{left}", file=sys.stderr)  # above a bar, if any

    def total(self) -> float:
        """Give the seconds of all starts."""
        return self.seconds + time.perf_counter() - self._since


class StepsBar(ProgressBar):
    """All steps of a training as one bar in a terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.is_shown = True
        self.bar: Tqdm | None = None

    def disable(self) -> None:
        """Show nothing, as in all processes but the first."""
        self.is_shown = False

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin at the step that is reached."""
        del pl_module
        self.bar = Tqdm(
            desc="training",
            total=int(trainer.max_steps),
            initial=trainer.global_step,
            disable=not self.is_shown,
            dynamic_ncols=True,
            smoothing=0,
            file=sys.stderr,
            bar_format=TQDMProgressBar.BAR_FORMAT,
        )

    def on_train_batch_end(self, trainer: L.Trainer, pl_module: L.LightningModule, *_: Any) -> None:
        """Show the step with its loss and the figures of the last validation."""
        assert self.bar is not None
        figures = self.get_metrics(trainer, pl_module)
        figures.pop("v_num", None)
        self.bar.set_postfix(figures, refresh=False)
        self.bar.update(trainer.global_step - self.bar.n)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Say why no step is taken."""
        self._describe("validating")

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Say that steps are taken again."""
        self._describe("training")

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Leave the bar as it is."""
        self._close()

    def on_exception(
        self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException
    ) -> None:
        """Leave the line to what is said next."""
        self._close()

    def _describe(self, doing: str) -> None:
        if self.bar is not None:
            self.bar.set_description(doing)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
