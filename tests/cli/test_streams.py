"""What is printed arrives also where the code page of a log lacks a letter."""

import subprocess
import sys


def test_a_letter_that_standard_output_does_not_have_ends_no_command():
    script = "import sys, crackwise.cli.app as cli\ncli.app = lambda: print('2.4 px (2.2–2.6)')\ncli.main()"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONIOENCODING": "latin-1"}, capture_output=True, check=True
    )
    assert done.stdout.decode("latin-1").strip() == "2.4 px (2.2?2.6)"
