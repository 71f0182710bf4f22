using Cantor.Corpus;
using Cantor.Sources.Sql;
using DuckDB.NET.Data;

namespace Cantor.Sources;

/// <summary>One neighbor of a finished list, as it is written out.</summary>
/// <param name="Query">The item whose list it stands in.</param>
/// <param name="Item">The neighbor.</param>
/// <param name="Rank">Its place in the list, from 1.</param>
/// <param name="Score">0..1, greater is closer.</param>
public readonly record struct ListedNeighbor(string Query, string Item, int Rank, float Score);

/// <summary>Writes lists as a Parquet file.</summary>
public static class NeighborParquet
{
    /// <summary>
    /// Writes the columns <c>query</c> and <c>item</c> (text), <c>rank</c> (32-bit integer) and <c>score</c> (32-bit float), in the order of
    /// <paramref name="rows"/>, which is read once. A file of that name is written over.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The lists.</param>
    /// <param name="options">How much memory and how many threads it may take; what goes beyond the memory waits in the temporary directory.</param>
    /// <param name="cancellationToken">Stops the writing; what is there of the file is no use.</param>
    /// <exception cref="InputFaultException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<ListedNeighbor> rows, SourceOptions options, CancellationToken cancellationToken)
    {
        using var duck = new DuckDb(options);
        duck.Execute("CREATE TABLE lists (query VARCHAR NOT NULL, item VARCHAR NOT NULL, rank INTEGER NOT NULL, score FLOAT NOT NULL)");
        using (var appender = duck.Append("lists"))
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                appender.CreateRow().AppendValue(row.Query).AppendValue(row.Item).AppendValue(row.Rank).AppendValue(row.Score).EndRow();
            }
        try
        {
            duck.Execute($"COPY lists TO {DuckDb.Quote(Path.GetFullPath(path))} (FORMAT parquet, COMPRESSION zstd)");
        }
        catch (DuckDBException e)
        {
            throw new InputFaultException(path, null, DuckDb.FirstLine(e), e);
        }
    }
}
