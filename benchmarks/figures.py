"""What it costs to verify, diagnose and illustrate a figure, and what the oracle's cache saves.

    python benchmarks/figures.py            # writes benchmarks/results/figure_speed.md
    python benchmarks/figures.py --quick    # fewer repetitions, prints only

Kernels and feature maps are those of the checkpoint of `investigating-cnns` for its 1,000 images, the decoys
those of the oracle; figures are records, as the judge gets them. Every part runs in a process of its own that
holds the arrays and no TensorFlow, so that its memory is the figure code's. Times are the processor's, of one
thread, so that a busy machine gives the same numbers as an idle one: median (minimum – maximum).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.evidence import Axes, Figure, Image
from autograder.figures import illustrate
from autograder.figures.diagnosis import explain
from autograder.figures.panels import PanelSet
from autograder.figures.verify import verify

RESULTS = Path(__file__).resolve().parent / "results" / "figure_speed.md"
LAYERS = 5
ASKED = 16
SHOWN = 17

Samples = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", choices=PARTS, help="for the processes that this script starts")
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    repeats = 3 if given.quick else 15
    if given.part:
        print(json.dumps(PARTS[given.part](given.data, repeats)))
        return
    text = report(repeats, given.quick)
    print(text)
    if not given.quick:
        RESULTS.write_text(text, encoding="utf-8")


def report(repeats: int, quick: bool) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        oracle = measured_oracle(folder)
        found = {part: in_a_process(part, folder, quick) for part in PARTS}
    kernels, maps, wide, drawn, saved = (
        found[part] for part in ("kernels", "maps", "wide", "pictures", "saved")
    )
    rows = [
        ("32 kernels against 200 candidates", "< 50 ms", spread(kernels["ms"])),
        ("… of another network, named", "< 50 ms", spread(kernels["wrong ms"])),
        ("… of nothing that is known", "< 50 ms", spread(kernels["unknown ms"])),
        (
            "32 maps against what the oracle proposes (1 layer × 1,000 images, other layers)",
            "< 1 s",
            spread(maps["ms"]),
        ),
        ("… of another image, named", "< 1 s", spread(maps["wrong ms"])),
        ("… the first figure of a run", "< 1 s", spread(maps["first ms"])),
        (f"32 maps against {LAYERS} layers × 1,000 images", "< 1 s", spread(wide["ms"])),
        ("… of another image, named", "< 1 s", spread(wide["wrong ms"])),
        ("… of nothing that is known", "< 1 s", spread(wide["unknown ms"])),
        ("… the first figure of a run", "< 1 s", spread(wide["first ms"])),
        ("memory of the kernels' verification, beyond imports", "< 300 MB", megabytes(kernels)),
        ("memory with 1 layer × 1,000 images, maps included", "< 300 MB", megabytes(maps)),
        (
            f"memory with {LAYERS} layers × 1,000 images, beyond the maps themselves",
            "< 300 MB",
            megabytes(wide),
        ),
        (f"the maps of {LAYERS} layers × 1,000 images", "", megabytes(wide, "maps MB")),
        ("pictures of 32 panels: submitted, expected, difference", "", spread(drawn["ms"])),
        ("a saved PNG of 32 kernels, read and judged", "< 1.5 s", spread(saved["kernels ms"])),
        ("… of 32 maps", "< 1.5 s", spread(saved["maps ms"])),
        ("… of the maps of another image, named", "< 1.5 s", spread(saved["wrong ms"])),
        ("memory of reading and judging them, beyond imports and maps", "< 300 MB", megabytes(saved)),
        ("oracle of all figures, nothing cached (all threads)", "", spread(oracle["first s"], "s")),
        ("oracle of all figures, in the next run (all threads)", "", spread(oracle["next s"], "s")),
        ("the cache on disk", "", f"{oracle['MB'][0]:.0f} MB"),
    ]
    lines = [
        "# Speed of figure verification",
        "",
        f"Machine: {machine()}. Made by `python benchmarks/figures.py`.",
        "",
        "| what | asked | measured |",
        "|---|---|---|",
        *(f"| {what} | {asked} | {seen} |" for what, asked, seen in rows),
    ]
    return "\n".join(lines) + "\n"


def measured_oracle(folder: Path) -> Samples:
    """Time the oracle without and with its cache, and leave kernels and maps in a folder."""
    from autograder.checks.panels import PanelsCheck
    from autograder.course import find
    from autograder.grading.cache import Cache
    from autograder.grading.oracle import CheckpointOracle
    from reference import datasets

    config = find(None).assignment("investigating-cnns").config
    data = datasets.load(config.data.name)
    asked = [
        check.panels
        for question in config.questions.values()
        for check in question.checks
        if isinstance(check, PanelsCheck)
    ]

    def unused(*_: Any) -> Any:
        raise AssertionError("nothing is submitted")

    unsubmitted: Any = unused

    def everything() -> CheckpointOracle:
        oracle = CheckpointOracle(config, data, unsubmitted, Cache(folder / "cache"))
        for claim in asked:
            oracle.panels(claim)
        return oracle

    CheckpointOracle(config, data, unsubmitted, Cache()).subject().resolve(0)  # TensorFlow's own start.
    first = seconds(everything)
    later = [seconds(everything) for _ in range(3)]
    size = sum(path.stat().st_size for path in (folder / "cache").rglob("*.array")) / 1e6
    subject = everything().subject()
    images = everything().images
    np.save(folder / "kernels.npy", np.moveaxis(subject.weights(0)[0], -1, 0))
    for layer in range(LAYERS):
        np.save(folder / f"maps{layer}.npy", subject.layer_output(layer, images))
    return {"first s": [first], "next s": later, "MB": [size]}


def in_a_process(part: str, folder: Path, quick: bool) -> Samples:
    command = [
        sys.executable,
        __file__,
        "--part",
        part,
        "--data",
        str(folder),
        *(["--quick"] if quick else []),
    ]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=alone)
    found: Samples = json.loads(done.stdout)
    return found


# ---------------------------------------------------------------- the parts


def kernels(folder: Path, repeats: int) -> Samples:
    """32 kernels of 3×3×3 against 200 sets of 32, right, of one of these, and of none."""
    before = memory(anew=True)
    panels = np.load(folder / "kernels.npy")
    random = np.random.default_rng(0)
    reference = PanelSet(panels, "filter", numbered("filter", 32), "the filters")
    decoys = [
        PanelSet(
            random.normal(size=panels.shape).astype(np.float32),
            "filter",
            reference.labels,
            f"network {number}",
            "other_checkpoint",
        )
        for number in range(200)
    ]
    figures = {
        "ms": figure(panels),
        "wrong ms": figure(decoys[77].stack),
        "unknown ms": figure(random.random(panels.shape)),
    }
    judged(figures["ms"], reference, decoys)
    found = {
        what: [milliseconds(one, reference, decoys) for _ in range(repeats)] for what, one in figures.items()
    }
    return {**found, "MB": [memory() - before]}


def maps(folder: Path, repeats: int) -> Samples:
    """32 feature maps against those of 1,000 images, and of the other layers for the same image."""
    before = memory(anew=True)
    own, rest = load(folder, [0])[0], load(folder, range(1, LAYERS), ASKED)
    decoys = [as_set(one, 0, "other_layer") for one in rest]
    decoys += [as_set(own, place, "other_image") for place in range(len(own)) if place != ASKED]
    return {**searched(own, decoys, repeats), "MB": [memory() - before]}


def wide(folder: Path, repeats: int) -> Samples:
    """32 feature maps against those of 1,000 images in every layer."""
    every = load(folder, range(LAYERS))
    before, size = memory(anew=True), sum(one.nbytes for one in every) / 1e6
    decoys = [
        as_set(one, place, "other_image" if layer == 0 else "other_layer")
        for layer, one in enumerate(every)
        for place in range(len(one))
        if (layer, place) != (0, ASKED)
    ]
    return {**searched(every[0], decoys, repeats), "MB": [memory() - before], "maps MB": [size]}


def pictures(folder: Path, repeats: int) -> Samples:
    """The pictures of a wrong figure of 32 panels."""
    panels = np.load(folder / "kernels.npy")
    reference = PanelSet(panels, "filter", numbered("filter", 32), "the filters")
    finding = verify([figure(panels.swapaxes(1, 2))], reference, [])
    assert finding is not None
    illustrate.finding(finding)
    return {"ms": [1000 * seconds(lambda: illustrate.finding(finding)) for _ in range(repeats)]}


def saved(folder: Path, repeats: int) -> Samples:
    """Figures of 32 panels judged by their PNGs alone, as notebooks save them."""
    from autograder.figures.rendered import showing
    from autograder.figures.rendered.reading import Pictures

    kernels, own = np.load(folder / "kernels.npy"), load(folder, [0])[0]
    filters = PanelSet(kernels, "filter", numbered("filter", 32), "the filters")
    asked, other = as_set(own, ASKED, ""), as_set(own, SHOWN, "other_image")
    others = [as_set(own, place, "other_image") for place in range(len(own)) if place != ASKED]
    tasks: dict[str, tuple[Any, PanelSet, list[PanelSet]]] = {
        "kernels ms": ([unit(one) for one in kernels], filters, []),
        "maps ms": (asked.stack, asked, others),
        "wrong ms": (other.stack, asked, others),
    }
    pixels = {what: png(panels) for what, (panels, _, _) in tasks.items()}
    before = memory(anew=True)

    def read(what: str) -> None:
        showing.look(Pictures([pixels[what]]), [tasks[what][1]], tasks[what][2])

    for what in tasks:
        read(what)
    found = {what: [1000 * seconds(lambda one=what: read(one)) for _ in range(repeats)] for what in tasks}
    return {**found, "MB": [memory() - before]}


PARTS: dict[str, Callable[[Path, int], Samples]] = {
    "kernels": kernels,
    "maps": maps,
    "wide": wide,
    "pictures": pictures,
    "saved": saved,
}


def searched(own: Any, decoys: Sequence[PanelSet], repeats: int) -> Samples:
    reference = as_set(own, ASKED, "")
    right, wrong = figure(reference.stack), figure(own[SHOWN])
    unknown = figure(np.random.default_rng(1).random(reference.stack.shape))
    first = milliseconds(right, reference, decoys)
    return {
        "first ms": [first],
        "ms": [milliseconds(right, reference, decoys) for _ in range(repeats)],
        "wrong ms": [milliseconds(wrong, reference, decoys) for _ in range(repeats)],
        "unknown ms": [milliseconds(unknown, reference, decoys) for _ in range(repeats)],
    }


def load(folder: Path, layers: Sequence[int], image: int | None = None) -> list[Any]:
    """Maps by layer, (images, filters, h, w), as the oracle holds them; of all images or of one."""
    found = []
    for layer in layers:
        whole = np.load(folder / f"maps{layer}.npy", mmap_mode=None if image is None else "r")
        found.append(np.moveaxis(whole if image is None else np.array(whole[image : image + 1]), -1, 1))
    return found


def as_set(every: Any, place: int, mistake: str) -> PanelSet:
    labels = numbered("map", every.shape[1])
    return PanelSet(every[place], "feature map", labels, f"image {place}", mistake)


def figure(panels: Any) -> Figure:
    """Panels in rows of eight, each scaled to 0…1 for display."""
    return Figure(
        0,
        tuple(
            Axes((place % 8 / 8, 1 - (place // 8 + 1) / 4, 0.1, 0.2), (Image(unit(panel), "imshow"),))
            for place, panel in enumerate(panels)
        ),
    )


def png(panels: Sequence[Any]) -> Any:
    """Panels in rows of eight, drawn with matplotlib and saved as notebooks do; its pixels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from PIL import Image as Pillow

    drawing, grid = plt.subplots(-(-len(panels) // 8), 8, figsize=(12, 1.6 * -(-len(panels) // 8)))
    for axes, panel in zip(grid.flat, panels, strict=True):
        axes.imshow(panel)
        axes.set_axis_off()
    file = io.BytesIO()
    drawing.savefig(file, bbox_inches="tight", format="png")
    plt.close(drawing)
    return np.array(Pillow.open(file).convert("RGB"))


def unit(panel: Any) -> Any:
    return (panel - panel.min()) / (np.ptp(panel) or 1)


def numbered(noun: str, count: int) -> list[str]:
    return [f"{noun} {index}" for index in range(count)]


def judged(shown: Figure, reference: PanelSet, decoys: Sequence[PanelSet]) -> None:
    finding = verify([shown], reference, decoys)
    if finding is not None and not finding.accepted:
        explain(finding)


def milliseconds(shown: Figure, reference: PanelSet, decoys: Sequence[PanelSet]) -> float:
    return 1000 * seconds(lambda: judged(shown, reference, decoys))


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def memory(*, anew: bool = False) -> float:
    """The largest this process has been since it was asked anew, in MB."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000


def megabytes(samples: Samples, what: str = "MB") -> str:
    return f"{samples[what][0]:.0f} MB"


def spread(numbers: Sequence[float], unit: str = "ms") -> str:
    middle = statistics.median(numbers)
    if len(numbers) == 1:
        return f"{middle:.3g} {unit}"
    return f"{middle:.3g} {unit} ({min(numbers):.3g} – {max(numbers):.3g}, n = {len(numbers)})"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.machine())
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
