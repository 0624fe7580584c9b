"""One side of one case, in a process of its own: `python -m stylize_engine.bench.measure NAME SIDE SETTINGS`."""

import json
import os
import resource
import sys

# As the command line has it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "2000")

import torch

from stylize_engine.bench.cases import CASES, Settings, best_seconds
from stylize_engine.devices import resolve_device, resolve_precision
from stylize_engine.errors import StylizeError
from stylize_engine.evaluation import score

PRODUCT_EDGE = 2048


def main(name: str, side: str, settings: Settings) -> dict:
    """Measure and give what is printed as JSON."""
    device = resolve_device(settings.device)
    torch.manual_seed(0)
    measured = getattr(CASES[name], side)(settings)
    seconds = best_seconds(measured.action, measured.repeats or settings.repeats, device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device) / 2**20
    result = {"seconds": round(seconds * measured.units, 4), "peak_mb": round(peak)}
    if (picture := measured.picture()) is not None:
        found = score(*settings.pictures(512, 384), picture)
        result["score"] = {"style": round(found.style, 4), "content": round(found.content, 4), "judge": found.judge}
    elif side == "ours" and name != "apply-8k":
        # Only now: it loads a compiler of 70 MB, which is no part of what was measured.
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            (measured.counted or measured.action)()
        limit = products_per_second(device, resolve_precision("auto", device))
        result["limit_share"] = round(counter.get_total_flops() / seconds / limit, 3)
    measured.finish()
    return result


def products_per_second(device: torch.device, dtype: torch.dtype) -> float:
    """Floating point operations a second of a large matrix product, the machine's limit in practice."""
    square = torch.ones(PRODUCT_EDGE, PRODUCT_EDGE, device=device, dtype=dtype)
    return 2 * PRODUCT_EDGE**3 / best_seconds(lambda: square @ square, 4, device)


if __name__ == "__main__":
    try:
        print(json.dumps(main(sys.argv[1], sys.argv[2], Settings(**json.loads(sys.argv[3])))))
    except StylizeError as error:
        sys.exit(str(error))
