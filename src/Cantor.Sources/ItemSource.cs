using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Sources.Rows;
using Cantor.Sources.Sql;

namespace Cantor.Sources;

/// <summary>Reads items.</summary>
/// <remarks><see cref="ItemParser"/> says what the columns hold.</remarks>
public static class ItemSource
{
    /// <summary>Every item of <paramref name="sources"/>, one source after the other; an id may come twice.</summary>
    /// <param name="sources">Files, patterns of files, "-", "duckdb:SELECT …", "postgres://…?query=SELECT …" or "bigquery://…?query=SELECT …".</param>
    /// <param name="options">How they are read.</param>
    /// <param name="counts">Grows while the reading runs; its bad rows count against <see cref="SourceOptions.SkipBad"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputFaultException">A source cannot be read, or a row of it is bad and may not be passed over.</exception>
    public static IAsyncEnumerable<Item> ReadAsync(
        IReadOnlyList<string> sources, SourceOptions options, SourceCounts counts, CancellationToken cancellationToken) =>
        RowReader.ReadAsync(sources, new ItemParser(options.Map), options, counts, cancellationToken);

    /// <summary>What is wrong with a source that is the address of a database; null when nothing is, and of other sources. Nobody is asked.</summary>
    public static string? FaultOf(string source)
    {
        try
        {
            if (PostgresUrl.IsOne(source)) PostgresUrl.Parse(source);
            else if (BigQueryUrl.IsOne(source)) BigQueryUrl.Parse(source);
            return null;
        }
        catch (InputFaultException fault)
        {
            return fault.Fault;
        }
    }
}
