using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Signals.CoViews;

/// <summary>What each unit looked at: its items, each once, in the order of the first look.</summary>
sealed class Sessions
{
    /// <summary>One session's items in order, and how much the session counts, 0 to 1.</summary>
    internal required (int[] Items, float Share)[] All { get; init; }

    internal required EventCounts Counts { get; init; }

    /// <summary>Reads events to the end. The result does not depend on how the sources interleave units.</summary>
    /// <param name="events">The events; impressions are passed over, as being shown is not being looked at.</param>
    /// <param name="ids">The corpus, ascending.</param>
    /// <param name="options">How long a session may be and how fast events age.</param>
    /// <param name="asOf">What age is measured from; null for the latest event.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal static async Task<Sessions> ReadAsync(
        IAsyncEnumerable<Event> events, ItemId[] ids, CoViewOptions options, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<ItemId, int>(ids.Length);
        for (var row = 0; row < ids.Length; row++) rows.Add(ids[row], row);
        var looksOf = new Dictionary<string, List<Look>>(StringComparer.Ordinal);
        long read = 0, unknown = 0, impressions = 0, latest = ItemTable.NoTime;
        await foreach (var seen in events.WithCancellation(cancellationToken))
        {
            read++;
            if (seen.Type == EventType.Impression) impressions++;
            else if (!rows.TryGetValue(seen.Item, out var row)) unknown++;
            else
            {
                if (!looksOf.TryGetValue(seen.Unit, out var looks)) looksOf.Add(seen.Unit, looks = new(4));
                var time = seen.Time?.ToUnixTimeMilliseconds() ?? ItemTable.NoTime;
                latest = Math.Max(latest, time);
                looks.Add(new(time, looks.Count, row));
            }
        }

        var units = looksOf.Keys.ToArray();
        Array.Sort(units, StringComparer.Ordinal);
        var sessions = new List<(int[], float)>();
        long cut = 0;
        var now = asOf?.ToUnixTimeMilliseconds() ?? latest;
        foreach (var unit in units)
        {
            var looks = looksOf[unit];
            looks.Sort();
            var items = Distinct(looks);
            if (items.Count > options.MaxItemsPerUnit)
            {
                cut++;
                items.RemoveRange(0, items.Count - options.MaxItemsPerUnit);
            }
            if (items.Count > 0) sessions.Add(([.. items], Share(looks[^1].Time, options.HalfLifeDays, now)));
        }
        return new()
        {
            All = [.. sessions],
            Counts = new() { Read = read, UnknownItems = unknown, Impressions = impressions, Units = sessions.Count, UnitsCut = cut },
        };
    }

    static List<int> Distinct(List<Look> looks)
    {
        var met = new HashSet<int>(looks.Count);
        var items = new List<int>(looks.Count);
        foreach (var look in looks)
            if (met.Add(look.Item)) items.Add(look.Item);
        return items;
    }

    static float Share(long time, double? halfLifeDays, long now)
    {
        if (halfLifeDays is not { } days || time == ItemTable.NoTime) return 1;
        var age = Math.Max(0, (now - time) / 86_400_000.0);
        return (float)FixedMath.Pow(2, -age / days);
    }

    /// <summary>One event of a unit: sorted by time, and at one time by the source's order.</summary>
    readonly record struct Look(long Time, int Place, int Item) : IComparable<Look>
    {
        public int CompareTo(Look other) => Time != other.Time ? Time.CompareTo(other.Time) : Place.CompareTo(other.Place);
    }
}

/// <summary>What reading events counted.</summary>
public sealed record EventCounts
{
    /// <summary>Events that the sources gave.</summary>
    public long Read { get; init; }

    /// <summary>Events about items that the corpus does not have; left out.</summary>
    public long UnknownItems { get; init; }

    /// <summary>Impressions; left out.</summary>
    public long Impressions { get; init; }

    /// <summary>Units with an event that counts.</summary>
    public long Units { get; init; }

    /// <summary>Units with so many items that only the last ones count.</summary>
    public long UnitsCut { get; init; }
}
