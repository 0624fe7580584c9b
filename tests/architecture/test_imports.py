"""Imports run one way: in the engine by `ENGINE_LEVELS`, in the gallery as the tests here say.

They read the source, so nothing has to be importable.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE_LEVELS = [
    {"errors", "progress", "layers", "config", "shares", "topologies"},
    {"devices", "decoding", "images", "color", "grain", "margins", "charts", "timelapse", "checkpoints", "outputs"}
    | {"convolutions", "adam", "workload", "heif_tiles"},
    {"extractors", "chain", "losses", "stages", "transformer_net", "datasets", "weights", "networks", "published"},
    {"gatys", "training", "inference", "inheritance", "iterates", "slim", "agreement", "evaluation", "distillation"},
    {"experiments", "classification", "activations"},
    {"cli", "bench", "__main__"},
]
STANDARD_LIBRARY_ONLY = ["__init__", "config", "errors", "progress", "layers", "outputs"]


def modules(package: str):
    return sorted(path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def imported_names(path: Path, *, at_run_time: bool = True):
    """The dotted names a module imports; imports under TYPE_CHECKING are left out."""
    names = set()
    tree = ast.parse(path.read_text())
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if at_run_time and id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imports_package(path: Path, *packages: str) -> set[str]:
    names = imported_names(path)
    return {name for name in names for package in packages if f"{name}.".startswith(f"{package}.")}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("package", ["gallery", "stylize_engine", "tests"])
def test_imports_are_absolute_so_that_these_tests_see_them_all(package):
    found = {
        relative(path)
        for path in modules(package)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert found == set()


def test_only_the_queue_imports_django_q():
    assert [relative(path) for path in modules("gallery") if imports_package(path, "django_q")] == ["gallery/queue.py"]


def test_only_the_worker_side_imports_torch_and_the_computing_parts_of_the_engine():
    light = {"stylize_engine", *(f"stylize_engine.{name}" for name in (*STANDARD_LIBRARY_ONLY, "decoding"))}
    heavy = {
        relative(path)
        for path in modules("gallery")
        for name in imports_package(path, "torch", "torchvision", "stylize_engine")
        if not any(name == allowed or name.startswith(allowed + ".") for allowed in light - {"stylize_engine"})
        and name not in ("stylize_engine", "stylize_engine.__version__")
    }
    worker_side = (
        "gallery/rendering/",
        "gallery/worker_process.py",
        "gallery/examples/render",
        "gallery/examples/samples.py",
    )
    assert [path for path in heavy if not path.startswith(worker_side)] == []


def test_a_web_process_never_loads_torch():
    code = (
        "import django, sys; django.setup(); import gallery.urls, gallery.wsgi, gallery.admin;"
        "sys.exit('torch' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"}
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, timeout=120).returncode == 0


def test_the_engine_knows_no_django():
    assert not [relative(path) for path in modules("stylize_engine") if imports_package(path, "django", "gallery")]


def test_the_engines_configuration_needs_the_standard_library_only():
    for path in modules("stylize_engine"):
        if path.relative_to(ROOT / "stylize_engine").with_suffix("").parts[0] in STANDARD_LIBRARY_ONLY:
            foreign = {name.partition(".")[0] for name in imported_names(path)} - set(sys.stdlib_module_names)
            assert foreign <= {"stylize_engine"}, relative(path)


def test_the_engines_modules_import_downwards_only():
    level = {name: index for index, names in enumerate(ENGINE_LEVELS) for name in names}
    for path in modules("stylize_engine"):
        own = path.relative_to(ROOT / "stylize_engine").with_suffix("").parts[0]
        if own == "__init__":
            continue
        assert own in level, f"{own} has no place in ENGINE_LEVELS"
        for name in imports_package(path, "stylize_engine"):
            other = [*name.split("."), ""][1]
            assert level.get(other, 0) <= level[own], f"{own} imports {other}"


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("gallery/models", ["gallery.services", "gallery.web", "gallery.admin", "gallery.queue", "gallery.rendering"]),
        ("gallery/services", ["gallery.web", "gallery.admin", "gallery.rendering", "gallery.tasks"]),
        ("gallery/web", ["gallery.admin", "gallery.queue", "gallery.rendering", "gallery.tasks", "gallery.management"]),
        (
            "gallery/api",
            ["gallery.admin", "gallery.queue", "gallery.rendering", "gallery.tasks", "gallery.management"],
        ),
        ("gallery/admin", ["gallery.web", "gallery.queue", "gallery.rendering", "gallery.tasks"]),
        ("gallery/examples", ["gallery.services", "gallery.models", "gallery.web", "django"]),
    ],
)
def test_the_gallerys_layers_import_downwards_only(package, forbidden):
    for path in modules(package):
        assert not imports_package(path, *forbidden), relative(path)


def test_the_environment_is_read_in_the_settings_only():
    readers = [
        relative(path)
        for path in [*modules("gallery"), *modules("stylize_engine")]
        if "os.getenv" in path.read_text() or "environ[" in path.read_text() or "environ.get" in path.read_text()
    ]
    # By the environment alone torchrun tells each of its processes which one it is.
    assert readers == ["stylize_engine/cli/terminal.py"]


@pytest.mark.parametrize("package", ["gallery", "stylize_engine", "tests"])
def test_files_stay_short_enough_to_be_read(package):
    long = {relative(path): count for path in modules(package) if (count := len(path.read_text().splitlines())) > 250}
    assert long == {}


def test_no_module_has_a_name_that_says_nothing():
    names = {path.stem for package in ("gallery", "stylize_engine", "tests") for path in modules(package)}
    assert not names & {"utils", "util", "helpers", "common", "misc"}
