"""Make the sample reports of this folder: run it at the top of the checkout, ``python reports/make_samples.py``."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

import curiebreak
from curiebreak.report.png import png_bytes
from curiebreak.report.writing import write_report

PAIRS = {
    "lamno3": ("structures/lamno3_cubic.cif", "structures/lamno3_pnma.cif"),
    "ymno3": ("structures/ymno3_p63mmc.cif", "structures/ymno3_p63cm.cif"),
    "square": ("structures/square.xyz", "structures/rectangle.xyz"),
}


def main() -> None:
    """One PNG (in 256 colours, to stay small) and one PDF per pair."""
    folder = Path(__file__).parent
    for name, (parent, child) in PAIRS.items():
        finding = curiebreak.find(parent, child, signals=name == "square")
        write_report(finding, folder / f"{name}.pdf")
        picture = Image.open(io.BytesIO(png_bytes(finding))).convert("RGB")
        picture.quantize(256, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True, dpi=(200, 200))


if __name__ == "__main__":
    main()
