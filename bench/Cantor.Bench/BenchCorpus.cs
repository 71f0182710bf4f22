using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Sources;

namespace Cantor.Bench;

/// <summary>A folder with the items of a corpus and the judgments that measure what is made of them.</summary>
sealed class BenchCorpus(string folder)
{
    internal string ItemsFile => Path.Combine(folder, "contents.jsonl.gz");

    string JudgmentsFile => Path.Combine(folder, "judgments.tsv.gz");

    internal string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));

    internal string Folder => folder;

    internal bool IsJapanese => Name.EndsWith("-ja", StringComparison.Ordinal);

    /// <summary>The file that is not there, or null when all are.</summary>
    internal string? Missing => new[] { ItemsFile, JudgmentsFile }.FirstOrDefault(file => !File.Exists(file));

    internal IAsyncEnumerable<Item> ReadItemsAsync(CancellationToken cancellationToken) =>
        ItemSource.ReadAsync([ItemsFile], new(), new(), cancellationToken);

    internal Task<Judgments> ReadJudgmentsAsync(CancellationToken cancellationToken) =>
        JudgmentSource.ReadAsync(JudgmentsFile, new(), cancellationToken);
}
