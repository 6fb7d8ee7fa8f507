"""Measure masks with a peer, inside the peer's own environment; `peers.py` runs it, without crackwise.

``python peers_worker.py {crackenpy,skan} FOLDER OUT`` measures each PNG mask of the folder, the first one
once more before, so that compiling at first use is in no time, and writes OUT, figures by name of the mask.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

Figures = dict[str, float]


def crackenpy(mask: np.ndarray) -> Figures:
    """All metrics of ``SubSpec.get_metrics()``, for a specimen that fills the photo.

    ``crack_thickness`` is the crack's area by the number of its skeleton's pixels, ``crack_tot_length`` the
    length of the edges of its graph that have more than 20 points.
    """
    from crackest.sub_spec import SubSpec

    labels = np.where(
        mask, 2, 1
    )  # as CrackPy.separate_mask numbers them: 0 back, 1 material, 2 crack, 3 pore
    masks = {
        name: (labels == number).astype(np.uint8) for number, name in enumerate(("back", "mat", "crack"))
    }
    masks |= {"spec": (labels != 0).astype(np.uint8), "pore": np.zeros_like(masks["mat"])}
    specimen = SubSpec(None, masks, labels, {})
    specimen.get_metrics()
    metrics = specimen.cran.metrics
    return {
        "width_px": float(np.ravel(metrics["crack_thickness"])[0]),
        "length_px": float(metrics["crack_tot_length"]),
    }


def skan(mask: np.ndarray) -> Figures:
    """Branch distances of skan, and twice the mean distance transform along its branches."""
    from scipy.ndimage import distance_transform_edt
    from skan import Skeleton, summarize
    from skimage.morphology import skeletonize

    skeleton = skeletonize(mask)
    table = summarize(Skeleton(skeleton * distance_transform_edt(mask)), separator="-")
    length = table["branch-distance"]
    mean = float((table["mean-pixel-value"] * length).sum() / length.sum())
    return {"width_px": 2 * mean, "length_px": float(length.sum())}


PEERS: dict[str, Callable[[np.ndarray], Figures]] = {"crackenpy": crackenpy, "skan": skan}


def main() -> None:
    peer, folder, out = PEERS[sys.argv[1]], Path(sys.argv[2]), Path(sys.argv[3])
    results = {}
    for number, path in enumerate(sorted(folder.glob("*.png"))):
        mask = np.asarray(Image.open(path)) >= 128
        if number == 0:
            peer(mask)
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        figures = peer(mask)
        times = {"wall_s": time.perf_counter() - wall_s, "cpu_s": time.process_time() - cpu_s}
        results[path.stem] = figures | times
    out.write_text(json.dumps(results), encoding="utf-8")


if __name__ == "__main__":
    main()
