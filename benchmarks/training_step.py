"""Time a step of trainings in bf16 and fp32, with memory kept and given back: the table of docs/training.md.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/training_step.py unige-unet crackwise-base

A step is forward, loss, backward and AdamW on random crops; cutting crops is not in it. Each case is a
process
of its own, since memory that is kept cannot be given back again; the cases of a recipe take turns.
"""

import argparse
import subprocess
import sys
import time
from statistics import median

CASES = {
    "bf16": ("bf16", "keep", "depthwise"),
    "fp32": ("fp32", "keep", ""),
    "bf16, memory given back": ("bf16", "give-back", "depthwise"),
    "bf16 throughout": ("bf16", "keep", ""),
}
"""As trainings are; else; without what `crackwise.training.memory` and `crackwise.nets.depthwise` do."""

BATCH, CROP_PX = 8, 256
STEPS = 6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="+", help="names or files")
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE changes the recipes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(*seconds_and_peak(options.recipes[0], options.set, *options.case))
        return
    print(f"| recipe | {' | '.join(f'{case}: s a step, peak MiB' for case in CASES)} |")
    print("|---|" + "---|" * len(CASES), flush=True)
    for recipe in options.recipes:
        found = [
            [_in_a_process(recipe, options.set, case) for case in CASES.values()]
            for _ in range(options.rounds)
        ]
        cells = [
            f"{median(second for second, _ in each):.2f}, {max(mib for _, mib in each):,.0f}"
            for each in zip(*found)
        ]
        print(f"| {recipe} | {' | '.join(cells)} |", flush=True)


def seconds_and_peak(
    recipe: str, changes: list[str], arithmetic: str, memory: str, in_float32: str
) -> tuple[float, float]:
    """Give the median seconds of a step, after two that warm up, and the peak memory in MiB."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as loss

    from crackwise.nets.depthwise import keep_in_float32
    from crackwise.recipe import load_recipe
    from crackwise.training.cost import untrained_net
    from crackwise.training.memory import keep_freed_memory
    from peak import peak_mib

    if memory == "keep":
        keep_freed_memory()
    net = untrained_net(load_recipe(recipe, tuple(changes)).model)
    if in_float32:
        keep_in_float32(net)
    net = net.train().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-4)
    photos = torch.randint(0, 256, (BATCH, 3, CROP_PX, CROP_PX)).float()
    photos = photos.contiguous(memory_format=torch.channels_last)
    times = []
    for _ in range(2 + STEPS):
        start = time.perf_counter()
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=arithmetic == "bf16"):
            logits = net.outputs(photos).logits
        loss(logits.float(), torch.zeros_like(logits, dtype=torch.float32)).backward()
        optimiser.step()
        times.append(time.perf_counter() - start)
    return median(times[2:]), peak_mib()


def _in_a_process(recipe: str, changes: list[str], case: tuple[str, str, str]) -> tuple[float, float]:
    command = [sys.executable, __file__, recipe, *(f"--set={change}" for change in changes), "--case", *case]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    second, mib = done.stdout.split()
    return float(second), float(mib)


if __name__ == "__main__":
    main()
