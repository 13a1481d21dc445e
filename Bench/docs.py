# SPDX-License-Identifier: Apache-2.0
"""Puts a run's report and plots into Docs/Performance.md and Docs/Plots."""

from pathlib import Path

import plots
from places import ROOT
from report import markdown

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def write(result: dict, page: Path = ROOT / "Docs" / "Performance.md") -> None:
    """Between the two markers; at the end of the page, if they are not there."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n## make bench\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    folder = page.parent / "Plots"
    pictures = "\n\n".join(
        f"![{words}](Plots/{file.name})" for file, words in plots.write(result, folder))
    page.write_text(
        f"{before}{BEGIN}\n{markdown(result)}\n{pictures}\n{END}{after}", encoding="utf-8")
