"""How much of what the processor can compute the shipped networks reach: a table of docs/speed.md.

Run it in the root of the repository::

    PYTHONPATH=src python benchmarks/arithmetic.py

What the processor can is the fastest of some products of large matrices in the same run, by PyTorch with all
threads. A network does its multiplications and additions in one tile after the other, as for a large photo.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from crackwise.inspection.model import SHIPPED, CrackModel, load_model
from crackwise.inspection.settings import Precision
from crackwise.inspection.timing import engine_work, noise_tiles
from crackwise.recipe import parse_recipe
from crackwise.training.cost import count_flop, untrained_net
from crackwise.training.precision import fastest_precision

SIDES = (1024, 2048, 3072)
"""Of the matrices."""

TILES = 16


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    best = {name: best_product(dtype, options.rounds) for name, dtype in precisions().items()}
    print(f"| what | GFLOP/s |{''.join(f' of the best in {name} |' for name in best)}")
    print("|---|---|" + "---|" * len(best))
    for name, reached in best.items():
        print(row(f"product of matrices, {name}", reached, best), flush=True)
    for name in SHIPPED:
        for precision in best:
            model = load_model(Path(name), precision)
            reached = of_network(model, options.rounds)
            print(row(f"{name}, OpenVINO, {model.precision}", reached, best), flush=True)
            if model.precision == "int8":
                break


def precisions() -> dict[Precision, torch.dtype]:
    """Give the arithmetics that the processor has instructions for."""
    has_bf16 = fastest_precision() == "bf16-mixed"
    return {"fp32": torch.float32} | ({"bf16": torch.bfloat16} if has_bf16 else {})


def best_product(dtype: torch.dtype, rounds: int) -> float:
    """Give the GFLOP/s of the fastest product of square matrices."""

    def of_side(side: int) -> float:
        one, other = (torch.rand(side, side).to(dtype) for _ in range(2))
        return 2 * side**3 / fastest_s(lambda: one @ other, rounds) / 1e9

    return max(map(of_side, SIDES))


def of_network(model: CrackModel, rounds: int) -> float:
    """Give the GFLOP/s of a model on tiles of its own size."""
    side_px = model.card.tile_px
    flop = count_flop(untrained_net(parse_recipe(model.card.recipe, "the card").model), (side_px, side_px))
    predict = engine_work(model.engine, noise_tiles(TILES, side_px))
    return TILES * flop / fastest_s(predict, rounds) / 1e9


def fastest_s(work: Callable[[], object], rounds: int) -> float:
    """Give the shortest of some times, in seconds, after a first that warms up."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def row(what: str, reached: float, best: Mapping[Precision, float]) -> str:
    """Write a row of the table."""
    return f"| {what} | {reached:.0f} |{''.join(f' {reached / one:.0%} |' for one in best.values())}"


if __name__ == "__main__":
    main()
