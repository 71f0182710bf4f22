using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Ranking;

/// <summary>Lists that someone else computed, put into the shape of our own.</summary>
static class ImportedLists
{
    /// <summary>
    /// Adds the lists to <paramref name="sections"/>: by rank where the rows give one, else by score, greatest first. Rows that
    /// name an unknown item, the item itself or a neighbor for the second time are left out.
    /// </summary>
    /// <returns>How many rows were left out.</returns>
    internal static async Task<long> AddAsync(
        Sections sections, ItemId[] ids, IAsyncEnumerable<NeighborRow> rows, int k, CancellationToken cancellationToken)
    {
        var ordinals = new Dictionary<ItemId, int>(ids.Length);
        foreach (var id in ids) ordinals.Add(id, ordinals.Count);
        var rowsOf = new List<(int Item, double Score, int Rank)>[ids.Length];
        var (leftOut, least, greatest) = (0L, double.MaxValue, double.MinValue);
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (!ordinals.TryGetValue(row.Query, out var query) || !ordinals.TryGetValue(row.Item, out var item) || query == item)
            {
                leftOut++;
                continue;
            }
            (rowsOf[query] ??= []).Add((item, row.Score, row.Rank ?? int.MaxValue));
            (least, greatest) = (Math.Min(least, row.Score), Math.Max(greatest, row.Score));
        }

        // Scores that are shares already are shown as they are; others on the scale from the least of all to the greatest.
        var (low, span) = least >= 0 && greatest <= 1 ? (0, 1) : (least, greatest > least ? greatest - least : 1);
        var lists = new NeighborLists.Writer(ids.Length, k, signals: 1);
        var raw = new List<double>();
        for (var query = 0; query < ids.Length; query++)
        {
            var list = rowsOf[query] ?? [];
            list.Sort((a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Item.CompareTo(b.Item));
            var seen = new HashSet<int>();
            var distinct = list.FindAll(row => seen.Add(row.Item));
            leftOut += list.Count - distinct.Count;
            distinct = distinct[..Math.Min(k, distinct.Count)];
            var neighbors = new Neighbor[distinct.Count];
            for (var rank = 0; rank < distinct.Count; rank++)
            {
                var score = (float)((distinct[rank].Score - low) / span);
                neighbors[rank] = new(new(distinct[rank].Item), score, score);
                raw.Add(distinct[rank].Score);
            }
            lists.Set(query, neighbors, Array.ConvertAll(neighbors, neighbor => neighbor.Strength), []);
        }
        lists.AddTo(sections);
        sections.Add<double>("neighbors.raw", raw.ToArray());
        return leftOut;
    }
}
