using System.CommandLine;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class RelatedCommand
{
    /// <summary>The parts of one reason that are told.</summary>
    const int MaxParts = 5;

    internal sealed record Related(string Id, string Title, int Rank, float Score, float? Strength, IEnumerable<ToldReason>? Reasons, string? Because, IReadOnlyList<string>? Variants);

    internal sealed record ToldReason(string Signal, float Weight, IEnumerable<ToldPart> Parts);

    internal sealed record ToldPart(string Kind, string? Text, float Weight, int? Count);

    internal static Command Make()
    {
        var (collection, data, json) = (Shared.Collection(), Shared.Data(), Shared.AsJson());
        var id = new Argument<string>("ID") { Description = "The item." };
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 100.", DefaultValueFactory = _ => 10 };
        var explain = new Option<bool>("--explain") { Description = "Say why." };
        var lang = Shared.ReasonLang();
        var diversity = new Option<float>("--diversity") { Description = "How much different items are preferred to closer ones, 0 to 1." };
        var command = new Command("related", "Prints the items related to one.\n\nExample: cantor related articles 4711 --explain") { collection, id, limit, explain, lang, diversity, data, json };
        command.Runs((parsed, _) =>
        {
            var most = Shared.Between(1, parsed.GetValue(limit), 100, "--limit");
            using var release = Shared.OpenRelease(parsed.GetValue(data)!, parsed.GetValue(collection)!, null);
            var different = (float)Shared.Between(0, parsed.GetValue(diversity), 1, "--diversity");
            var item = Shared.Find(release, parsed.GetValue(id)!);
            var related = ListOf(release, item, most, parsed.GetValue(explain) ? Shared.LanguageOf(parsed.GetValue(lang)) : null, different);
            if (parsed.GetValue(json)) Shared.PrintJson(related);
            else if (related.Count == 0) Console.Out.WriteLine("nothing is related to it");
            else Print(related);
            return Task.FromResult(related.Count == 0 ? Exit.Empty : Exit.Done);
        });
        return command;
    }

    /// <param name="release">The release.</param>
    /// <param name="item">Whose list it is.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="explain">What reasons are told in; null for none.</param>
    /// <param name="diversity">How much different items are preferred, 0 to 1.</param>
    internal static List<Related> ListOf(Release release, Ordinal item, int limit, ReasonLanguage? explain, float diversity = 0)
    {
        var neighbors = release.NeighborsOf(item).ToArray();
        return [.. release.DiverseOrder(item, diversity).Take(limit).Select((place, rank) =>
        {
            var neighbor = neighbors[place];
            var reasons = explain is null ? null : release.ReasonsOf(item, neighbor.Item);
            string[] variants = [.. release.VariantsOf(item, place).Select(variant => Shared.Text(release.IdOf(variant)))];
            return new Related(Shared.Text(release.IdOf(neighbor.Item)), Shared.TitleOf(release, neighbor.Item), rank + 1, neighbor.Score,
                explain is null ? null : neighbor.Strength, reasons?.Select(Told), reasons is null ? null : Reason.Sentence(reasons, explain!.Value), variants.Length > 0 ? variants : null);
        })];
    }

    static ToldReason Told(Reason reason) => new(reason.Signal, reason.Weight, reason.Telling(MaxParts).Select(part =>
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
