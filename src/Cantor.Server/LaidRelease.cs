using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Server.Overlays;
using Cantor.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cantor.Server;

/// <summary>
/// A release with what was pushed, deleted and hidden laid over it, at one moment: what a server would answer from, for commands
/// that look into a store themselves. What must not be shown is in no list of it. For one thread.
/// </summary>
public sealed class LaidRelease : IDisposable
{
    readonly ServedCollection _served;
    readonly string?[] _ids;

    LaidRelease(ServedCollection served) => (_served, _ids) = (served, new string?[served.Release!.Release.Count]);

    /// <summary>The release.</summary>
    public ReleaseSummary Summary => _served.Release!.Summary;

    Release Release => _served.Release!.Release;

    /// <summary>Opens a release and lays over it what a store says.</summary>
    /// <param name="store">What was pushed, deleted and hidden.</param>
    /// <param name="path">The release's file, on this machine. Read whole, to check it: a damaged one gives no wrong answer.</param>
    /// <param name="now">Which items' time has come and is not over.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="ReleaseFaultException">It is no whole release.</exception>
    public static async Task<LaidRelease> OpenAsync(Store store, string path, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var release = Release.Open(path);
        try
        {
            release.Verify();
            var (collection, version) = (release.Summary.Collection, release.Summary.Version);
            // The file's own number is that of the store it was built from, which may be another.
            var lastChange = await store.Changes.FoldedAsync(collection, version, cancellationToken);
            var layer = new OverlayLayer(collection, release, lastChange, NullLogger.Instance);
            layer.Begin(now);
            var number = (await store.Changes.ReadAsync(collection, 0, 1, cancellationToken)).Last;
            var states = await store.Changes.StatesAsync(collection, lastChange, cancellationToken).ToListAsync(cancellationToken);
            var overlay = layer.Apply(states, number, now, Environment.ProcessorCount, cancellationToken);
            return new(new(collection, version, new(release, collection, version, lastChange), overlay, null));
        }
        catch
        {
            release.Dispose();
            throw;
        }
    }

    /// <summary>The ids of all items that may be shown: those of the release in its order, then those that were pushed since.</summary>
    public IEnumerable<string> Ids() =>
        Enumerable.Range(0, Release.Count).Select(row => new Ordinal(row)).Where(item => !_served.Overlay.IsMasked(item)).Select(IdOf)
            .Concat(_served.Overlay.Items.Values.Where(laid => laid.Fields is not null && laid is not { Row: >= 0, Replaces: false }).Select(IdOf).Order(StringComparer.Ordinal));

    /// <summary>The items related to one, closest first; null when there is none of that id that may be shown.</summary>
    /// <param name="id">The item.</param>
    /// <param name="limit">How many at most, 1 to 1,000: where the list held ready is shorter, what follows is found.</param>
    /// <param name="diversity">How much different items are preferred, 0 to 1.</param>
    public IReadOnlyList<LaidHit>? ListOf(string id, int limit, float diversity = 0)
    {
        if (Find(id) is not { } subject) return null;
        var hits = HitsOf(subject, limit);
        if (diversity > 0 && hits.Count > 0) hits = RelatedList.Diverse(Release, hits, diversity);
        return [.. hits.Take(limit).Select(hit => new LaidHit(this, subject, hit))];
    }

    /// <summary>The list of an item as far as it is held ready, at most k long; empty when there is none of that id that may be shown.</summary>
    public IEnumerable<LaidHit> HeldListOf(string id) =>
        Find(id) is { } subject ? HitsOf(subject, 0).Take(Summary.K).Select(hit => new LaidHit(this, subject, hit)) : [];

    /// <summary>The title of an item; empty when it has none, null when there is no item of that id that may be shown.</summary>
    public string? TitleOf(string id) => Find(id) is { } hit ? TitleOf(hit) : null;

    /// <summary>All fields of an item, a JSON object in UTF-8; null when there is no item of that id that may be shown.</summary>
    public byte[]? FieldsOf(string id) => Find(id) is { } hit ? LaidFieldsOf(hit)?.All.ToArray() ?? Release.FieldsOf(hit.Item, all: true).ToArray() : null;

    /// <summary>When an item was first shown; null when that is not known, or there is no item of that id that may be shown.</summary>
    public DateTimeOffset? PublishedAtOf(string id)
    {
        if (Find(id) is not { } hit) return null;
        if (LaidFieldsOf(hit) is not { } fields) return Release.PublishedAtOf(hit.Item);
        using var read = JsonDocument.Parse(fields.All);
        return read.RootElement.TryGetProperty("published_at", out var published) ? published.GetDateTimeOffset() : null;
    }

    /// <summary>True when the release relates an item by a signal. What was pushed since is related by what the release knows of it, and here by nothing.</summary>
    public bool HasFrom(string id, string signal) => Find(id) is { Item.Row: >= 0 } hit && IsRow(hit) && Release.HasFrom(hit.Item, signal);

    /// <summary>Closes the release.</summary>
    public void Dispose() => _served.Release!.Return();

    Hit? Find(string id)
    {
        var utf8 = Encoding.UTF8.GetBytes(id);
        if (_served.Overlay.Items.TryGetValue(id, out var laid)) return laid.Fields is null ? null : new(new(laid.Row), laid, 0, 0, -1);
        return Release.TryFind(utf8, out var item) && !_served.Overlay.IsMasked(item) ? new(item, null, 0, 0, -1) : null;
    }

    List<Hit> HitsOf(Hit subject, int wanted) =>
        subject.Pushed is { Weighed: not null } pushed ? RelatedList.Of(_served, pushed, wanted)
        : subject.Item.Row >= 0 ? RelatedList.Of(_served, subject.Item, wanted)
        : [];

    internal string IdOf(Hit hit) => hit.Pushed is { } pushed ? IdOf(pushed) : IdOf(hit.Item);

    string IdOf(Ordinal item) => _ids[item.Row] ??= Encoding.UTF8.GetString(Release.IdOf(item));

    static string IdOf(LaidItem laid) => Unquoted(laid.IdJson.Span);

    static string Unquoted(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader.GetString()!;
    }

    internal string TitleOf(Hit hit)
    {
        using var read = JsonDocument.Parse(LaidFieldsOf(hit)?.TitleAndUrl ?? Release.FieldsOf(hit.Item, all: false).ToArray());
        return read.RootElement.TryGetProperty("title", out var title) ? title.GetString() ?? "" : "";
    }

    // Null where the release's own are shown.
    ItemFields? LaidFieldsOf(Hit hit) => (hit.Pushed ?? _served.Overlay.Patched.GetValueOrDefault(hit.Item.Row))?.Fields;

    internal IReadOnlyList<Reason> ReasonsOf(Hit subject, Hit hit) => RelatedAnswer.ReasonsOf(Release, subject, IsRow(subject), hit);

    internal IReadOnlyList<string> VariantsOf(Hit subject, Hit hit) =>
        !IsRow(subject) || hit.Place < 0 || !Release.HasVariants(subject.Item) ? []
        : [.. Release.VariantsOf(subject.Item, hit.Place).Where(variant => !_served.Overlay.IsMasked(variant)).Select(IdOf)];

    internal double? RawOf(Hit subject, Hit hit) =>
        IsRow(subject) && hit.Place >= 0 && Release.RawOf(subject.Item) is { IsEmpty: false } raw ? raw[hit.Place] : null;

    static bool IsRow(Hit subject) => subject.Pushed is not { Weighed: not null };
}

/// <summary>One related item of a <see cref="LaidRelease"/>; valid as long as that is open.</summary>
public sealed class LaidHit
{
    readonly LaidRelease _laid;
    readonly Hit _subject, _hit;

    internal LaidHit(LaidRelease laid, Hit subject, Hit hit) => (_laid, _subject, _hit) = (laid, subject, hit);

    /// <summary>Its id.</summary>
    public string Id => _laid.IdOf(_hit);

    /// <summary>Its title; empty when it has none.</summary>
    public string Title => _laid.TitleOf(_hit);

    /// <summary>The calibrated strength.</summary>
    public float Score => _hit.Score;

    /// <summary>The fused signals on their common scale.</summary>
    public float Strength => _hit.Strength;

    /// <summary>The score as it was imported; null where none was.</summary>
    public double? Raw => _laid.RawOf(_subject, _hit);

    /// <summary>Why it is related, the greatest reason first.</summary>
    public IReadOnlyList<Reason> Reasons => _laid.ReasonsOf(_subject, _hit);

    /// <summary>The ids of the near-duplicates that it stands for.</summary>
    public IReadOnlyList<string> Variants => _laid.VariantsOf(_subject, _hit);
}
