#!/usr/bin/env python3
"""Tries ideas on releases without touching the engine: adds a score to the lists of a release, and measures what that changes.

usage: try_ideas.py judged RELEASE ITEMS JUDGMENTS           query expansion, links, authors by nDCG@10
       try_ideas.py judged RELEASE ITEMS JUDGMENTS TRAIN     of a release with events: links, authors, factors of the events
       try_ideas.py clicks RELEASE ITEMS TRAIN HELD [--ordered]     the same by hit@10 of a hidden item

RELEASE is a .cantor file built with `--k 300` (the lists are reranked, nothing else is looked at), ITEMS its JSON Lines (.gz),
JUDGMENTS query, item, grade (.gz), TRAIN the events that it was built with and HELD others, both tab-separated unit, item, time.
Prints a line an idea: what it changes, in points (hundredths) of nDCG@10 or hit@10, and the half width of the 95 % interval of
a paired bootstrap. Needs python3-numpy and python3-scipy; chance is seeded.
"""
import collections
import gzip
import json
import re
import sys

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg

from read_release import read

JUDGED, DEPTH, FEW_SESSIONS = 1_500, 200, 10


class Lists:
    """A release's lists: of each item the others and their strengths, on the scale where a text score counts 1."""

    def __init__(self, path):
        self.sections, self.meta = read(path)
        text, ends = self.sections["ids"][0], self.of("ids.ends", "<i8")
        starts = np.concatenate([[0], ends[:-1]])
        self.ids = [bytes(text[a:b]).decode() for a, b in zip(starts, ends)]
        self.row = {name: row for row, name in enumerate(self.ids)}
        hits = np.frombuffer(self.sections["neighbors"][0], dtype=[("item", "<i4"), ("score", "<f4"), ("strength", "<f4")])
        ends = self.of("neighbors.ends", "<i8")
        highest = {"text": 1 + .6 + .3 * float(self.of("text.coverage", "<f4").sum()) + .15, "tags": 1 + 2 * .25 + .12}
        scale = sum(signal["weight"] * highest.get(signal["name"], 1) for signal in self.meta["signals"])
        self.lists = [(hits["item"][a:b], hits["strength"][a:b].astype(float) * scale) for a, b in zip(np.concatenate([[0], ends[:-1]]), ends)]

    def of(self, name, kind):
        return np.frombuffer(self.sections[name][0], dtype=kind)

    def __len__(self):
        return len(self.ids)

    def terms(self):
        """The rows of `text`, items by terms: √(3·title + body) · weight under the soft norm, as the engine has them."""
        ends, features, weights = self.of("text.terms.ends", "<i8"), self.of("text.terms.features", "<i4"), self.of("text.terms.weights", "<f4")
        counts = np.sqrt(3.0 * self.of("text.terms.title", "u1") + self.of("text.terms.body", "u1"))
        rows = sparse.csr_matrix((counts * weights[features], features, np.concatenate([[0], ends])), shape=(len(self), len(weights)))
        return (sparse.diags(self.of("text.terms.norms", "<f4")) @ rows).tocsr()


def opened(path):
    return gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")


def events(path, row):
    """Unit -> its items, each once, by time."""
    looks = collections.defaultdict(list)
    for line in opened(path):
        unit, item, time = (line.rstrip("\n").split("\t") + [""])[:3]
        if item in row:
            looks[unit].append((time, len(looks[unit]), row[item]))
    return {unit: list(dict.fromkeys(item for _, _, item in sorted(found))) for unit, found in sorted(looks.items())}


# ---- the ideas: each gives added(query, others) -> numbers

def expansion(lists, nearest, terms, weight):
    """Pseudo relevance feedback (Rocchio): the heaviest terms of the closest items' rows become a second query."""
    rows = lists.terms()
    heaviest = np.zeros(rows.shape[1])

    def added(query, others):
        close, strength = lists.lists[query][0][:nearest], lists.lists[query][1][:nearest]
        if len(close) == 0:
            return np.zeros(len(others))
        mean = sparse.csr_matrix(strength / max(strength.sum(), 1e-9)) @ rows[close]
        kept = np.argsort(-mean.data, kind="stable")[:terms]
        heaviest[mean.indices[kept]] = mean.data[kept]
        scores = weight * (rows[others] @ heaviest)
        heaviest[mean.indices[kept]] = 0
        return scores
    return added


def names(lists, items):
    """Which bodies name an item's id as a word of their own: of each item the rows of those that do."""
    found = collections.defaultdict(set)
    for name, item in items.items():
        body = item.get("body", "").lower()
        said = {word.strip(".-+/") for word in re.findall(r"[a-z0-9][a-z0-9+./_-]*", body)}
        said |= {"rfc" + number for number in re.findall(r"\brfc[ -]?0*([1-9][0-9]*)", body)}
        for word in said:
            if word in lists.row and word != name and len(word) > 2:
                found[lists.row[word]].add(lists.row[name])
    return found


def linked(lists, found, weight, most=None):
    """Pairs of which one body names the other's id: all alike where at most `most` bodies name it, or by how rarely it is named."""
    of = collections.defaultdict(dict)
    for named, by in found.items():
        gain = np.log(len(lists) / len(by)) / np.log(len(lists)) if most is None else float(len(by) <= most)
        for other in by:
            of[named][other] = of[other][named] = max(gain, of[named].get(other, 0))
    return lambda query, others: weight * np.array([of[query].get(other, 0) if query in of else 0 for other in others.tolist()], float)


def authors(lists, items, weight):
    """Authors by the formula of tags."""
    of = [sorted(set(items[name].get("authors") or [])) for name in lists.ids]
    counts = collections.Counter(author for some in of for author in some)
    place = {author: at for at, author in enumerate(sorted(counts))}
    size = np.log(len(lists))
    data = [(row, place[author], np.log(len(lists) / counts[author])) for row, some in enumerate(of) for author in some]
    rows = sparse.csr_matrix(([d[2] for d in data], ([d[0] for d in data], [d[1] for d in data])), shape=(len(lists), len(place)))
    norms = np.sqrt(np.asarray(rows.multiply(rows).sum(1)).ravel() + size * size)
    rows = (sparse.diags(1 / norms) @ rows).tocsr()
    return lambda query, others: weight * (rows[others] @ rows[query].T).toarray().ravel()


def als(units, count, size=32, alpha=20, ridge=5, rounds=8):
    """Implicit ALS (Hu, Koren, Volinsky 2008), confidence 1 + alpha; three steps of conjugate gradients a half round."""
    looks = sparse.csr_matrix((np.ones(sum(map(len, units)), np.float32), ([u for u, some in enumerate(units) for _ in some], [i for some in units for i in some])),
                              shape=(len(units), count))
    chance = np.random.default_rng(1)
    users, items = np.zeros((len(units), size), np.float32), chance.normal(0, .01, (count, size)).astype(np.float32)

    def half(x, y, seen):
        gram, of = y.T @ y + ridge * np.eye(size, dtype=np.float32), np.repeat(np.arange(seen.shape[0]), np.diff(seen.indptr))
        met = y[seen.indices]

        def apply(p):
            dots = np.einsum("ij,ij->i", p[of], met)
            return p @ gram + alpha * (sparse.csr_matrix((dots, seen.indices, seen.indptr), seen.shape) @ y)
        r = (1 + alpha) * (seen @ y) - apply(x)
        p, square = r.copy(), (r * r).sum(1)
        for _ in range(3):
            a = apply(p)
            step = square / np.maximum((p * a).sum(1), 1e-20)
            x = x + step[:, None] * p
            r = r - step[:, None] * a
            before, square = square, (r * r).sum(1)
            p = r + (square / np.maximum(before, 1e-20))[:, None] * p
        return x
    for _ in range(rounds):
        users = half(users, items, looks)
        items = half(items, users, looks.T.tocsr())
    return items


def skipgram(units, count, ordered, size=64, shift=1, window=5):
    """What skip-gram with `shift` negative samples factors (Levy & Goldberg 2014): max(0, PMI − ln shift), truncated by SVD to U√s."""
    together = collections.Counter()
    for some in units:
        for a in range(len(some)):
            for b in range(a + 1, min(len(some), a + 1 + window) if ordered else len(some)):
                together[some[a], some[b]] += 1 if ordered else 2 / len(some)
    half = sparse.csr_matrix((list(together.values()), tuple(zip(*together))), shape=(count, count))
    pairs = (half + half.T).tocoo()
    sums = np.asarray(pairs.sum(1)).ravel()
    pmi = np.log(pairs.data * sums.sum() / (sums[pairs.row] * sums[pairs.col])) - np.log(shift)
    rows = sparse.csr_matrix((np.maximum(pmi, 0), (pairs.row, pairs.col)), pairs.shape)
    u, s, _ = scipy.sparse.linalg.svds(rows, k=min(size, count - 2), v0=np.ones(count))
    return u * np.sqrt(s)


def factored(factors, looked, weight, where):
    """Cosines of factors, for all items or, as the engine's company, the more the fewer sessions tell of one."""
    rows = factors / np.maximum(np.linalg.norm(factors, axis=1), 1e-12)[:, None]
    share = weight * (FEW_SESSIONS / (FEW_SESSIONS + looked) if where == "few" else 1) * (looked > 0)
    return lambda query, others: share[query] * np.maximum(rows[others] @ rows[query], 0) * (looked[others] > 0)


# ---- the measures

def ranked(lists, query, added):
    others, strengths = lists.lists[query]
    if added is not None and len(others):
        strengths = strengths + added(query, others)
        order = np.argsort(-strengths, kind="stable")
        others, strengths = others[order], strengths[order]
    return others[:DEPTH], strengths[:DEPTH]


def judged(lists, path):
    grades = collections.defaultdict(dict)
    for line in opened(path):
        query, item, grade = line.rstrip("\n").split("\t")[:3]
        if query in lists.row and item in lists.row:
            grades[lists.row[query]][lists.row[item]] = float(grade)
    queries = sorted(grades)
    queries = sorted(np.random.default_rng(1).permutation(queries)[:JUDGED]) if len(queries) > JUDGED else queries

    def measure(added):
        values = []
        for query in queries:
            gains = [2 ** grades[query].get(other, 0) - 1 for other in ranked(lists, query, added)[0][:10]]
            best = sorted((2 ** grade - 1 for grade in grades[query].values()), reverse=True)[:10]
            values.append(sum(g / np.log2(at + 2) for at, g in enumerate(gains)) / sum(g / np.log2(at + 2) for at, g in enumerate(best)))
        return {"nDCG@10": np.array(values)}
    return measure


def clicks(lists, held, ordered):
    """As `cantor evaluate --holdout events` asks; its chance is another, so a random hidden item is another too."""
    chance, asked = np.random.default_rng(1), []
    for some in held.values():
        if len(some) >= 2:
            hidden = len(some) - 1 if ordered else int(chance.integers(len(some)))
            rest = some[:hidden] + some[hidden + 1:]
            asked.append((rest[-1] if ordered else rest[int(chance.integers(len(rest)))], some[hidden], rest))
    asked = asked[:5_000]

    def measure(added):
        kept, one, together = {}, [], []
        for item, hidden, rest in asked:
            sums = collections.defaultdict(float)
            for other in rest:
                if other not in kept:
                    kept[other] = [found.tolist() for found in ranked(lists, other, added)]
                for hit, strength in zip(*kept[other]):
                    sums[hit] += strength
            seen = set(rest)
            one.append(hidden in [hit for hit in kept[item][0] if hit not in seen][:10])
            mine = sums.get(hidden)
            together.append(mine is not None and sum(strength > mine and hit not in seen for hit, strength in sums.items()) < 10)
        return {"hit@10 one": np.array(one, float), "hit@10 all": np.array(together, float)}
    return measure


def main():
    ordered, arguments = "--ordered" in sys.argv, [argument for argument in sys.argv[1:] if argument != "--ordered"]
    if (arguments[:1], len(arguments)) not in [(["judged"], 4), (["judged"], 5), (["clicks"], 5)]:
        sys.exit(__doc__)
    lists = Lists(arguments[1])
    items = {item["id"]: item for item in map(json.loads, opened(arguments[2]))}
    if arguments[0] == "judged":
        measure, train = judged(lists, arguments[3]), arguments[4] if len(arguments) == 5 else None
    else:
        measure, train = clicks(lists, events(arguments[4], lists.row), ordered), arguments[3]
    base = measure(None)
    print("before", *(f"{name} {values.mean():.4f} of {len(values)}" for name, values in base.items()), sep="\t", flush=True)

    def show(idea, added):
        for name, values in measure(added).items():
            change = values - base[name]
            means = [change[chance.integers(len(change), size=len(change))].mean() for chance in [np.random.default_rng(2)] for _ in range(1_000)]
            low, high = np.percentile(means, [2.5, 97.5])
            print(f"{idea}\t{name}\t{100 * change.mean():+.2f}\t{50 * (high - low):.2f}", flush=True)

    if train is None:
        for nearest, terms, weight in [(5, 30, .1), (5, 30, .3)]:
            show(f"expansion by {terms} terms of {nearest} items at {weight}", expansion(lists, nearest, terms, weight))
    if any(item.get("body") for item in items.values()):
        found = names(lists, items)
        for most, weight in [(10, .15), (100, .15), (len(lists), .15), (None, .15), (None, .3), (None, .6)] if found else []:
            how = "by rarity" if most is None else f"named by at most {most}"
            show(f"links, {how}, at {weight}", linked(lists, found, weight, most))
    if any(item.get("authors") for item in items.values()):
        for weight in (.1, .2):
            show(f"authors at {weight}", authors(lists, items, weight))
    if train is not None:
        units = list(events(train, lists.row).values())
        looked = np.bincount([item for some in units for item in some], minlength=len(lists)).astype(float)
        several = [some[-300:] for some in units if len(some) >= 2]
        for name, factors in [("als", als(units, len(lists))), ("skip-gram", skipgram(several, len(lists), ordered)),
                              ("skip-gram shifted by ln 5", skipgram(several, len(lists), ordered, shift=5))]:
            for where, weight in [("all", .1), ("few", .3)]:
                show(f"{name}, {where}, at {weight}", factored(factors, looked, weight, where))


if __name__ == "__main__":
    main()
