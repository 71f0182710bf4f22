using System.Globalization;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;

namespace Cantor.Cli.Reports;

/// <summary>What `cantor diff` found out: everything that is printed or drawn.</summary>
/// <param name="Before">One release.</param>
/// <param name="After">The other.</param>
/// <param name="Lists">How their lists differ.</param>
/// <param name="Retold">The items of both whose stored fields differ: title, url, tags, times, attributes; in the order of the ids.</param>
sealed record ReleaseDifference(ReleaseLists Before, ReleaseLists After, Difference Lists, IReadOnlyList<ItemId> Retold)
{
    /// <summary>True when every answer of the two releases is the same.</summary>
    internal bool IsEmpty => Lists.IsEmpty && Retold.Count == 0;

    internal static ReleaseDifference Between(ReleaseLists before, ReleaseLists after, CancellationToken cancellationToken) => new(before, after,
        Difference.Between(before.Ids, before.ScoredListOf, after.Ids, after.ScoredListOf, cancellationToken),
        [.. before.Ids.Where(item => after.Has(item) && !before.FieldsOf(item).AsSpan().SequenceEqual(after.FieldsOf(item))).Order()]);

    /// <summary>The most changed items, their lists beside each other; none that did not change.</summary>
    internal IEnumerable<(ItemChurn Churn, ListPair Pair)> MostChanged(int most, ReasonLanguage language) =>
        Lists.Items.Where(item => item.Changed).Take(most).Select(item => (item, ListPair.Of(Before, After, item.Item, null, language)));

    /// <summary>Every item that both have, the most changed first, as tab-separated lines under a line of names.</summary>
    internal async Task WriteItemsAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new StreamWriter(path, append: false);
        await file.WriteAsync("item\tbefore\tafter\tchanged\toverlap_at_10\trbo\tkendall_tau_b\n".AsMemory(), cancellationToken);
        foreach (var item in Lists.Items)
            await file.WriteAsync(string.Create(CultureInfo.InvariantCulture,
                $"{item.Item}\t{item.Before}\t{item.After}\t{(item.Changed ? 1 : 0)}\t{item.OverlapAt10:0.####}\t{item.RankBiasedOverlap:0.####}\t{item.KendallTauB:0.####}\n").AsMemory(), cancellationToken);
    }
}
