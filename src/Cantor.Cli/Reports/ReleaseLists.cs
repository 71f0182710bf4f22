using System.Text.Json;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Ranking;
using Cantor.Releases;

namespace Cantor.Cli.Reports;

/// <summary>A release as it is measured: every item's list by ids. Reads from the release, which must stay open.</summary>
sealed class ReleaseLists
{
    readonly Dictionary<ItemId, Ordinal> _items;

    internal ReleaseLists(Release release)
    {
        Release = release;
        Ids = Shared.Ids(release);
        _items = new(Ids.Length);
        foreach (var id in Ids) _items.Add(id, new(_items.Count));
    }

    internal Release Release { get; }

    internal string Name => Release.Summary.Version.ToString();

    /// <summary>The ids of all items, in the order of their ordinals.</summary>
    internal ItemId[] Ids { get; }

    /// <summary>What ages are counted back from: the time the build looked from, else its start.</summary>
    internal DateTimeOffset AsOf => Release.Summary.AsOf ?? Release.Summary.Version.BuiltAt;

    internal bool Has(ItemId item) => _items.ContainsKey(item);

    /// <summary>The item, which the release must have.</summary>
    internal Ordinal this[ItemId item] => _items[item];

    /// <summary>The first places of an item's list, as many as are measured; null for an unknown item.</summary>
    internal IReadOnlyList<ItemId>? ListOf(ItemId item) => Neighbors(item, Evaluator.Depth, neighbor => Ids[neighbor.Item.Row]);

    /// <summary>An item's whole list with its scores; null for an unknown item.</summary>
    internal IReadOnlyList<(ItemId Item, float Score)>? ScoredListOf(ItemId item) => Neighbors(item, int.MaxValue, neighbor => (Ids[neighbor.Item.Row], neighbor.Score));

    internal DateTimeOffset? PublishedAtOf(ItemId item) => _items.TryGetValue(item, out var at) ? Release.PublishedAtOf(at) : null;

    /// <summary>What people know the item by; nothing but its id for an unknown item.</summary>
    internal Card CardOf(ItemId item)
    {
        if (!Has(item)) return new(item.Value, "", null, null);
        using var fields = FieldsOf(item);
        return new(item.Value, Text("title") ?? "", Text("url"), Text("lang"));

        string? Text(string field) => fields.RootElement.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>The item's stored fields; to be disposed.</summary>
    internal JsonDocument FieldsOf(ItemId item) => JsonDocument.Parse(Release.FieldsOf(_items[item], all: true).ToArray());

    /// <summary>Why the neighbor stands in the item's list, as a sentence.</summary>
    internal string Because(ItemId item, ItemId neighbor, ReasonLanguage language) => Reason.Sentence(Release.ReasonsOf(_items[item], _items[neighbor]), language);

    internal IReadOnlyList<AgeBucket> Ages() => AgeCurve.Of(Ids, ListOf, PublishedAtOf, AsOf);

    T[]? Neighbors<T>(ItemId item, int most, Func<Neighbor, T> read)
    {
        if (!_items.TryGetValue(item, out var at)) return null;
        var neighbors = Release.NeighborsOf(at);
        var list = new T[Math.Min(most, neighbors.Length)];
        for (var rank = 0; rank < list.Length; rank++) list[rank] = read(neighbors[rank]);
        return list;
    }
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
