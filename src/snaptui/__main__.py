"""`python -m snaptui`."""

import sys

from snaptui.cli import main

if __name__ == "__main__":
    sys.exit(main())
