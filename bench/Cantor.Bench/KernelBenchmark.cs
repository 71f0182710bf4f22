using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cantor.Kernels;
using Cantor.Signals.Text;
using Cantor.Text;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Util;

namespace Cantor.Bench;

/// <summary>Two inner parts of a build on one thread, beside those of Lucene.NET: texts cut into numbered terms, and the 20 closest by terms.</summary>
static class KernelBenchmark
{
    const int Closest = 20, LuceneQueries = 2000, Batch = 64;

    internal static async Task<int> RunAsync(string data, string[] names, int runs, string outFolder, CancellationToken cancellationToken)
    {
        var table = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            # Inner parts of a build on one thread: Cantor and Lucene.NET

            {Machine.Describe()}, one thread, processor time, the least of {runs}. Ratios are Lucene's number over Cantor's for times, Cantor's over Lucene's for speeds.

            | corpus | part | Cantor | Lucene.NET | times as fast |
            |---|---|--:|--:|--:|

            """));
        foreach (var corpus in names.Select(name => new BenchCorpus(Path.Combine(data, name))))
        {
            if (corpus.Missing is { } file)
            {
                await Console.Error.WriteLineAsync($"{corpus.Name} is left out: there is no {file}");
                continue;
            }
            var texts = new List<byte[]>();
            await foreach (var item in corpus.ReadItemsAsync(cancellationToken)) texts.Add([.. item.Title.Span, (byte)' ', .. item.Body.Span]);
            var megabytes = texts.Sum(text => (long)text.Length) / 1e6;
            var cantor = megabytes / Least(runs, () => Cut(texts, corpus.IsJapanese ? "ja" : "en"));
            var strings = texts.ConvertAll(Encoding.UTF8.GetString);
            var lucene = megabytes / Least(runs, () => CutByLucene(strings));
            table.AppendLine(CultureInfo.InvariantCulture, $"| {corpus.Name}, {megabytes:F1} MB | cut, fold, stem and number terms | {cantor:F0} MB/s | {lucene:F0} MB/s, without stems | {cantor / lucene:F1} |");

            var (search, queries) = await SearchAsync(corpus, runs, cancellationToken);
            var byLucene = await LuceneEngine.MillisecondsAQueryAsync(corpus, Closest, LuceneQueries, runs, cancellationToken);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {corpus.Name}, {queries:N0} items | the {Closest} closest by terms, a query | {search:F4} ms | {byLucene:F2} ms | {byLucene / search:F0} |");
        }
        Console.WriteLine(table);
        Directory.CreateDirectory(outFolder);
        await File.WriteAllTextAsync(Path.Combine(outFolder, "kernels.md"), table.ToString(), cancellationToken);
        return 0;
    }

    /// <summary>Processor seconds of the run that took least, collection of garbage and all: what else the machine does counts little then. The first run compiles what is measured.</summary>
    internal static double Least(int runs, Func<long> work)
    {
        using var process = Process.GetCurrentProcess();
        var least = double.MaxValue;
        for (var run = 0; run <= runs; run++)
        {
            process.Refresh();
            var began = process.TotalProcessorTime;
            if (work() == 0) throw new InvalidOperationException("the corpus gave nothing to measure");
            process.Refresh();
            if (run > 0) least = Math.Min(least, (process.TotalProcessorTime - began).TotalSeconds);
        }
        return least;
    }

    static long Cut(List<byte[]> texts, string language)
    {
        var (analyzer, terms, count) = (new Analyzer(), new List<int>(), 0L);
        foreach (var text in texts)
        {
            terms.Clear();
            analyzer.Analyze(text, language, terms);
            count += terms.Count;
        }
        return count;
    }

    static long CutByLucene(List<string> texts)
    {
        using var analyzer = new StandardAnalyzer(LuceneVersion.LUCENE_48);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var bySpan = numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        var count = 0L;
        foreach (var text in texts)
        {
            using var terms = analyzer.GetTokenStream("text", new StringReader(text));
            var term = terms.AddAttribute<ICharTermAttribute>();
            terms.Reset();
            for (; terms.IncrementToken(); count++)
            {
                var word = term.Buffer.AsSpan(0, term.Length);
                if (!bySpan.ContainsKey(word)) bySpan[word] = numbers.Count;
            }
            terms.End();
        }
        return count;
    }

    static async Task<(double Milliseconds, int Queries)> SearchAsync(BenchCorpus corpus, int runs, CancellationToken cancellationToken)
    {
        var (text, _) = await CorpusReader.ReadAsync(corpus.ReadItemsAsync(cancellationToken), null, null, null, 2, _ => { }, cancellationToken);
        var sections = new Sections();
        TextSignal.Fit(text, sections, 2, cancellationToken);
        var searcher = new SparseSearcher(new(new TextSignal(new(sections, text.Count, 0, null), 1).Features), Closest, 100);
        var seconds = Least(runs, () =>
        {
            var found = 0L;
            for (var start = 0; start < text.Count; start += Batch)
            {
                var end = Math.Min(text.Count, start + Batch);
                searcher.Search(start, end);
                for (var item = start; item < end; item++) found += searcher.FoundFor(item).Length;
            }
            return found;
        });
        return (seconds * 1000 / text.Count, text.Count);
    }
}
