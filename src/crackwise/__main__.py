"""``python -m crackwise`` is the command ``crackwise``."""

from crackwise.cli.app import main

if __name__ == "__main__":
    main()
