"""`python -m stylize_engine`."""

import sys

from stylize_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
