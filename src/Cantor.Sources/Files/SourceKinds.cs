using Cantor.Corpus;
using Cantor.Sources.Rows;

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
            return [new(StandardInputName, Skippable: true, JsonLines.ReadAsync(StandardInputName, stream, cancellationToken))];
        }
        return FilePattern.Expand(source, options.WorkingDirectory).Select(file => ReadFile(file.Name, file.Path, cancellationToken));
    }

    static RowSet ReadFile(string name, string path, CancellationToken cancellationToken) => KindOf(path) switch
    {
        ".jsonl" or ".ndjson" => new(name, Skippable: true, JsonLines.ReadFileAsync(name, path, cancellationToken)),
        _ => throw new InputFaultException(name, null, "not a kind of file that is read; expected .jsonl or .ndjson, plain or with .gz or .zst"),
    };

    // "items.jsonl.gz" is a .jsonl file.
    static string KindOf(string path)
    {
        var end = Path.GetExtension(path);
        if (end is ".gz" or ".zst") end = Path.GetExtension(Path.GetFileNameWithoutExtension(path));
        return end.ToLowerInvariant();
    }
}
