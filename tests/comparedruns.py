"""A run folder as ``crackwise train`` leaves it, of a small untrained network; needs torch."""

import json
from pathlib import Path

import torch

from crackwise.nets.build import build_net
from crackwise.recipe import dump_recipe, parse_recipe

SMALL = """
name = "small"
[data]
sources = [{ name = "walls" }]
[model]
net = "plain_unet"
levels = 2
first_filters = 4
[train]
"""


def write_run(run: Path, *, seed: int = 0, steps: int = 4, bias: float = 0.0, recipe: str = SMALL) -> Path:
    """Write a finished run.

    Parameters
    ----------
    run
        Folder to make.
    seed
        Of the weights.
    steps
        Trained; the best were half of them.
    bias
        Added to the logits: how freely the network marks.
    recipe
        TOML text.
    """
    parsed = parse_recipe(recipe, "the test")
    torch.manual_seed(seed)
    net = build_net(parsed.model)
    *_, last = (value for key, value in net.state_dict().items() if key.endswith("bias"))
    last += bias
    state = {f"net.{key}": value for key, value in net.state_dict().items()}
    (run / "log-1").mkdir(parents=True)
    torch.save({"state_dict": state, "global_step": steps // 2}, run / "best.ckpt")
    (run / "recipe.toml").write_text(dump_recipe(parsed), encoding="utf-8")
    rows = (f"{n},{n * steps // 4 - 1},,{round(0.1 * n, 1)},{1 / n}" for n in (1, 2, 3, 4))
    log = ["epoch,step,loss,iou,val_loss", *rows]
    (run / "log-1" / "metrics.csv").write_text("\n".join(log) + "\n", encoding="utf-8")
    result = {
        "schema_version": 1,
        "name": parsed.name,
        "steps": steps,
        "best_step": steps // 2,
        "parameters": sum(one.numel() for one in net.parameters()),
        "threshold": 0.5,
    }
    (run / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return run
