using System.Buffers;
using System.IO.Hashing;
using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals;

namespace Cantor.Releases;

/// <summary>What builds and imports write alike, and how the signals of a release are made from its sections.</summary>
static class ReleaseSections
{
    internal const string Built = "built", Imported = "imported";

    /// <summary>The signals that the sections hold; none in a release of imported lists.</summary>
    internal static Fusion FusionOf(Sections sections, ReleaseSummary summary) => FusionOf(
        new(sections, summary.Items, summary.Vectors?.Dimensions ?? 0, null), summary.Signals,
        summary.Age is { } age ? new(age, summary.AgesFrom, sections.Get<float>(Ages.Section, summary.Items)) : null);

    /// <summary>Signals that the columns hold.</summary>
    /// <param name="columns">Of a build or a release.</param>
    /// <param name="weights">The signals' names, and what a score of 1 of each adds.</param>
    /// <param name="ages">What ages leave of strengths; null when they do not count.</param>
    internal static Fusion FusionOf(SignalColumns columns, IReadOnlyList<(string Name, float Weight)> weights, Ages? ages) =>
        new([.. weights.Where(signal => signal.Name != Imported).Select(signal => SignalKind.All.FirstOrDefault(kind => kind.Name == signal.Name) is { } kind
            ? kind.Open(columns, signal.Weight)
            : throw new InvalidDataException($"section meta names the signal \"{signal.Name}\", which this program does not know"))], ages);

    /// <summary>Adds ids, their lookup and the items' fields.</summary>
    internal static void AddItems(Sections sections, ItemTable items)
    {
        var ids = Array.ConvertAll(items.Ids, id => Encoding.UTF8.GetBytes(id.Value));
        var lookup = new int[Release.LookupSize(items.Count)];
        Array.Fill(lookup, -1);
        for (var row = 0; row < ids.Length; row++)
        {
            var slot = (long)XxHash3.HashToUInt64(ids[row]) & lookup.Length - 1;
            while (lookup[slot] >= 0) slot = slot + 1 & lookup.Length - 1;
            lookup[slot] = row;
        }
        var scratch = new ArrayBufferWriter<byte>();
        var json = Array.ConvertAll(items.Ids, id => ItemFields.IdOf(id, scratch));
        Texts.Add(sections, "ids", ids.Length, row => ids[row]);
        Texts.Add(sections, "ids.json", ids.Length, row => json[row]);
        sections.Add<int>("ids.lookup", lookup);
        Texts.Add(sections, "items.short", ids.Length, row => items.Fields[row].TitleAndUrl);
        Texts.Add(sections, "items", ids.Length, row => items.Fields[row].All);
        sections.Add<long>("items.published", items.PublishedAt);
        if (items.ExpiresAt.AsSpan().ContainsAnyExcept(ItemTable.NoTime)) sections.Add<long>("items.expires", items.ExpiresAt);
    }

    /// <summary>What a release says of itself before its lists are known.</summary>
    internal static ReleaseSummary SummaryOf(string collection, int items, BuildOptions options, string provenance, IReadOnlyList<(string, float)> signals) => new()
    {
        Collection = collection,
        Items = items,
        Neighbors = 0,
        Provenance = provenance,
        K = options.K,
        Seed = options.Seed,
        AsOf = options.AsOf,
        Lang = options.Lang,
        LastChange = options.LastChange,
        EngineVersion = typeof(ReleaseBuilder).Assembly.GetName().Version?.ToString(3) ?? "",
        Signals = signals,
    };
}
