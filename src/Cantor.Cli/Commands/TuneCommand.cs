using System.CommandLine;
using System.Text;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Onnx;
using Cantor.Sources;
using Cantor.Sources.Config;
using Cantor.Tuning;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class TuneCommand
{
    /// <summary>The share of units that ask: twice that of evaluate, as a fold of them must tell weights apart.</summary>
    const double AskingShare = .2;

    internal static Command Make()
    {
        var (collection, items, map, skipBad, json, threads) = (Shared.Collection(), Shared.Items(), Shared.Map(), Shared.SkipBad(), Shared.AsJson(), Shared.Threads());
        var judgments = new Option<string?>("--judgments") { Description = "Tab-separated query, item, grade (0 to 10): learn from them." };
        var events = new Option<string[]>("--events") { Description = "Where events come from (unit, item, time, type). Without --judgments a fifth of the units is kept apart and asked what it looked at next.", AllowMultipleArgumentsPerToken = true };
        var ordered = new Option<bool>("--ordered") { Description = "The order of a unit's events is real, not that of a catalog." };
        var config = new Option<string?>("--config") { Description = "A cantor.yaml: its sources and options, and the weights to begin with." };
        var output = new Option<string?>("--out") { Description = "A file for the learned weights, which cantor build --config takes; they are printed when not given." };
        var seed = new Option<ulong?>("--seed") { Description = "What chance is seeded with." };
        var command = new Command("tune", "Learns what tags, latent, vectors and co-views count beside text, and says how sure it is. Weights that are not surely better stay as they are.\n\nExample: cantor tune articles --items articles.jsonl.gz --judgments judgments.tsv --out tuned.yaml\nExample: cantor tune articles --items articles.jsonl.gz --events views.tsv.gz --ordered")
        {
            collection, items, judgments, events, ordered, config, output, seed, threads, map, skipBad, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(collection)!;
            if (CollectionName.Check(name) is { } noName) throw new InputFaultException("COLLECTION", null, noName);
            var file = parsed.GetValue(config) is { } path ? CollectionConfig.Load(path, Environment.GetEnvironmentVariable) : null;
            var (given, told) = (parsed.GetValue(items), parsed.GetValue(events));
            var itemSources = given is { Length: > 0 } ? given : file?.Items ?? [];
            var eventSources = told is { Length: > 0 } ? told : file?.Events ?? [];
            if (itemSources.Count == 0) throw new InputFaultException("--items", null, "no source is given, here or in --config");
            if (parsed.GetValue(judgments) is null && eventSources.Count == 0) throw new InputFaultException("--judgments", null, "there is nothing to learn from; expected a file of judgments, or --events");

            var defaults = new SourceOptions { Threads = Shared.Between(1, parsed.GetValue(threads) ?? Environment.ProcessorCount, 1024, "--threads") };
            var itemOptions = Shared.Options(file?.ItemOptions(defaults) ?? defaults, parsed.GetValue(map), parsed.GetValue(skipBad));
            var eventOptions = file?.EventOptions(defaults) ?? defaults;
            if (given is { Length: > 0 }) itemOptions = itemOptions with { WorkingDirectory = null };
            if (told is { Length: > 0 }) eventOptions = eventOptions with { WorkingDirectory = null };
            var options = Shared.BuildOptions(file, defaults.Threads);
            options = options with
            {
                Seed = parsed.GetValue(seed) ?? options.Seed,
                Dictionary = file?.Terms is { } terms ? TermFile.Read(terms) : null,
                CoViews = parsed.GetValue(ordered) ? options.CoViews with { Ordered = true } : options.CoViews,
            };

            var counts = new SourceCounts();
            using var encoder = file?.Encoder is { } model ? TextEncoder.Open(model, threads: defaults.Threads) : null;
            var read = ItemSource.ReadAsync(itemSources, itemOptions, counts, cancellationToken);
            if (encoder is not null) read = encoder.AddVectorsAsync(read, cancellationToken);
            var seen = eventSources.Count == 0 ? null : EventSource.ReadAsync(eventSources, eventOptions, counts, cancellationToken);
            var judged = parsed.GetValue(judgments) is { } source ? await JudgmentSource.ReadAsync(source, new(), cancellationToken) : null;
            var report = await BuildBars.ShowAsync(parsed.GetValue(json), progress => judged is null
                ? Tuner.FromEventsAsync(name, read, seen!, AskingShare, options, progress, cancellationToken)
                : Tuner.FromJudgmentsAsync(name, read, seen, judged, options, progress, cancellationToken));
            foreach (var fault in counts.Faults) await Console.Error.WriteLineAsync($"passed over: {fault}");

            var yaml = Yaml(report, name, judged is null ? "units" : "judged items", options.CoViews.Ordered);
            if (parsed.GetValue(output) is { } target) await WholeFile.WriteAsync(target, temporary => File.WriteAllTextAsync(temporary, yaml, cancellationToken));
            if (parsed.GetValue(json)) Shared.PrintJson(new { Collection = name, From = judged is null ? "events" : "judgments", report.Questions, report.Before, report.After, report.Gain, report.IsBetter, report.Weights, report.Compared });
            else Print(report, parsed.GetValue(output), yaml);
            return Exit.Done;
        });
        return command;
    }

    static void Print(TuningReport report, string? output, string yaml)
    {
        var weights = new Table().Border(TableBorder.Simple).AddColumns("signal", "counts now", "learned", "folds");
        foreach (var (signal, before, learned, least, greatest) in report.Weights)
            weights.AddRow(signal, Show(before), Show(learned), $"{Show(least)} to {Show(greatest)}");
        AnsiConsole.Write(weights);
        var means = new Table().Border(TableBorder.Simple).AddColumns("nDCG@10", "value", "95 %");
        void Row(string name, Interval value) => means.AddRow(name, FormattableString.Invariant($"{value.Value:F4}"), FormattableString.Invariant($"{value.Low:F4} to {value.High:F4}"));
        Row("now", report.Before);
        Row("learned, on questions not learned from", report.After);
        Row("gain", report.Gain);
        AnsiConsole.Write(means);
        Console.Out.WriteLine(report.IsBetter
            ? "The learned weights are better."
            : "The weights stay as they are: the gain's interval does not lie above 0.");
        if (output is not null) Console.Out.WriteLine($"{output}: cantor build --config takes it");
        else Console.Out.Write("\n" + yaml);
    }

    /// <summary>What a cantor.yaml says of it.</summary>
    static string Yaml(TuningReport report, string collection, string questions, bool ordered)
    {
        var yaml = new StringBuilder(FormattableString.Invariant(
            $"# cantor tune {collection}: {report.Questions:N0} {questions}, nDCG@10 {report.Before.Value:F4}, learned {report.Gain.Value:+0.0000;-0.0000} (95 % {report.Gain.Low:+0.0000;-0.0000} to {report.Gain.High:+0.0000;-0.0000}).\n"));
        if (!report.IsBetter) return yaml.Append("# Not surely better, so the weights stay as they are.\nsignals: {}\n").ToString();
        yaml.Append("signals:\n");
        foreach (var weight in report.Weights)
        {
            yaml.Append(FormattableString.Invariant($"  {weight.Signal}:\n    weight: {weight.Learned}\n"));
            if (ordered && weight.Signal == "coviews") yaml.Append("    ordered: true\n");
        }
        return yaml.ToString();
    }

    static string Show(double weight) => FormattableString.Invariant($"{weight:0.###}");
}
