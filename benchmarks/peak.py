"""The peak memory of a benchmark's own process."""

from pathlib import Path


def peak_mib() -> float:
    """Read the peak of this program alone (Linux); ``ru_maxrss`` would begin at that of its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return float(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
