using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;

namespace Cantor.Ranking;

/// <summary>
/// Which items say nearly the same. With R the weight of the terms that both have over the weight of those that either has,
/// two items are near-duplicates when R of the whole text is at least .6 and R of the titles at least .2, or R of the whole text
/// at least .9 whatever the titles. Without the titles, texts made of one template for different things would be taken for one.
/// What both have must weigh at least what a term does that one item alone has: less may well be the same by chance ("Photo", or
/// "T-shirt" in a shop), and then it is their tags, their vectors or who looked at them that tells whether they are related.
/// In a collection where few items have a near-duplicate, those are versions of each other more often than noise (an RFC and the one
/// it replaces): there only copies, R at least .95, become variants.
/// </summary>
sealed class NearDuplicates
{
    const double Alike = .6, TitlesAlike = .2, Same = .9, Copy = .95;

    /// <summary>Where a greater share of the items has a near-duplicate, near-duplicates crowd the lists.</summary>
    const double CrowdedShare = 1.0 / 3;

    /// <summary>The share among fewer items tells nothing.</summary>
    const int EnoughItems = 300;

    // Candidates come from minhashes in bands (Broder 1997): with r = .6 a pair meets in one of 32 bands of 3 with p = .9996.
    const int Bands = 32, BandRows = 3;

    /// <summary>An item with fewer pairs is hashed by its terms: so is writing without spaces, which has no pairs.</summary>
    const int EnoughPairs = 4;

    readonly CountRows _terms;
    readonly Whole[] _wholes;
    readonly double _enough; // what both have weighs as much at least
    readonly bool _all;
    readonly bool[] _hasOthers; // for each item whether its group has another one
    readonly int[] _groups; // for each item the least item of its group: near-duplicates are in one group, not all of one group near

    NearDuplicates(CountRows terms, Whole[] wholes, double enough, int[] groups, bool always)
    {
        (_terms, _wholes, _enough, _groups) = (terms, wholes, enough, groups);
        var sizes = new int[groups.Length];
        foreach (var group in groups) sizes[group]++;
        _hasOthers = Array.ConvertAll(groups, group => sizes[group] > 1);
        _all = always || groups.Length >= EnoughItems && _hasOthers.Count(hasOthers => hasOthers) > CrowdedShare * groups.Length;
    }

    /// <summary>Groups the items.</summary>
    /// <param name="text">The items' terms, those that one item alone has among them.</param>
    /// <param name="terms">The rows of terms.</param>
    /// <param name="pairs">The rows of pairs.</param>
    /// <param name="always">True to collapse near-duplicates however few they are.</param>
    /// <param name="threads">How many threads compare.</param>
    /// <param name="cancellationToken">Stops comparing.</param>
    internal static NearDuplicates Find(CorpusText text, CountRows terms, CountRows pairs, bool always, int threads, CancellationToken cancellationToken)
    {
        var wholes = new Whole[text.Count];
        var weight = CountRows.Weight(text.Count, 1);
        Threads.ForRanges(wholes.Length, threads, 1024, (start, end) =>
        {
            for (var item = start; item < end; item++) wholes[item] = Whole.Of(text, terms, item, weight);
        }, cancellationToken);
        var buckets = Buckets(terms, pairs, threads, cancellationToken);
        var near = new List<(int, int)>[Bands];
        Threads.ForRanges(Bands, threads, 1, (start, end) =>
        {
            for (var band = start; band < end; band++)
            {
                Array.Sort(buckets[band]);
                near[band] = NearOf(buckets[band], terms, wholes, weight);
            }
        }, cancellationToken);

        var groups = new int[terms.Count];
        for (var item = 0; item < groups.Length; item++) groups[item] = item;
        foreach (var (a, b) in near.SelectMany(pairs => pairs))
        {
            var (x, y) = (Root(groups, a), Root(groups, b));
            groups[Math.Max(x, y)] = Math.Min(x, y);
        }
        for (var item = 0; item < groups.Length; item++) groups[item] = Root(groups, item);
        return new(terms, wholes, weight, groups, always);
    }

    /// <summary>Adds what decides who is near whom, beside the rows of terms.</summary>
    internal void AddTo(Sections sections)
    {
        sections.Add<int>("duplicates.groups", _groups);
        sections.Add<Whole>("duplicates.wholes", _wholes);
        sections.Add<bool>("duplicates.all", [_all]);
    }

    /// <summary>The item's group; -1 when it is alone in it. Items of two groups are no near-duplicates.</summary>
    internal int GroupOf(int item) => _hasOthers[item] ? _groups[item] : -1;

    /// <summary>True when <paramref name="other"/> does not belong into the list of <paramref name="item"/>, as it says nearly the same.</summary>
    internal bool IsVariantOfItself(int item, int other) => _all && AreNear(item, other, Alike, Same);

    /// <summary>True when only the better of the two belongs into a list.</summary>
    internal bool AreVariants(int a, int b) => _all ? AreNear(a, b, Alike, Same) : AreNear(a, b, Copy, Copy);

    bool AreNear(int a, int b, double alike, double same)
    {
        if (_groups[a] != _groups[b]) return false;
        var (whole, titles) = Resemblance(_terms, _wholes, _enough, a, b, alike);
        return whole >= same || whole >= alike && titles >= TitlesAlike;
    }

    /// <summary>For each band a key an item, whose upper half tells buckets apart and whose lower half is the item.</summary>
    static ulong[][] Buckets(CountRows terms, CountRows pairs, int threads, CancellationToken cancellationToken)
    {
        var buckets = new ulong[Bands][];
        for (var band = 0; band < Bands; band++) buckets[band] = new ulong[terms.Count];
        Threads.ForRanges(terms.Count, threads, 256, () => new uint[Bands * BandRows], (least, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                var row = pairs.Row(item).Features;
                if (row.Length < EnoughPairs) row = terms.Row(item).Features;
                Array.Fill(least, uint.MaxValue);
                foreach (var feature in row)
                {
                    var hash = Mix((uint)feature);
                    for (var i = 0; i < least.Length; i++)
                        least[i] = Math.Min(least[i], (hash ^ (uint)i * 0x9E3779B1) * 0x85EBCA6B ^ hash >> 15);
                }
                for (var band = 0; band < Bands; band++)
                {
                    var key = (ulong)band;
                    for (var i = 0; i < BandRows; i++) key = (key ^ least[band * BandRows + i]) * 0x9E3779B97F4A7C15;
                    buckets[band][item] = row.IsEmpty ? ulong.MaxValue : key & 0xFFFFFFFF00000000 | (uint)item;
                }
            }
        }, cancellationToken);
        return buckets;
    }

    /// <summary>In each bucket an item is compared with the one before it and with the first, so that no bucket is slow.</summary>
    static List<(int, int)> NearOf(ulong[] sorted, CountRows terms, Whole[] wholes, double enough)
    {
        var near = new List<(int, int)>();
        var first = 0;
        for (var at = 1; at < sorted.Length && sorted[at] != ulong.MaxValue; at++)
        {
            if (sorted[at] >> 32 != sorted[first] >> 32)
            {
                first = at;
                continue;
            }
            var (a, b) = (Item(sorted[at - 1]), Item(sorted[at]));
            if (Resemblance(terms, wholes, enough, a, b, Alike).Whole >= Alike) near.Add((a, b));
            else if (first != at - 1 && Resemblance(terms, wholes, enough, Item(sorted[first]), b, Alike).Whole >= Alike) near.Add((Item(sorted[first]), b));
        }
        return near;
    }

    static int Item(ulong key) => (int)(uint)key;

    /// <summary>
    /// R of the whole texts and of the titles, 0..1; titles without a term are alike. Both 0 where R of the whole texts is less than
    /// <paramref name="least"/>, or what both have weighs less than <paramref name="enough"/>.
    /// </summary>
    static (double Whole, double Titles) Resemblance(CountRows terms, Whole[] wholes, double enough, int a, int b, double least)
    {
        var mine = terms.Row(a);
        var other = terms.Row(b);
        var (all, allTitles) = (wholes[a].All + wholes[b].All, wholes[a].Title + wholes[b].Title);
        double both = 0, bothTitles = 0;
        // R = both / (all - both), so that what only one has may weigh all·(1 - least)/(1 + least); most pairs are past it after a few terms.
        var left = all * (1 - least) / (1 + least) * (1 + 1e-9);
        if (Math.Abs(wholes[a].All - wholes[b].All) > left) return (0, 0);
        left -= wholes[a].Alone + wholes[b].Alone;
        for (int i = 0, j = 0; i < mine.Features.Length || j < other.Features.Length;)
        {
            var (x, y) = (i < mine.Features.Length ? mine.Features[i] : int.MaxValue, j < other.Features.Length ? other.Features[j] : int.MaxValue);
            double weight = terms.Weights[Math.Min(x, y)];
            if (x == y)
            {
                both += weight;
                if (mine.Title[i] > 0 && other.Title[j] > 0) bothTitles += weight;
            }
            else if ((left -= weight) < 0) return (0, 0);
            if (x <= y) i++;
            if (y <= x) j++;
        }
        if (both < enough) return (0, 0);
        var (either, eitherTitle) = (all - both, allTitles - bothTitles);
        return (both / either, eitherTitle <= 0 ? 1 : bothTitles / eitherTitle);
    }

    /// <summary>What an item's terms weigh, each once.</summary>
    /// <param name="All">All of them.</param>
    /// <param name="Title">The title's.</param>
    /// <param name="Alone">Those that no other item has: they are not in the rows, but they set items apart.</param>
    readonly record struct Whole(double All, double Title, double Alone)
    {
        internal static Whole Of(CorpusText text, CountRows terms, int item, double weight)
        {
            var sequence = text.Terms[item].AsSpan();
            var alone = weight * sequence.Count(-1);
            var (all, title) = (alone, weight * sequence[..Math.Min(text.TitleLengths[item], sequence.Length)].Count(-1));
            var row = terms.Row(item);
            for (var at = 0; at < row.Features.Length; at++)
            {
                all += terms.Weights[row.Features[at]];
                if (row.Title[at] > 0) title += terms.Weights[row.Features[at]];
            }
            return new(all, title, alone);
        }
    }

    static int Root(int[] groups, int item)
    {
        while (groups[item] != item) item = groups[item] = groups[groups[item]];
        return item;
    }

    static uint Mix(uint x)
    {
        x = (x ^ x >> 16) * 0x7FEB352D;
        x = (x ^ x >> 15) * 0x846CA68B;
        return x ^ x >> 16;
    }
}
