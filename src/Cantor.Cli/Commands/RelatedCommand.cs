using System.CommandLine;
using Cantor.Ranking;
using Cantor.Releases;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class RelatedCommand
{
    internal sealed record Related(string Id, string Title, int Rank, float Score, float? Strength, IReadOnlyList<Reason>? Reasons, IReadOnlyList<string>? Variants);

    internal static Command Make()
    {
        var (collection, data, json) = (Shared.Collection(), Shared.Data(), Shared.AsJson());
        var id = new Argument<string>("ID") { Description = "The item." };
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 100.", DefaultValueFactory = _ => 10 };
        var explain = new Option<bool>("--explain") { Description = "Say why." };
        var command = new Command("related", "Prints the items related to one.\n\nExample: cantor related articles 4711 --explain") { collection, id, limit, explain, data, json };
        command.Runs((parsed, _) =>
        {
            var most = Shared.Between(1, parsed.GetValue(limit), 100, "--limit");
            using var release = Shared.OpenRelease(parsed.GetValue(data)!, parsed.GetValue(collection)!, null);
            var related = ListOf(release, Shared.Find(release, parsed.GetValue(id)!), most, parsed.GetValue(explain));
            if (parsed.GetValue(json)) Shared.PrintJson(related);
            else if (related.Count == 0) Console.Out.WriteLine("nothing is related to it");
            else Print(related);
            return Task.FromResult(related.Count == 0 ? Exit.Empty : Exit.Done);
        });
        return command;
    }

    internal static List<Related> ListOf(Release release, Ordinal item, int limit, bool explain)
    {
        var list = new List<Related>();
        foreach (var neighbor in release.NeighborsOf(item)[..Math.Min(limit, release.NeighborsOf(item).Length)])
            list.Add(new(Shared.Text(release.IdOf(neighbor.Item)), Shared.TitleOf(release, neighbor.Item), list.Count + 1, neighbor.Score,
                explain ? neighbor.Strength : null, explain ? release.ReasonsOf(item, neighbor.Item) : null,
                release.VariantsOf(item, list.Count) is { Count: > 0 } variants ? [.. variants.Select(variant => Shared.Text(release.IdOf(variant)))] : null));
        return list;
    }

    static void Print(List<Related> related)
    {
        var explained = related[0].Reasons is not null;
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "score", "id", "title");
        if (explained) table.AddColumn("because");
        foreach (var item in related)
        {
            List<string> cells = [FormattableString.Invariant($"{item.Rank}"), FormattableString.Invariant($"{item.Score:F3}"), Markup.Escape(item.Id), Markup.Escape(item.Title + (item.Variants is { Count: > 0 and var count } ? FormattableString.Invariant($" (and {count} like it)") : ""))];
            if (explained) cells.Add(Markup.Escape(Because(item.Reasons!)));
            table.AddRow([.. cells]);
        }
        AnsiConsole.Write(table);
    }

    internal static string Because(IReadOnlyList<Reason> reasons) =>
        string.Join("; ", reasons.Select(reason => FormattableString.Invariant($"{reason.Signal} {reason.Weight:F3}") + (reason.Terms.Count > 0 ? $": {string.Join(", ", reason.Terms)}" : "")));
}
