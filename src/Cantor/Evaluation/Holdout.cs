using System.IO.Hashing;
using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Evaluation;

/// <summary>
/// Asks behavior instead of judges: some units are kept from the build, and of each of them one item is hidden. How often do the
/// lists of what the unit looked at otherwise hold the hidden one?
/// </summary>
public sealed class Holdout
{
    /// <summary>So many units at most are asked: more change no digit that matters.</summary>
    const int MaxUnits = 5_000;

    readonly Dictionary<string, List<Event>> _heldOut = new(StringComparer.Ordinal);
    readonly double _share;
    readonly ulong _seed;

    /// <param name="share">Which share of the units is kept from the build, more than 0 and at most .5.</param>
    /// <param name="seed">Chooses the units and the hidden items.</param>
    public Holdout(double share, ulong seed)
    {
        if (!(share is > 0 and <= .5)) throw new ArgumentOutOfRangeException(nameof(share), share, "expected more than 0 and at most .5");
        (_share, _seed) = (share, seed);
    }

    /// <summary>Passes on the events of the units that the build may know, and keeps the others. To be read to its end before <see cref="Measure"/>.</summary>
    public async IAsyncEnumerable<Event> TrainAsync(IAsyncEnumerable<Event> events)
    {
        await foreach (var seen in events)
        {
            // The unit's own bytes decide: neither the order of events nor the other units matter.
            var isHeldOut = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(seen.Unit), (long)_seed) % 10_000 < _share * 10_000;
            if (!isHeldOut) yield return seen;
            else if (seen.Type != EventType.Impression)
            {
                if (!_heldOut.TryGetValue(seen.Unit, out var looks)) _heldOut.Add(seen.Unit, looks = []);
                looks.Add(seen);
            }
        }
    }

    /// <summary>Asks the lists.</summary>
    /// <param name="listOf">An item's related items with their scores, best first; null for an item that is not there.</param>
    /// <param name="ordered">
    /// True when the order inside a unit is real: its last item is hidden, and the one before it asked. False: a random one is
    /// hidden and a random other one asked. Where a source stores baskets in catalog order, "the last" would be the catalog's.
    /// </param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="InputFaultException">No unit that was held out has two items that the lists know.</exception>
    public HoldoutReport Measure(Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listOf, bool ordered, CancellationToken cancellationToken)
    {
        var (one, all) = (new List<int>(), new List<int>());
        foreach (var (asked, hidden, others) in Questions(item => listOf(item) is not null, ordered))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var seen = others.ToHashSet();
            one.Add(RankIn(listOf(asked)!.Where(hit => !seen.Contains(hit.Item)).Select(hit => hit.Item), hidden));
            all.Add(RankIn(Together(others, seen, listOf), hidden));
        }
        if (one.Count == 0) throw new InputFaultException("--events", null, "no unit that was held out has two items of the collection; expected more or longer units");
        return new(one.Count, HitMeasures.Of(one, _seed, cancellationToken), HitMeasures.Of(all, _seed, cancellationToken));
    }

    /// <summary>What each unit that was held out asks, in the order of the units' names.</summary>
    /// <param name="isKnown">Says whether the collection has an item.</param>
    /// <param name="ordered">As for <see cref="Measure"/>.</param>
    internal IEnumerable<(ItemId Asked, ItemId Hidden, List<ItemId> Others)> Questions(Func<ItemId, bool> isKnown, bool ordered)
    {
        var chance = new SeededRandom(_seed, 0x686F6C64); // a stream of its own
        var count = 0;
        foreach (var unit in _heldOut.Keys.Order(StringComparer.Ordinal))
        {
            var known = _heldOut[unit].Select((look, place) => (look, place)).OrderBy(look => look.look.Time).ThenBy(look => look.place)
                .Select(look => look.look.Item).Distinct().Where(isKnown).ToList();
            if (known.Count < 2) continue;
            var hiddenAt = ordered ? known.Count - 1 : chance.NextInt(known.Count);
            var hidden = known[hiddenAt];
            known.RemoveAt(hiddenAt);
            yield return (ordered ? known[^1] : known[chance.NextInt(known.Count)], hidden, known);
            if (++count == MaxUnits) break;
        }
    }

    static IEnumerable<ItemId> Together(List<ItemId> known, HashSet<ItemId> seen, Func<ItemId, IReadOnlyList<(ItemId Item, float Score)>?> listOf)
    {
        var sums = new Dictionary<ItemId, float>();
        foreach (var item in known)
            foreach (var (other, score) in listOf(item)!)
                if (!seen.Contains(other)) sums[other] = sums.GetValueOrDefault(other) + score;
        return sums.OrderByDescending(sum => sum.Value).ThenBy(sum => sum.Key).Select(sum => sum.Key);
    }

    /// <summary>From 1; 0 when it is not there.</summary>
    static int RankIn(IEnumerable<ItemId> list, ItemId hidden)
    {
        var rank = 0;
        foreach (var item in list)
        {
            rank++;
            if (item == hidden) return rank;
        }
        return 0;
    }
}

/// <summary>What held-out units say of lists.</summary>
/// <param name="Units">How many were asked.</param>
/// <param name="One">From the list of one item of the unit.</param>
/// <param name="All">From the lists of all other items of the unit together, by the sum of scores.</param>
public sealed record HoldoutReport(int Units, HitMeasures One, HitMeasures All);

/// <summary>How often, and how far up, the hidden item stands.</summary>
/// <param name="HitAt1">The share of units whose hidden item is the first.</param>
/// <param name="HitAt5">Among the first five.</param>
/// <param name="HitAt10">Among the first ten.</param>
/// <param name="HitAt20">Among the first twenty.</param>
/// <param name="ReciprocalRank">The mean of 1/rank; 0 for one that is not in the list.</param>
public sealed record HitMeasures(Interval HitAt1, Interval HitAt5, Interval HitAt10, Interval HitAt20, Interval ReciprocalRank)
{
    internal static HitMeasures Of(List<int> ranks, ulong seed, CancellationToken cancellationToken)
    {
        double[] Within(int depth) => [.. ranks.Select(rank => rank > 0 && rank <= depth ? 1.0 : 0)];
        var means = Bootstrap.MeansOf([Within(1), Within(5), Within(10), Within(20), [.. ranks.Select(rank => rank > 0 ? 1.0 / rank : 0)]], seed, cancellationToken);
        return new(means[0], means[1], means[2], means[3], means[4]);
    }
}
