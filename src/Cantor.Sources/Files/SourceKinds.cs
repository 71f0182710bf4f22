using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Rows;
using Cantor.Sources.Sql;

namespace Cantor.Sources.Files;

/// <summary>What the user can name as a source, and who reads it.</summary>
static class SourceKinds
{
    internal const string StandardInput = "-";
    internal const string StandardInputName = "standard input";

    /// <summary>The files or queries behind one source, in order.</summary>
    /// <exception cref="InputFaultException">There is no such file or no such kind of source.</exception>
    internal static IEnumerable<RowSet> Resolve<T>(string source, RowParser<T> parser, SourceOptions options, CancellationToken cancellationToken)
    {
        if (source == StandardInput)
        {
            var stream = options.StandardInput ?? throw new InputFaultException(StandardInputName, null, "there is none to read");
            return [new(StandardInputName, Skippable: true, JsonLines.ReadAsync(StandardInputName, stream, mayWait: true, cancellationToken))];
        }
        if (source.StartsWith(DuckQuery.Prefix, StringComparison.Ordinal))
            return [new(DuckQuery.NameOf(source), Skippable: false, DuckQuery.ReadSqlAsync(source, parser, options, cancellationToken))];
        if (PostgresUrl.IsOne(source))
        {
            var url = PostgresUrl.Parse(source);
            return [new(url.Name, Skippable: false, PostgresQuery.ReadAsync(url, parser, options, cancellationToken))];
        }
        if (BigQueryUrl.IsOne(source))
        {
            var url = BigQueryUrl.Parse(source);
            return [new(url.Name, Skippable: false, BigQueryRows.ReadAsync(url, parser, options, cancellationToken))];
        }
        return FilePattern.Expand(source, options.WorkingDirectory).Select(file => ReadFile(file.Name, file.Path, parser, options, cancellationToken));
    }

    /// <summary>How a source is called in messages: without what is secret in it.</summary>
    internal static string NameOf(string source) => source switch
    {
        StandardInput => StandardInputName,
        _ when PostgresUrl.IsOne(source) => PostgresUrl.Parse(source).Name,
        _ when BigQueryUrl.IsOne(source) => BigQueryUrl.Parse(source).Name,
        _ => DuckQuery.NameOf(source),
    };

    static RowSet ReadFile<T>(string name, string path, RowParser<T> parser, SourceOptions options, CancellationToken cancellationToken) => KindOf(path) switch
    {
        ".jsonl" or ".ndjson" => new(name, Skippable: true, JsonLines.ReadFileAsync(name, path, cancellationToken)),
        ".csv" => new(name, Skippable: true, CsvFile.ReadAsync(name, path, ',', parser, options, cancellationToken)),
        ".tsv" => new(name, Skippable: true, CsvFile.ReadAsync(name, path, '\t', parser, options, cancellationToken)),
        ".json" => new(name, Skippable: false, JsonFile.ReadAsync(name, path, options, cancellationToken)),
        ".parquet" => new(name, Skippable: false, DuckQuery.ReadParquetAsync(name, path, parser, options, cancellationToken)),
        _ => throw new InputFaultException(name, null,
            "not a kind of file that is read; expected .jsonl, .ndjson, .json, .csv or .tsv (plain or with .gz or .zst), or .parquet"),
    };

    // "items.jsonl.gz" is a .jsonl file.
    static string KindOf(string path)
    {
        var end = Path.GetExtension(path);
        if (end is ".gz" or ".zst") end = Path.GetExtension(Path.GetFileNameWithoutExtension(path));
        return end.ToLowerInvariant();
    }
}
