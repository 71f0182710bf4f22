#!/usr/bin/env python3
"""Draws docs/quality/ideas.svg from docs/quality/ideas.tsv: for each idea a dot and its 95 % interval a collection.

usage: quality_plot.py
"""
import csv
import pathlib
from xml.sax.saxutils import escape

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs" / "quality"
COLORS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#a463f2"]
LEFT, TOP, WIDTH, ROW, DOT = 250, 46, 430, 44, 6
LEAST, MOST = -1.0, 2.2


def x(gain):
    return LEFT + (min(max(gain, LEAST), MOST) - LEAST) / (MOST - LEAST) * WIDTH


def main():
    with open(FOLDER / "ideas.tsv", encoding="utf-8") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    ideas = list(dict.fromkeys((row["what"], row["idea"]) for row in rows))
    collections = list(dict.fromkeys(row["collection"] for row in rows))
    height = TOP + ROW * len(ideas) + 30
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="#fff"/>']
    for i, name in enumerate(collections):
        at = 20 + i * 112
        svg.append(f'<circle cx="{at}" cy="16" r="4" fill="{COLORS[i]}"/><text x="{at + 8}" y="20">{escape(name)}</text>')
    for tick in range(-1, 3):
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
    svg.append(f'<text x="{x(1.5):.1f}" y="{height - 10}" text-anchor="middle" fill="#777">points of nDCG@10</text></svg>')
    (FOLDER / "ideas.svg").write_text("\n".join(svg) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
