namespace Cantor.Corpus.Rows;

/// <summary>Which of a source's columns stand for ours. A column it does not name has the same name on both sides.</summary>
public sealed class ColumnMap
{
    readonly Dictionary<string, string> _theirs;

    ColumnMap(Dictionary<string, string> theirs) => _theirs = theirs;

    /// <summary>Renames nothing.</summary>
    public static ColumnMap Same { get; } = new([]);

    /// <summary>The renamed columns: ours, and the source's name for it.</summary>
    public IReadOnlyDictionary<string, string> Renamed => _theirs;

    /// <summary>The source's name for our column <paramref name="ours"/>.</summary>
    public string TheirsOf(string ours) => _theirs.GetValueOrDefault(ours, ours);

    /// <summary>Reads "body=text,title=headline": our column, then the source's name for it.</summary>
    /// <param name="text">What the user wrote; empty renames nothing.</param>
    /// <param name="columns">Our columns, such as <see cref="ItemParser.Columns"/>.</param>
    /// <param name="option">How the user calls it, for faults.</param>
    /// <exception cref="InputFaultException">A part has another form, names a column that is not ours, or one twice.</exception>
    public static ColumnMap Parse(string text, IReadOnlyList<string> columns, string option = "--map")
    {
        var pairs = new List<(string, string)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(at < 0
                ? throw new InputFaultException(option, null, $"expected ours=theirs such as body=text, found \"{part}\"")
                : (part[..at].Trim(), part[(at + 1)..].Trim()));
        }
        return Of(pairs, columns) is var (map, fault) && fault is null ? map : throw new InputFaultException(option, null, fault);
    }

    /// <summary>Makes a map of pairs (ours, theirs), or says what is wrong with them.</summary>
    public static (ColumnMap Map, string? Fault) Of(IEnumerable<(string Ours, string Theirs)> pairs, IReadOnlyList<string> columns)
    {
        var theirs = new Dictionary<string, string>();
        foreach (var (ours, name) in pairs)
        {
            if (!columns.Contains(ours)) return (Same, $"there is no column \"{ours}\" to rename; expected one of {string.Join(", ", columns)}");
            if (name.Length == 0) return (Same, $"{ours}: the source's name for it is empty");
            if (!theirs.TryAdd(ours, name)) return (Same, $"{ours} is renamed twice");
            if (theirs.Values.Count(other => other == name) > 1) return (Same, $"\"{name}\" is given to two columns");
        }
        return (new(theirs), null);
    }
}
