"""`python -m stylize_engine`."""

import os
import sys

# Threads that spin while they wait make torch many times slower as soon as another program needs the processor.
# It has to be said before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from stylize_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
