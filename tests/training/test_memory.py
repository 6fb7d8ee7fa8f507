"""Memory that a step frees stays with the process."""

import platform
import subprocess
import sys

import pytest

MIB = 2**20
FREES_256_MIB = """
import resource
from pathlib import Path
from crackwise.training.memory import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

if {keeps}:
    assert keep_freed_memory()
before = resident()
buffer = bytearray(b"x") * (256 << 20)
del buffer
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
@pytest.mark.parametrize(("keeps", "low", "high"), [(True, 255, 300), (False, 0, 16)])
def test_freed_memory_stays_only_where_it_was_asked_for(keeps, low, high):
    script = FREES_256_MIB.format(keeps=keeps)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert low * MIB <= int(done.stdout) <= high * MIB
