using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Sources.Rows;

namespace Cantor.Sources;

/// <summary>Reads events.</summary>
/// <remarks>
/// <see cref="EventParser"/> says what the columns hold. A .csv or .tsv file whose first line does not name them has them in
/// their order.
/// </remarks>
public static class EventSource
{
    /// <summary>Every event of <paramref name="sources"/>, one source after the other, in its order.</summary>
    /// <inheritdoc cref="ItemSource.ReadAsync"/>
    public static IAsyncEnumerable<Event> ReadAsync(
        IReadOnlyList<string> sources, SourceOptions options, SourceCounts counts, CancellationToken cancellationToken) =>
        RowReader.ReadAsync(sources, new EventParser(options.Map), options, counts, cancellationToken);
}
