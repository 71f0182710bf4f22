using Cantor.Corpus;
using Cantor.Sources.Rows;

namespace Cantor.Sources;

/// <summary>Reads items.</summary>
/// <remarks>
/// Columns: <c>id</c> (text, or an integer taken as its decimal text), <c>title</c> and <c>body</c> (text, not both empty),
/// <c>tags</c> (a list of texts, or one text that is cut at its commas; empty ones and nulls are passed over), <c>lang</c>,
/// <c>url</c>, <c>published_at</c> (ISO 8601; a date alone is midnight, a time without an offset is UTC), <c>vector</c> (a list of 2 to 4,096
/// numbers, as many in every row that has one). Every other column is
/// kept as an attribute. Null and, for lang and url, empty text mean that the source does not say.
/// </remarks>
public static class ItemSource
{
    /// <summary>The columns that have a meaning, in order.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["id", "title", "body", "tags", "lang", "url", "published_at", "vector"];

    /// <summary>Every item of <paramref name="sources"/>, one source after the other; an id may come twice.</summary>
    /// <param name="sources">Files, patterns of files, "-", "duckdb:SELECT …" or "postgres://…?query=SELECT …".</param>
    /// <param name="options">How they are read.</param>
    /// <param name="counts">Grows while the reading runs; its bad rows count against <see cref="SourceOptions.SkipBad"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputFaultException">A source cannot be read, or a row of it is bad and may not be passed over.</exception>
    public static IAsyncEnumerable<Item> ReadAsync(
        IReadOnlyList<string> sources, SourceOptions options, SourceCounts counts, CancellationToken cancellationToken) =>
        RowReader.ReadAsync(sources, new ItemParser(options.Map), options, counts, cancellationToken);
}
