using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Rows;
using DuckDB.NET.Data;

namespace Cantor.Sources.Sql;

/// <summary>
/// Rows of .csv and .tsv files: UTF-8, cells in double quotes where they need it, every column read as text. Faults name the line
/// in which a row begins.
/// </summary>
static partial class CsvFile
{
    // DuckDB holds two buffers of a few lines each.
    const int MaxLineBytes = 16 << 20;

    internal static async IAsyncEnumerable<RawRow> ReadAsync<T>(
        string name, string path, char delimiter, RowParser<T> parser, SourceOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await CsvHeader.ReadAsync(name, path, delimiter, parser, cancellationToken) is not { } header)
            throw new InputFaultException(name, null, "the file is empty; expected a line of column names");
        using var duck = new DuckDb(options);
        var passedOver = new HashSet<long>();
        if (options.SkipBad > 0)
        {
            using var places = new CsvLines(name, path, delimiter, []);
            foreach (var (record, fault) in BadRecords(duck, name, path, delimiter, header, options.SkipBad, cancellationToken))
            {
                passedOver.Add(record);
                yield return new(default, places.LineOfRecord(record), fault);
            }
        }

        using var lines = new CsvLines(name, path, delimiter, passedOver);
        var columns = header.Columns.Select(column => (column, "VARCHAR")).ToList();
        var from = From(path, delimiter, header, options.SkipBad > 0 ? ", ignore_errors = true" : "");
        var before = header.HasNames ? 1 : 0;
        await foreach (var row in DuckDb.Numbered(() => duck.Rows(from, columns, cancellationToken), (e, _) => Fault(name, path, delimiter, e), cancellationToken))
            yield return row with { Number = row.Number + before, Lines = lines };
    }

    // The records that DuckDB will pass over, in order. It tells them after a reading only, and of columns it had to look at.
    static List<(long Record, string Fault)> BadRecords(DuckDb duck, string name, string path, char delimiter, CsvHeader header, long allowed, CancellationToken cancellationToken)
    {
        try
        {
            var most = (allowed + 1) * (header.Columns.Count + 1);
            var counts = string.Join(", ", header.Columns.Select(column => $"count({DuckDb.Name(column)})"));
            var from = From(path, delimiter, header, string.Create(CultureInfo.InvariantCulture, $", store_rejects = true, rejects_limit = {most}"));
            _ = duck.Json($"SELECT encode(CAST([{counts}] AS VARCHAR)) FROM {from}", cancellationToken).Count();
            // After a stray quote DuckDB does not find its way back and would lose good rows in silence, so that one is fatal.
            return duck.Query(
                "SELECT line, min(error_message), bool_and(error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS', 'INVALID ENCODING')) FROM reject_errors GROUP BY line ORDER BY line",
                row => row.GetBoolean(2)
                    ? ((long)row.GetFieldValue<ulong>(0), Plain(row.GetString(1)))
                    : throw Fault(name, path, delimiter, (long)row.GetFieldValue<ulong>(0), $"{Plain(row.GetString(1))}; this cannot be passed over", null));
        }
        catch (DuckDBException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Fault(name, path, delimiter, e);
        }
    }

    static string From(string path, char delimiter, CsvHeader header, string more)
    {
        var columns = string.Join(", ", header.Columns.Select(column => $"{DuckDb.Quote(column)}: 'VARCHAR'"));
        return string.Create(CultureInfo.InvariantCulture,
            $"read_csv({DuckDb.FilePath(path)}, auto_detect = false, columns = {{{columns}}}, header = {header.HasNames}, delim = {DuckDb.Quote($"{delimiter}")}, quote = '\"', escape = '\"', nullstr = '', max_line_size = {MaxLineBytes}, buffer_size = {MaxLineBytes * 2}{more})");
    }

    static InputFaultException Fault(string name, string path, char delimiter, DuckDBException e) =>
        RecordNumber().Match(e.Message) is { Success: true } record
            ? Fault(name, path, delimiter, long.Parse(record.Groups[1].ValueSpan, CultureInfo.InvariantCulture), Plain(e.Message), e)
            : new(name, null, DuckDb.FirstLine(e), e);

    static InputFaultException Fault(string name, string path, char delimiter, long record, string fault, DuckDBException? e)
    {
        using var lines = new CsvLines(name, path, delimiter, []);
        return new(name, lines.LineOfRecord(record), fault, e);
    }

    static string Plain(string message)
    {
        if (ColumnCount().Match(message) is { Success: true } count) return $"expected {count.Groups[1].Value} columns, found {count.Groups[2].Value}";
        if (message.Contains("not utf-8", StringComparison.Ordinal)) return "not valid UTF-8";
        if (message.Contains("unterminated quote", StringComparison.Ordinal)) return "a quote is opened and not closed as expected";
        return message.Contains("Maximum line size", StringComparison.Ordinal) ? $"the line is longer than {MaxLineBytes >> 20} MiB" : message.Split('\n', 2)[0];
    }

    [GeneratedRegex(@"CSV Error on Line: (\d+)")]
    private static partial Regex RecordNumber();

    [GeneratedRegex(@"Expected Number of Columns: (\d+) Found: (\d+)")]
    private static partial Regex ColumnCount();
}
