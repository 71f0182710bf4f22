using Cantor.Sources.Sql;

namespace Cantor.Sources.Rows;

/// <summary>A row as its source gave it, before anything in it has a meaning.</summary>
/// <param name="Json">A JSON object in UTF-8, valid until the next row is asked for.</param>
/// <param name="Number">The row's line or place in the source, from 1.</param>
/// <param name="Fault">What is wrong with the row where the source itself could not read it; then there is no JSON.</param>
/// <param name="Lines">Finds the line of row <paramref name="Number"/> where that is not the number itself.</param>
readonly record struct RawRow(ReadOnlyMemory<byte> Json, long Number, string? Fault = null, CsvLines? Lines = null)
{
    /// <summary>Where the row stands, for a fault.</summary>
    internal long Line => Lines?.LineOfRow(Number) ?? Number;
}

/// <summary>The rows of one file or query.</summary>
/// <param name="Name">How the user knows it.</param>
/// <param name="Skippable">Whether a bad row may be passed over.</param>
/// <param name="Rows">The rows.</param>
readonly record struct RowSet(string Name, bool Skippable, IAsyncEnumerable<RawRow> Rows);
