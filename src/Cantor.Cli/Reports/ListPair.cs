using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;
using Spectre.Console;

namespace Cantor.Cli.Reports;

/// <summary>A place of a list, and where its item stands in the other release's list.</summary>
/// <param name="Item">Its item.</param>
/// <param name="Score">Its score.</param>
/// <param name="Grade">Its grade; null when nobody judged it, or when nothing is judged.</param>
/// <param name="Because">Why it stands there.</param>
/// <param name="Elsewhere">Its rank in the other list, from 1; null when it is not among its first ten.</param>
sealed record Place(Card Item, float Score, double? Grade, string Because, int? Elsewhere);

/// <summary>The first ten places of one item's list in two releases, beside each other.</summary>
/// <param name="Item">Whose list it is.</param>
/// <param name="Before">The list in one release; null when that lacks the item.</param>
/// <param name="After">The list in the other; null when that lacks the item.</param>
sealed record ListPair(Card Item, IReadOnlyList<Place>? Before, IReadOnlyList<Place>? After)
{
    const int Depth = Churn.Depth;

    /// <param name="before">One release.</param>
    /// <param name="after">The other.</param>
    /// <param name="item">Whose list.</param>
    /// <param name="grades">What was judged for it; null when nothing was.</param>
    /// <param name="language">What reasons are told in.</param>
    internal static ListPair Of(ReleaseLists before, ReleaseLists after, ItemId item, IReadOnlyDictionary<ItemId, double>? grades, ReasonLanguage language)
    {
        return new((after.Has(item) ? after : before).CardOf(item), PlacesOf(before, item, grades, language, after), PlacesOf(after, item, grades, language, before));
    }

    /// <summary>The first ten places of an item's list; null when the release lacks the item.</summary>
    internal static IReadOnlyList<Place>? PlacesOf(ReleaseLists lists, ItemId item, IReadOnlyDictionary<ItemId, double>? grades, ReasonLanguage language, ReleaseLists? other = null)
    {
        var elsewhere = (other?.ListOf(item) ?? []).Take(Depth).ToList();
        return lists.HitsOf(item) is not { } list ? null : [.. list.Take(Depth).Select(hit =>
        {
            var neighbor = ReleaseLists.IdOf(hit);
            return new Place(lists.CardOf(neighbor), hit.Score, grades is not null && grades.TryGetValue(neighbor, out var grade) ? grade : null,
                Reason.Sentence(hit.Reasons, language), elsewhere.IndexOf(neighbor) is >= 0 and var at ? at + 1 : null);
        })];
    }

    internal void Print(string told)
    {
        Console.Out.WriteLine($"{Item.FullName}: {told}{(Before is null ? "; not in the release before" : "")}{(After is null ? "; not in the release after" : "")}");
        var (before, after) = (Before ?? [], After ?? []);
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "before", "after", "because");
        for (var rank = 0; rank < Math.Max(before.Count, after.Count); rank++)
            table.AddRow(FormattableString.Invariant($"{rank + 1}"), CellOf(before, rank, "− "), CellOf(after, rank, "+ "), rank < after.Count ? Markup.Escape(after[rank].Because) : "");
        if (table.Rows.Count > 0) AnsiConsole.Write(table);
        else Console.Out.WriteLine();
    }

    static string CellOf(IReadOnlyList<Place> places, int rank, string missing) => rank >= places.Count ? ""
        : Markup.Escape((places[rank].Elsewhere is null ? missing : "") + places[rank].Item.Name + (places[rank].Grade is { } grade ? FormattableString.Invariant($" [{grade:0.#}]") : ""));
}
