using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cantor.Bench;

/// <summary>What a build costs against the number of its items: time, processor time, memory, size and recall, as a table and a plot.</summary>
static class ScalingBenchmark
{
    sealed record Point(int Items, EngineRun Run, double Recall, Dictionary<string, double> Stages);

    internal static async Task<int> RunAsync(string data, string[] names, int[] sizes, int threads, string outFolder, CancellationToken cancellationToken)
    {
        var corpora = names.Select(name => new BenchCorpus(Path.Combine(data, name))).Where(corpus => corpus.Missing is null).ToArray();
        if (corpora.Length == 0) throw new UsageException($"{data} holds none of the corpora {string.Join(", ", names)}");
        var points = new List<Point>();
        Directory.CreateDirectory(outFolder);
        foreach (var size in sizes.Order())
        {
            var file = Path.GetTempFileName();
            var items = Path.ChangeExtension(file, ".jsonl");
            try
            {
                if (await ShortItems.WriteAsync(corpora, size, items, cancellationToken) < size)
                    throw new UsageException($"the corpora do not give {size} different windows");
                // In a process of its own, so that its children's memory is this build's.
                using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["scale", items, $"{threads}"]) { RedirectStandardOutput = true })!;
                await using var stop = cancellationToken.Register(child.Kill);
                var output = await child.StandardOutput.ReadToEndAsync(cancellationToken);
                await child.WaitForExitAsync(cancellationToken);
                if (child.ExitCode != 0) throw new InvalidOperationException($"the build of {size} items failed; its message stands above");
                points.Add(JsonSerializer.Deserialize<Point>(output)!);
                await Console.Error.WriteLineAsync(output);
            }
            finally
            {
                File.Delete(file);
                File.Delete(items);
            }
            // After each size: the largest takes minutes, and what is known is then not lost.
            await File.WriteAllTextAsync(Path.Combine(outFolder, "scaling.md"), TableOf(points, $"{Machine.Describe()}, {threads} threads", string.Join(", ", corpora.Select(corpus => corpus.Name))), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(outFolder, "scaling.svg"), PlotOf(points), cancellationToken);
        }
        return 0;
    }

    /// <summary>Inside the child process: builds once and prints what it took as one line of JSON.</summary>
    internal static async Task BuildAsync(string itemsFile, int threads, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("cantor-bench-");
        try
        {
            var built = await CantorEngine.BuildAsync("short", itemsFile, folder.FullName, threads, cancellationToken);
            Console.WriteLine(JsonSerializer.Serialize(new Point(
                built.Report.GetProperty("items").GetInt32(), built.Run, built.Report.GetProperty("recall").GetProperty("value").GetDouble(),
                built.Report.GetProperty("seconds").EnumerateObject().ToDictionary(stage => stage.Name, stage => stage.Value.GetDouble()))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static string TableOf(IReadOnlyList<Point> points, string machine, string corpora)
    {
        var stages = points[0].Stages.Keys.ToArray();
        var text = new StringBuilder($"""
            # What a build costs against the number of items

            {machine}. Items of {ShortItems.WindowWords} words, cut from {corpora} in turn, seed 1. Time is that of the command, its start included; recall is what the build
            measured and its release says. The plot: [scaling.svg](scaling.svg).

            | items | time | processor time | an item | peak memory | an item | release | an item | recall | {string.Join(" | ", stages)} |
            |--:|--:|--:|--:|--:|--:|--:|--:|--:|{string.Concat(stages.Select(_ => "--:|"))}

            """);
        foreach (var (items, run, recall, seconds) in points)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {items:N0} | {run.Seconds:F1} s | {run.ProcessorSeconds:F1} s | {run.ProcessorSeconds / items * 1e6:F0} µs | {run.PeakBytes / (double)(1 << 20):N0} MiB | {run.PeakBytes / (double)items:N0} B | {run.FileBytes / (double)(1 << 20):N0} MiB | {run.FileBytes / (double)items:N0} B | {recall:F4} | {string.Join(" | ", stages.Select(stage => seconds.GetValueOrDefault(stage).ToString("F2", CultureInfo.InvariantCulture) + " s"))} |");
        return text.ToString();
    }

    /// <summary>Both axes logarithmic: a build that costs the same for each item is a line at 45 degrees.</summary>
    static string PlotOf(IReadOnlyList<Point> points)
    {
        const int Width = 640, Height = 420, Left = 70, Right = 20, Top = 30, Bottom = 50;
        const double LeastItems = 1e3, MostItems = 1e6, LeastSeconds = .1, MostSeconds = 1e3;
        double X(double items) => Left + (Width - Left - Right) * Math.Log10(items / LeastItems) / Math.Log10(MostItems / LeastItems);
        double Y(double seconds) => Height - Bottom - (Height - Top - Bottom) * Math.Log10(Math.Max(LeastSeconds, seconds) / LeastSeconds) / Math.Log10(MostSeconds / LeastSeconds);
        var svg = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="13">
            <rect width="{Width}" height="{Height}" fill="white"/>
            <text x="{Left}" y="18">Seconds of a build against its items: wall clock (blue), all processors (orange)</text>

            """));
        for (var items = LeastItems; items <= MostItems; items *= 10)
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{X(items):F1}" y1="{Top}" x2="{X(items):F1}" y2="{Height - Bottom}" stroke="#ddd"/><text x="{X(items):F1}" y="{Height - Bottom + 20}" text-anchor="middle">{items:N0}</text>""");
        for (var seconds = LeastSeconds; seconds <= MostSeconds; seconds *= 10)
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<line x1="{Left}" y1="{Y(seconds):F1}" x2="{Width - Right}" y2="{Y(seconds):F1}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(seconds) + 4:F1}" text-anchor="end">{seconds:0.#}</text>""");
        Line("#1f77b4", point => point.Run.Seconds);
        Line("#ff7f0e", point => point.Run.ProcessorSeconds);
        return svg.Append("</svg>\n").ToString();

        void Line(string color, Func<Point, double> secondsOf)
        {
            var places = points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Items):F1},{Y(secondsOf(point)):F1}")).ToArray();
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<polyline points="{string.Join(' ', places)}" fill="none" stroke="{color}" stroke-width="2"/>""");
            foreach (var place in places.Select(place => place.Split(',')))
                svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{place[0]}" cy="{place[1]}" r="4" fill="{color}"/>""");
        }
    }
}
