using System.CommandLine;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;
using Cantor.Sources;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class EvaluateCommand
{
    /// <summary>The share of units that --holdout keeps from the build.</summary>
    const double TestShare = .1;

    internal static Command Make()
    {
        var (collection, release, data, json) = (Shared.Collection(), Shared.Release(), Shared.Data(), Shared.AsJson());
        var judgments = new Option<string>("--judgments") { Description = "Tab-separated query, item, grade (0 to 10); plain or .gz." };
        var holdout = new Option<string?>("--holdout") { Description = "events: build without a tenth of the units of --events, hide one item of each, and see whether the lists hold it." };
        holdout.AcceptOnlyFromAmong("events");
        var items = Shared.Items();
        var events = new Option<string[]>("--events") { Description = "With --holdout: where events come from (unit, item, time, type).", AllowMultipleArgumentsPerToken = true };
        var ordered = new Option<bool>("--ordered") { Description = "With --holdout: the order inside a unit is real; the last item is hidden. Without it a random one is." };
        var weight = new Option<double>("--coviews-weight") { Description = "With --holdout: what events count beside text, 0 to 2.", DefaultValueFactory = _ => 1 };
        var seed = new Option<ulong>("--seed") { Description = "What the resampling is seeded with." };
        var command = new Command("evaluate", "Scores a release against judgments, with 95 % bootstrap intervals.\n\nExample: cantor evaluate articles --judgments judgments.tsv\nExample: cantor evaluate articles --holdout events --items articles.jsonl.gz --events views.tsv.gz --ordered")
        {
            collection, judgments, release, holdout, items, events, ordered, weight, data, seed, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(holdout) is not null)
            {
                if (parsed.GetValue(items) is not { Length: > 0 } itemSources) throw new InputFaultException("--items", null, "no source is given; --holdout builds a release of its own");
                if (parsed.GetValue(events) is not { Length: > 0 } eventSources) throw new InputFaultException("--events", null, "no source is given; --holdout hides some of them");
                if (parsed.GetValue(weight) is not (>= 0 and <= 2)) throw new InputFaultException("--coviews-weight", null, "expected 0 to 2");
                var report = await HoldoutEvaluation.RunAsync(
                    parsed.GetValue(collection)!, itemSources, eventSources, parsed.GetValue(ordered), TestShare, parsed.GetValue(weight), parsed.GetValue(seed),
                    parsed.GetValue(json), cancellationToken);
                HoldoutEvaluation.Print(report, parsed.GetValue(collection)!, parsed.GetValue(ordered), parsed.GetValue(json));
                return Exit.Done;
            }
            var file = parsed.GetValue(judgments) ?? throw new InputFaultException("--judgments", null, "no file is given; expected one, or --holdout events");
            using var opened = Shared.OpenRelease(parsed.GetValue(data)!, parsed.GetValue(collection)!, parsed.GetValue(release));
            var read = await JudgmentSource.ReadAsync(file, new(), cancellationToken);
            if (!read.Queries.Any(query => opened.TryFind(System.Text.Encoding.UTF8.GetBytes(query.Query.Value), out _)))
                throw new InputFaultException(file, null, "none of its queries is an item of the release");
            Print(Evaluate(opened, read, parsed.GetValue(seed), cancellationToken), opened, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }

    internal static EvaluationReport Evaluate(Release release, Judgments judgments, ulong seed, CancellationToken cancellationToken)
    {
        var ids = Shared.Ids(release);
        var lists = new Dictionary<ItemId, IReadOnlyList<ItemId>>(ids.Length);
        for (var row = 0; row < ids.Length; row++)
        {
            var neighbors = release.NeighborsOf(new(row));
            var list = new ItemId[Math.Min(Evaluator.Depth, neighbors.Length)];
            for (var rank = 0; rank < list.Length; rank++) list[rank] = ids[neighbors[rank].Item.Row];
            lists.Add(ids[row], list);
        }
        return Evaluator.Evaluate(judgments, ids, query => lists.GetValueOrDefault(query), seed, cancellationToken);
    }

    internal static void Print(EvaluationReport report, Release release, bool json)
    {
        var means = report.Means;
        if (json)
        {
            Shared.PrintJson(new
            {
                Collection = release.Summary.Collection,
                Release = release.Summary.Version.ToString(),
                Queries = report.Queries.Count,
                means.NdcgAt10,
                means.PrecisionAt5,
                means.RecallAt20,
                means.ReciprocalRankAt10,
                means.Answered,
                Covered = report.Exposure.Covered,
                report.Exposure.Coverage,
                report.Exposure.Gini,
            });
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("measure", "value", "95 %");
        void Row(string name, Interval value) => table.AddRow(name, FormattableString.Invariant($"{value.Value:F4}"), FormattableString.Invariant($"{value.Low:F4} to {value.High:F4}"));
        Row("nDCG@10", means.NdcgAt10);
        Row("P@5", means.PrecisionAt5);
        Row("recall@20", means.RecallAt20);
        Row("MRR@10", means.ReciprocalRankAt10);
        Row("answered", means.Answered);
        table.AddRow("coverage", FormattableString.Invariant($"{report.Exposure.Coverage:F4}"), FormattableString.Invariant($"{report.Exposure.Covered:N0} of {report.Exposure.Items:N0} items"));
        table.AddRow("exposure Gini", FormattableString.Invariant($"{report.Exposure.Gini:F4}"), "");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(FormattableString.Invariant($"{report.Queries.Count:N0} judged queries"));
    }
}
