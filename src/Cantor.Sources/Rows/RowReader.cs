using System.Runtime.CompilerServices;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Files;

namespace Cantor.Sources.Rows;

/// <summary>The way from what the user named to rows with a meaning.</summary>
static class RowReader
{
    internal static async IAsyncEnumerable<T> ReadAsync<T>(
        IReadOnlyList<string> sources, RowParser<T> parser, SourceOptions options, SourceCounts counts,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (sources.Count(source => source == SourceKinds.StandardInput) > 1)
            throw new InputFaultException(SourceKinds.StandardInputName, null, "named twice; it can be read once");
        foreach (var source in sources)
            foreach (var set in SourceKinds.Resolve(source, parser, options, cancellationToken))
                await foreach (var raw in set.Rows)
                {
                    var row = default(T)!;
                    if ((raw.Fault ?? parser.Parse(raw.Json.Span, out row)) is { } fault)
                    {
                        counts.AddBadRow(new(set.Name, raw.Line, fault), set.Skippable ? options.SkipBad : 0);
                        continue;
                    }
                    counts.AddRow();
                    yield return row;
                }
        if (counts.Rows > 0 && parser.CheckSeen() is { } unseen)
            throw new InputFaultException(string.Join(", ", sources.Select(SourceKinds.NameOf)), null, unseen);
    }
}
