#!/usr/bin/env python3
"""Draws docs/quality/ideas.svg and clicks.svg of the .tsv beside each: for each idea a dot and its 95 % interval a collection.

usage: quality_plot.py
"""
import csv
import math
import pathlib
from xml.sax.saxutils import escape

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs" / "quality"
COLORS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#a463f2"]
LEFT, TOP, WIDTH, ROW, DOT = 250, 46, 430, 44, 6


def draw(name, measure, least, most):
    """Gains beyond `least` and `most` stand at the edge."""
    def x(gain):
        return LEFT + (min(max(gain, least), most) - least) / (most - least) * WIDTH

    with open(FOLDER / f"{name}.tsv", encoding="utf-8") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    ideas = list(dict.fromkeys((row["what"], row["idea"]) for row in rows))
    collections = list(dict.fromkeys(row["collection"] for row in rows))
    height = TOP + ROW * len(ideas) + 30
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="#fff"/>']
    for i, collection in enumerate(collections):
        at = 20 + i * 112
        svg.append(f'<circle cx="{at}" cy="16" r="4" fill="{COLORS[i]}"/><text x="{at + 8}" y="20">{escape(collection)}</text>')
    for tick in range(math.ceil(least), math.floor(most) + 1):
        svg.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 8}" y2="{height - 26}" stroke="{"#444" if tick == 0 else "#ddd"}"/>')
        svg.append(f'<text x="{x(tick):.1f}" y="{height - 10}" text-anchor="middle">{tick:+d}</text>')
    for i, (what, idea) in enumerate(ideas):
        top = TOP + i * ROW
        if i % 2 == 0:
            svg.append(f'<rect x="0" y="{top - 4}" width="{LEFT + WIDTH + 20}" height="{ROW}" fill="#000" fill-opacity=".03"/>')
        svg.append(f'<text x="10" y="{top + 17}"{" font-weight=" + chr(34) + "bold" + chr(34) if what == "kept" else ""}>{escape(idea)}</text>'
                   f'<text x="10" y="{top + 31}" fill="#777" font-size="10">{what}</text>')
        for row in rows:
            if (row["what"], row["idea"]) != (what, idea):
                continue
            gain, half, place = float(row["gain"]), float(row["half"]), collections.index(row["collection"])
            y = top + 3 + place * DOT
            svg.append(f'<line x1="{x(gain - half):.1f}" x2="{x(gain + half):.1f}" y1="{y}" y2="{y}" stroke="{COLORS[place]}"/>'
                       f'<circle cx="{x(gain):.1f}" cy="{y}" r="2.5" fill="{COLORS[place]}"/>')
    svg.append(f'<text x="10" y="{height - 10}" fill="#777">points of {measure}</text></svg>')
    (FOLDER / f"{name}.svg").write_text("\n".join(svg) + "\n", encoding="utf-8")


if __name__ == "__main__":
    draw("ideas", "nDCG@10", -1, 2.8)
    draw("clicks", "hit@10", -3.5, 1.5)
