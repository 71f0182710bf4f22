using Cantor.Corpus;
using Cantor.Sources.Rows;

namespace Cantor.Sources;

/// <summary>Reads events.</summary>
/// <remarks>
/// Columns: <c>unit</c> and <c>item</c> (text, or an integer taken as its decimal text), <c>time</c> (ISO 8601, may be absent),
/// <c>type</c> (view, click, impression or conversion; absent means view). Other columns are passed over. A .csv or .tsv file
/// whose first line does not name these columns has them in this order.
/// </remarks>
public static class EventSource
{
    /// <summary>The columns that have a meaning, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["unit", "item", "time", "type"];

    /// <summary>Every event of <paramref name="sources"/>, one source after the other, in its order.</summary>
    /// <inheritdoc cref="ItemSource.ReadAsync"/>
    public static IAsyncEnumerable<Event> ReadAsync(
        IReadOnlyList<string> sources, SourceOptions options, SourceCounts counts, CancellationToken cancellationToken) =>
        RowReader.ReadAsync(sources, new EventParser(options.Map), options, counts, cancellationToken);
}
