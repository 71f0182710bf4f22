#!/usr/bin/env python3
"""Score a table of related items against graded judgments: a second opinion on `cantor evaluate`, which must agree
to the fourth decimal.

usage: score.py NEIGHBORS JUDGMENTS
NEIGHBORS: query<TAB>item<TAB>rank[<TAB>score], as `cantor export --format tsv` writes it; rows in any order
JUDGMENTS: query<TAB>item<TAB>grade; gain 2^grade - 1; the greatest grade of a pair counts
Queries without a grade of 1 or above are skipped; a query without neighbors scores 0.
"answered" is the share of judged queries with at least ten neighbors; "coverage" counts the items in all top-10 lists.
"""
import math
import sys
from collections import defaultdict


def rows(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) >= 3:
                yield columns


def dcg(grades):
    return sum((2 ** grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades[:10]))


def main(neighbors_path, judgments_path):
    ranked = defaultdict(list)
    for query, item, rank, *_ in rows(neighbors_path):
        ranked[query].append((int(rank), item))
    lists = {query: [item for _, item in sorted(pairs)] for query, pairs in ranked.items()}

    judged = defaultdict(dict)
    for query, item, grade, *_ in rows(judgments_path):
        judged[query][item] = max(float(grade), judged[query].get(item, 0))

    totals, queries = defaultdict(float), 0
    for query, grades in judged.items():
        good = {item for item, grade in grades.items() if grade >= 1}
        if not good:
            continue
        queries += 1
        items = lists.get(query, [])
        totals["nDCG@10"] += dcg([grades.get(item, 0) for item in items]) / dcg(sorted(grades.values(), reverse=True))
        totals["P@5"] += sum(item in good for item in items[:5]) / 5
        totals["R@20"] += sum(item in good for item in items[:20]) / min(20, len(good))
        totals["MRR@10"] += next((1 / place for place, item in enumerate(items[:10], 1) if item in good), 0)
        totals["answered"] += len(items) >= 10
    shown = {item for items in lists.values() for item in items[:10]}
    if not queries:
        sys.exit("no query has an item of grade 1 or above")
    means = "  ".join(f"{name} {totals[name] / queries:.4f}" for name in ("nDCG@10", "P@5", "R@20", "MRR@10", "answered"))
    print(f"queries {queries}  {means}  coverage {len(shown)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
