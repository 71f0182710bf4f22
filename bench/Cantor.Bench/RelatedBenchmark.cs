using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cantor.Evaluation;

namespace Cantor.Bench;

/// <summary>Related items for all items of a corpus, by Cantor and by Lucene.NET: time, peak memory and quality side by side.</summary>
static class RelatedBenchmark
{
    const ulong Seed = 1;

    static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Measures the corpora that are there, prints the table and writes it down. Returns the exit code.</summary>
    internal static async Task<int> RunAsync(
        string data, string[] names, int threads, int runs, string outFolder, CancellationToken cancellationToken)
    {
        var measured = new List<CorpusResult>();
        foreach (var corpus in names.Select(name => new BenchCorpus(Path.Combine(data, name))))
        {
            if (corpus.Missing is { } file)
                await Console.Error.WriteLineAsync($"{corpus.Name} is left out: there is no {file}");
            else
                measured.Add(await MeasureAsync(corpus, threads, runs, cancellationToken));
        }
        if (measured.Count == 0)
        {
            await Console.Error.WriteLineAsync($"{data} holds none of the corpora {string.Join(", ", names)}; nothing was measured");
            return 2;
        }
        var machine = $"{Machine.Describe()}, {threads} threads, the least of {runs}";
        var table = TableOf(measured, machine);
        Console.WriteLine(table);
        Directory.CreateDirectory(outFolder);
        await File.WriteAllTextAsync(Path.Combine(outFolder, "related.md"), table, cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(outFolder, "related.json"), JsonSerializer.Serialize(new { machine, corpora = measured }, Indented) + "\n", cancellationToken);
        return 0;
    }

    static async Task<CorpusResult> MeasureAsync(BenchCorpus corpus, int threads, int runs, CancellationToken cancellationToken)
    {
        var judgments = await corpus.ReadJudgmentsAsync(cancellationToken);
        var (engines, took, reports) = (new[] { "cantor", "lucene" }, new EngineRun?[2], new EvaluationReport?[2]);
        // In turns: what else the machine does then slows both.
        for (var run = 0; run < runs; run++)
            for (var engine = 0; engine < engines.Length; engine++)
            {
                var (one, lists) = await EngineRun.StartAsync(engines[engine], corpus, threads, cancellationToken);
                await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{corpus.Name}: {engines[engine]} {one.Seconds:F2} s, processor {one.ProcessorSeconds:F2} s"));
                took[engine] = EngineRun.Least(took[engine], one);
                reports[engine] ??= Evaluator.Evaluate(judgments, lists.Keys, lists.GetValueOrDefault, Seed, cancellationToken);
            }
        EngineResult Of(int engine) => new(
            took[engine]!, reports[engine]!.Means.NdcgAt10, reports[engine]!.Means.RecallAt20.Value, reports[engine]!.Exposure.Coverage, reports[engine]!.Exposure.Gini);
        var (cantor, lucene, cantorReport, luceneReport) = (Of(0), Of(1), reports[0]!, reports[1]!);
        return new(
            corpus.Name, cantorReport.Exposure.Items, cantorReport.Queries.Count, cantor, lucene,
            Comparison.Between(luceneReport, cantorReport, Seed, cancellationToken).Differences.NdcgAt10);
    }

    static string TableOf(IEnumerable<CorpusResult> corpora, string machine)
    {
        var text = new StringBuilder($"""
            # Related items for all items of a corpus: Cantor and Lucene.NET MoreLikeThis

            {machine}. Ratios are Cantor's number over Lucene's; compare ratios, not times. README.md says what is compared.

            | corpus | items | engine | time | processor time | peak memory | peak an item | release an item | nDCG@10 (95 %) | recall@20 | coverage | Gini |
            |---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|

            """);
        foreach (var corpus in corpora)
        {
            AddEngine(text, corpus, "Cantor", corpus.Cantor);
            AddEngine(text, corpus, "Lucene.NET", corpus.Lucene);
            var (cantor, lucene) = (corpus.Cantor, corpus.Lucene);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| | | ratio | {cantor.Run.Seconds / lucene.Run.Seconds:F3} ({lucene.Run.Seconds / cantor.Run.Seconds:F1} times as fast) | {cantor.Run.ProcessorSeconds / lucene.Run.ProcessorSeconds:F3} ({lucene.Run.ProcessorSeconds / cantor.Run.ProcessorSeconds:F1} times as little) | {(double)cantor.Run.PeakBytes / lucene.Run.PeakBytes:F2} | | | {cantor.NdcgAt10.Value / lucene.NdcgAt10.Value:F3} ({corpus.NdcgDifference.Value:+0.0000;-0.0000}, {corpus.NdcgDifference.Low:+0.0000;-0.0000} to {corpus.NdcgDifference.High:+0.0000;-0.0000}) | {cantor.RecallAt20 / lucene.RecallAt20:F3} | {cantor.Coverage / lucene.Coverage:F2} | {cantor.Gini / lucene.Gini:F2} |");
        }
        return text.ToString();
    }

    static void AddEngine(StringBuilder text, CorpusResult corpus, string name, EngineResult engine) =>
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| {corpus.Corpus} | {corpus.Items:N0} | {name} | {engine.Run.Seconds:F2} s | {engine.Run.ProcessorSeconds:F2} s | {engine.Run.PeakBytes / (double)(1 << 20):F0} MiB | {engine.Run.PeakBytes / (double)corpus.Items:N0} B | {(engine.Run.FileBytes == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{engine.Run.FileBytes / (double)corpus.Items:N0} B"))} | {engine.NdcgAt10.Value:F4} ({engine.NdcgAt10.Low:F4}–{engine.NdcgAt10.High:F4}) | {engine.RecallAt20:F4} | {engine.Coverage:F3} | {engine.Gini:F3} |");

    sealed record EngineResult(EngineRun Run, Interval NdcgAt10, double RecallAt20, double Coverage, double Gini);

    sealed record CorpusResult(string Corpus, int Items, int JudgedQueries, EngineResult Cantor, EngineResult Lucene, Interval NdcgDifference);
}
