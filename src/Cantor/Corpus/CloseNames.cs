namespace Cantor.Corpus;

/// <summary>What somebody may have meant who wrote a name that is not there.</summary>
public static class CloseNames
{
    /// <summary>The most names that are suggested.</summary>
    public const int Most = 3;

    const int LongestEdited = 128, ShortestPart = 3;

    /// <summary>
    /// Those of <paramref name="names"/> that <paramref name="sought"/> may be a slip of, likeliest first: a few letters added, left out,
    /// changed or swapped, upper case for lower; then those that contain it, shortest first. Empty when none is like it.
    /// </summary>
    /// <param name="sought">What was written.</param>
    /// <param name="names">What there is. The work is proportional to their number; the caller bounds it.</param>
    public static IReadOnlyList<string> Of(string sought, IEnumerable<string> names)
    {
        var limit = sought.Length > LongestEdited ? 0 : Math.Clamp(sought.Length / 3, 1, 4);
        var best = new List<(int Distance, string Name)>(Most + 1);
        foreach (var name in names)
        {
            var distance = Distance(sought, name, limit);
            if (distance > limit && sought.Length >= ShortestPart && name.Contains(sought, StringComparison.OrdinalIgnoreCase)) distance = limit + 1;
            else if (distance > limit || distance >= sought.Length) continue; // nothing of what was written would be left
            best.Add((distance, name));
            best.Sort(Compare);
            if (best.Count > Most) best.RemoveAt(Most);
        }
        return best.ConvertAll(match => match.Name);
    }

    static int Compare((int Distance, string Name) a, (int Distance, string Name) b) =>
        a.Distance != b.Distance ? a.Distance.CompareTo(b.Distance)
        : a.Name.Length != b.Name.Length ? a.Name.Length.CompareTo(b.Name.Length)
        : string.CompareOrdinal(a.Name, b.Name);

    /// <summary>How many letters to add, leave out, change or swap with the next; more than <paramref name="limit"/> when it is more than that.</summary>
    static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit) return limit + 1;
        // Three rows of the table of distances between beginnings of a and b; only the band around its diagonal can stay within the limit.
        Span<int> before = stackalloc int[b.Length + 1], last = stackalloc int[b.Length + 1], row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row.Fill(limit + 1);
            if (i <= limit) row[0] = i;
            var least = row[0];
            for (var j = Math.Max(1, i - limit); j <= Math.Min(b.Length, i + limit); j++)
            {
                var (x, y) = (char.ToLowerInvariant(a[i - 1]), char.ToLowerInvariant(b[j - 1]));
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (x == y ? 0 : 1));
                if (i > 1 && j > 1 && x == char.ToLowerInvariant(b[j - 2]) && y == char.ToLowerInvariant(a[i - 2])) row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }
            if (least > limit) return limit + 1;
            var spent = before;
            before = last;
            last = row;
            row = spent;
        }
        return Math.Min(last[b.Length], limit + 1);
    }
}
