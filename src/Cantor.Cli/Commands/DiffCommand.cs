using System.CommandLine;
using Cantor.Cli.Reports;
using Cantor.Server;

namespace Cantor.Cli.Commands;

static class DiffCommand
{
    internal static Command Make()
    {
        var (collection, data, store, blobs, json, lang) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.Blobs(), Shared.AsJson(), Shared.ReasonLang());
        var before = new Argument<string>("A") { Description = "The earlier release: its version, live, canary, previous, or its file." };
        var after = new Argument<string>("B") { Description = "The later release, named alike." };
        var html = new Option<string?>("--html") { Description = "Write a page with plots to this file, written whole or not at all." };
        var target = new Option<string?>("--out") { Description = "Write the churn of every item to this file, tab-separated." };
        var most = new Option<int>("--most") { Description = "How many of the most changed lists are shown, 0 to 1,000.", DefaultValueFactory = _ => 20 };
        var command = new Command("diff", """
            Tells what changes from one release to another as a server would answer from each now: items, lists, scores, exposure. Exits with 1 when anything does, 0 when nothing.

            Example: cantor diff articles previous live
            Example: cantor diff articles live canary --html diff.html
            """)
        {
            collection, before, after, html, target, most, lang, data, store, blobs, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var (name, language) = (parsed.GetValue(collection)!, Shared.LanguageOf(parsed.GetValue(lang)));
            var shown = Shared.Between(0, parsed.GetValue(most), 1000, "--most");
            using var earlier = await OpenAsync(before);
            using var later = await OpenAsync(after);
            var difference = ReleaseDifference.Between(new(earlier), new(later), cancellationToken);
            if (parsed.GetValue(html) is { } page) await WholeFile.WriteAsync(page, temporary => File.WriteAllTextAsync(temporary, DifferencePage.Of(difference, shown, language), cancellationToken));
            if (parsed.GetValue(target) is { } items) await WholeFile.WriteAsync(items, temporary => difference.WriteItemsAsync(temporary, cancellationToken));
            if (parsed.GetValue(json)) DifferenceText.PrintJson(difference, shown, language);
            else DifferenceText.Print(difference, shown, language);
            return difference.IsEmpty ? Exit.Done : Exit.Different;

            Task<LaidRelease> OpenAsync(Argument<string> side) => Shared.OpenLaidAsync(
                parsed.GetValue(store), parsed.GetValue(blobs), parsed.GetValue(data)!, name, parsed.GetValue(side), cancellationToken, side.Name);
        });
        return command;
    }
}
