using System.CommandLine;
using Cantor.Releases;
using Cantor.Server;
using Cantor.Signals;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class RelatedCommand
{
    internal sealed record Related(string Id, string Title, int Rank, float Score, float? Strength, IEnumerable<ToldReason>? Reasons, string? Because, IReadOnlyList<string>? Variants);

    internal sealed record ToldReason(string Signal, float Weight, IEnumerable<ToldPart> Parts);

    internal sealed record ToldPart(string Kind, string? Text, float Weight, int? Count);

    internal static Command Make()
    {
        var (collection, data, store, blobs, json) = (Shared.Collection(), Shared.Data(), Shared.Store(), Shared.Blobs(), Shared.AsJson());
        var id = new Argument<string>("ID") { Description = "The item." };
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 100.", DefaultValueFactory = _ => 10 };
        var explain = new Option<bool>("--explain") { Description = "Say why." };
        var lang = Shared.ReasonLang();
        var diversity = new Option<float>("--diversity") { Description = "How much different items are preferred to closer ones, 0 to 1." };
        var command = new Command("related", "Prints the items related to one, as a server would answer now: with what was pushed, without what was deleted or hidden.\n\nExample: cantor related articles 4711 --explain") { collection, id, limit, explain, lang, diversity, data, store, blobs, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var most = Shared.Between(1, parsed.GetValue(limit), 100, "--limit");
            var different = (float)Shared.Between(0, parsed.GetValue(diversity), 1, "--diversity");
            using var laid = await Shared.OpenLaidAsync(parsed.GetValue(store), parsed.GetValue(blobs), parsed.GetValue(data)!, parsed.GetValue(collection)!, null, cancellationToken);
            var related = ListOf(laid, parsed.GetValue(id)!, most, parsed.GetValue(explain) ? Shared.LanguageOf(parsed.GetValue(lang)) : null, different);
            if (parsed.GetValue(json)) Shared.PrintJson(related);
            else if (related.Count == 0) Console.Out.WriteLine("nothing is related to it");
            else Print(related);
            return related.Count == 0 ? Exit.Empty : Exit.Done;
        });
        return command;
    }

    /// <param name="laid">The release and what lies over it.</param>
    /// <param name="id">Whose list it is.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="explain">What reasons are told in; null for none.</param>
    /// <param name="diversity">How much different items are preferred, 0 to 1.</param>
    /// <exception cref="Corpus.InputFaultException">There is no such item.</exception>
    internal static List<Related> ListOf(LaidRelease laid, string id, int limit, ReasonLanguage? explain, float diversity = 0) =>
        [.. (laid.ListOf(id, limit, diversity) ?? throw Shared.NoItem(laid, id)).Select((hit, rank) =>
        {
            var reasons = explain is null ? null : hit.Reasons;
            return new Related(hit.Id, hit.Title, rank + 1, hit.Score, explain is null ? null : hit.Strength,
                reasons?.Select(Told), reasons is null ? null : Reason.Sentence(reasons, explain!.Value), hit.Variants is { Count: > 0 } variants ? variants : null);
        })];

    static ToldReason Told(Reason reason) => new(reason.Signal, reason.Weight, reason.Telling().Select(part =>
        new ToldPart(part.Kind.Word(), part.Text.Length > 0 ? part.Text : null, part.Weight, part.Count > 0 ? part.Count : null)));

    static void Print(List<Related> related)
    {
        var explained = related[0].Reasons is not null;
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "score", "id", "title");
        if (explained) table.AddColumn("because");
        foreach (var item in related)
        {
            List<string> cells = [FormattableString.Invariant($"{item.Rank}"), FormattableString.Invariant($"{item.Score:F3}"), Markup.Escape(item.Id), Markup.Escape(item.Title + (item.Variants is { Count: > 0 and var count } ? FormattableString.Invariant($" (and {count} like it)") : ""))];
            if (explained) cells.Add(Markup.Escape(item.Because!));
            table.AddRow([.. cells]);
        }
        AnsiConsole.Write(table);
    }
}
