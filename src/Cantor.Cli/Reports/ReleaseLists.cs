using System.Text.Json;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Releases;
using Cantor.Server;

namespace Cantor.Cli.Reports;

/// <summary>
/// A release as it is measured: every item's list by ids, as a server would answer now. What must not be shown is not in it. Reads from
/// the release, which must stay open.
/// </summary>
sealed class ReleaseLists
{
    readonly LaidRelease _laid;
    readonly HashSet<ItemId> _items;

    internal ReleaseLists(LaidRelease laid)
    {
        _laid = laid;
        Ids = [.. laid.Ids().Select(ItemId.Parse)];
        _items = [.. Ids];
    }

    internal ReleaseSummary Summary => _laid.Summary;

    internal string Name => Summary.Version.ToString();

    /// <summary>The ids of all items: those of the release in its order, then those that were pushed since.</summary>
    internal ItemId[] Ids { get; }

    /// <summary>What ages are counted back from: the time the build looked from, else its start.</summary>
    internal DateTimeOffset AsOf => Summary.AsOf ?? Summary.Version.BuiltAt;

    internal bool Has(ItemId item) => _items.Contains(item);

    /// <summary>The first places of an item's list, as many as are measured; null for an unknown item.</summary>
    internal IReadOnlyList<ItemId>? ListOf(ItemId item) => HitsOf(item)?.Take(Evaluator.Depth).Select(IdOf).ToArray();

    /// <summary>An item's whole list with its scores; null for an unknown item.</summary>
    internal IReadOnlyList<(ItemId Item, float Score)>? ScoredListOf(ItemId item) => HitsOf(item)?.Select(hit => (IdOf(hit), hit.Score)).ToArray();

    /// <summary>An item's list with what else is told of each; null for an unknown item.</summary>
    internal IEnumerable<LaidHit>? HitsOf(ItemId item) => Has(item) ? _laid.HeldListOf(item.Value) : null;

    internal DateTimeOffset? PublishedAtOf(ItemId item) => _laid.PublishedAtOf(item.Value);

    /// <summary>True when the release relates the item by a signal.</summary>
    internal bool HasFrom(ItemId item, string signal) => _laid.HasFrom(item.Value, signal);

    /// <summary>What people know the item by; nothing but its id for an unknown item.</summary>
    internal Card CardOf(ItemId item)
    {
        if (!Has(item)) return new(item.Value, "", null, null);
        using var fields = JsonDocument.Parse(FieldsOf(item));
        return new(item.Value, Text("title") ?? "", Text("url"), Text("lang"));

        string? Text(string field) => fields.RootElement.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>The fields of an item that the release has, a JSON object in UTF-8.</summary>
    internal byte[] FieldsOf(ItemId item) => _laid.FieldsOf(item.Value) ?? throw new ArgumentException($"there is no item {item} in {Name}", nameof(item));

    internal IReadOnlyList<AgeBucket> Ages() => AgeCurve.Of(Ids, ListOf, PublishedAtOf, AsOf);

    internal static ItemId IdOf(LaidHit hit) => ItemId.Parse(hit.Id);
}

/// <summary>What people know an item by.</summary>
/// <param name="Id">The item.</param>
/// <param name="Title">Its title; empty when it has none.</param>
/// <param name="Url">Where it is; null when its source does not say.</param>
/// <param name="Lang">Its language; null when it is not known.</param>
sealed record Card(string Id, string Title, string? Url, string? Lang)
{
    /// <summary>The title, else the id.</summary>
    internal string Name => Title.Length > 0 ? Title : Id;

    /// <summary>The title with the id: people know the one, machines the other.</summary>
    internal string FullName => Title.Length > 0 ? $"{Title} ({Id})" : Id;
}
