using System.CommandLine;
using Cantor.Cli.Reports;
using Cantor.Corpus;
using Cantor.Server;
using Cantor.Sources;

namespace Cantor.Cli.Commands;

static class EvaluateCommand
{
    /// <summary>The share of units that --holdout keeps from the build.</summary>
    const double TestShare = .1;

    internal static Command Make()
    {
        var (collection, release, data, store, blobs, json) = (Shared.Collection(), Shared.Release(), Shared.Data(), Shared.Store(), Shared.Blobs(), Shared.AsJson());
        var judgments = new Option<string>("--judgments") { Description = "Tab-separated query, item, grade (0 to 10); plain or .gz." };
        var holdout = new Option<string?>("--holdout") { Description = "events: build without a tenth of the units of --events, hide one item of each, and see whether the lists hold it." };
        holdout.AcceptOnlyFromAmong("events");
        var items = Shared.Items();
        var events = new Option<string[]>("--events") { Description = "With --holdout: where events come from (unit, item, time, type).", AllowMultipleArgumentsPerToken = true };
        var ordered = new Option<bool>("--ordered") { Description = "With --holdout: the order inside a unit is real; the last item is hidden. Without it a random one is." };
        var weight = new Option<double>("--coviews-weight") { Description = "With --holdout: what events count beside text, 0 to 2.", DefaultValueFactory = _ => 1 };
        var against = new Option<string?>("--against") { Description = "With --judgments: the release to compare with, which differences are from: its version, live, canary, previous, or its file." };
        var slice = new Option<string[]>("--slice") { Description = "With --judgments: measure parts of the queries too, by lang, age, events, tags, tags:PREFIX or any stored field of theirs.", AllowMultipleArgumentsPerToken = true };
        var plot = new Option<string?>("--plot") { Description = "With --judgments: write a page with plots and examples to this file, written whole or not at all." };
        var most = new Option<int>("--most") { Description = "How many of the most improved, of the most worsened, and of each kind of example are shown, 0 to 100.", DefaultValueFactory = _ => 3 };
        var lang = Shared.ReasonLang();
        var seed = new Option<ulong>("--seed") { Description = "What the resampling is seeded with." };
        var command = new Command("evaluate", "Scores a release, as a server would answer from it now, against judgments, with 95 % bootstrap intervals.\n\nExample: cantor evaluate articles --judgments judgments.tsv --plot report.html\nExample: cantor evaluate articles --judgments judgments.tsv --release canary --against live\nExample: cantor evaluate articles --holdout events --items articles.jsonl.gz --events views.tsv.gz --ordered")
        {
            collection, judgments, release, against, slice, plot, most, lang, holdout, items, events, ordered, weight, data, store, blobs, seed, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(holdout) is not null)
            {
                if (new Option[] { judgments, release, against, slice, plot }.FirstOrDefault(option => parsed.GetResult(option) is not null) is { } option)
                    throw new InputFaultException(option.Name, null, "does not go with --holdout, which builds a release of its own and asks events");
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
            var shown = Shared.Between(0, parsed.GetValue(most), 100, "--most");
            var language = Shared.LanguageOf(parsed.GetValue(lang));
            using var opened = await OpenAsync(release);
            using var other = parsed.GetValue(against) is null ? null : await OpenAsync(against);
            var read = await JudgmentSource.ReadAsync(file, new(), cancellationToken);
            var lists = new ReleaseLists(opened);
            if (!read.Queries.Any(query => lists.Has(query.Query)))
                throw new InputFaultException(file, null, "none of its queries is an item of the release");
            var result = EvaluationResult.Of(lists, read, file, other is null ? null : new(other), parsed.GetValue(slice) ?? [], parsed.GetValue(seed), cancellationToken);
            if (parsed.GetValue(plot) is { } page) await WholeFile.WriteAsync(page, temporary => File.WriteAllTextAsync(temporary, EvaluationPage.Of(result, shown, language, cancellationToken), cancellationToken));
            if (parsed.GetValue(json)) Shared.PrintJson(EvaluationText.Json(result, shown, language));
            else EvaluationText.Print(result, shown, language);
            return Exit.Done;

            Task<LaidRelease> OpenAsync(Option<string?> which) => Shared.OpenLaidAsync(
                parsed.GetValue(store), parsed.GetValue(blobs), parsed.GetValue(data)!, parsed.GetValue(collection)!, parsed.GetValue(which), cancellationToken, which.Name);
        });
        return command;
    }
}
