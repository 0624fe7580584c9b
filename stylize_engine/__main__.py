"""`python -m stylize_engine`."""

import os
import sys

# Threads that spin while they wait make torch many times slower as soon as another program needs the processor. A few
# microseconds of it cost little there and spare small pictures a third of their time, since waking threads is dear.
# It has to be said before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

from stylize_engine.cli import main

if __name__ == "__main__":
    # The name of a file need not be text; standard error is like that by itself.
    if sys.stdout is not None:  # it may have been closed
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
