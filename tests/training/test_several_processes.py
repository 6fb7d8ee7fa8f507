"""Two processes under torchrun train what one trains: fp32, no norm, each batch shared equally."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='needs the extra "train"')
pytest.importorskip("lightning", reason='needs the extra "train"')

from crackwise.data.draw import write_drawn  # noqa: E402
from crackwise.training.curves import read_curves  # noqa: E402
from crackwise.training.folder import Folders  # noqa: E402
from crackwise.training.run import train  # noqa: E402
from crackwise.training.segmentation import share_of_batches  # noqa: E402
from tinytraining import TEXT, tiny  # noqa: E402


def test_the_shares_of_all_processes_are_the_batches_of_one():
    shares = [share_of_batches(12, 6, rank, 3) for rank in range(3)]
    assert shares == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]


def test_two_processes_equal_one(tmp_path):
    write_drawn(tmp_path / "walls", 10, "64x64", 3)
    (tmp_path / "tiny.toml").write_text(TEXT, encoding="utf-8")
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone")
    command = (*torchrun, "-m", "crackwise", "train", tmp_path / "tiny.toml", "--data", tmp_path)
    done = subprocess.run(
        [*map(str, command), "--out", str(tmp_path / "two")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    train(tiny(), Folders(tmp_path, tmp_path / "one"))
    one, two = (
        torch.load(tmp_path / name / "last.ckpt", weights_only=True)["state_dict"] for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    for key, value in one.items():
        torch.testing.assert_close(two[key], value, rtol=1e-5, atol=1e-6, msg=key)
    names = ["iou", "val_loss", "accuracy"]
    for curve, other in zip(*(read_curves(tmp_path / name, names).values() for name in ("one", "two"))):
        np.testing.assert_allclose(curve, other, atol=1e-5)
    assert (tmp_path / "two" / "result.json").is_file()
