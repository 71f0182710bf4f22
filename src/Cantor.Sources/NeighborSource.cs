using Cantor.Corpus;
using Cantor.Sources.Rows;

namespace Cantor.Sources;

/// <summary>Reads lists of related items that someone else computed.</summary>
/// <remarks>
/// Columns: <c>query</c> and <c>item</c> (text, or an integer taken as its decimal text), <c>score</c> (a finite number),
/// <c>rank</c> (a whole number from 1, may be absent). Other columns are passed over. A .csv or .tsv file whose first line does
/// not name these columns has them in this order.
/// </remarks>
public static class NeighborSource
{
    /// <summary>The columns that have a meaning, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["query", "item", "score", "rank"];

    /// <summary>Every row of <paramref name="sources"/>, one source after the other, in its order.</summary>
    /// <inheritdoc cref="ItemSource.ReadAsync"/>
    public static IAsyncEnumerable<NeighborRow> ReadAsync(
        IReadOnlyList<string> sources, SourceOptions options, SourceCounts counts, CancellationToken cancellationToken) =>
        RowReader.ReadAsync(sources, new NeighborParser(options.Map), options, counts, cancellationToken);
}
