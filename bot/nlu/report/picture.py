"""The confusion of intents as a picture: rows are what was meant, columns what was understood."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import confusion_matrix

INCHES_AN_INTENT = 0.22
LEAST_INCHES = 4.0
DOTS_AN_INCH = 110


def draw(wanted: Sequence[str], found: Sequence[str], file: Path) -> None:
    """Write a PNG. Shades are shares of a row; every number of misunderstood texts is written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = sorted({*wanted, *found})
    counts = confusion_matrix(wanted, found, labels=names)
    size = max(LEAST_INCHES, INCHES_AN_INTENT * len(names) + 2)
    figure = Figure(figsize=(size, size), layout="constrained")
    FigureCanvasAgg(figure)  # draws without a screen
    axes = figure.subplots()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    for row, column in np.argwhere(counts):
        if row != column:
            style = {"ha": "center", "va": "center", "fontsize": 5, "color": "crimson"}
            axes.text(column, row, str(counts[row, column]), **style)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=DOTS_AN_INCH)
