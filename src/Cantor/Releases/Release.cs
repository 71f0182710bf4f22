using System.Collections.Concurrent;
using System.IO.Hashing;
using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Signals;
using Cantor.Text;

namespace Cantor.Releases;

/// <summary>
/// One immutable release, mapped from its file. Opening reads the header and a few sections, whatever the file's size. Safe for
/// many threads; spans are valid until <see cref="Dispose"/>, and nobody may read after it: a server counts leases.
/// </summary>
public sealed class Release : IDisposable
{
    readonly MappedSections _mapped;
    readonly Texts _ids, _idsJson, _short, _all;
    readonly Column<int> _lookup;
    readonly NeighborLists _neighbors;
    readonly Column<double> _raw;
    readonly Column<long> _publishedAt, _expiresAt;
    readonly Fusion _fusion;
    readonly ConcurrentBag<Fusion.Scorer> _scorers = [];
    readonly UnseenRanker _unseen;
    volatile UnseenRanker? _forMany; // while thousands are placed
    readonly FixedVocabulary? _vocabulary;
    readonly TermDictionary? _dictionary;
    readonly ConcurrentBag<ItemAnalyzer> _analyzers = [];

    /// <summary>What the release says of itself.</summary>
    public ReleaseSummary Summary { get; }

    /// <summary>How many items there are.</summary>
    public int Count => Summary.Items;

    /// <summary>Maps a release. The header and the table are checked here, each section's content by <see cref="Verify"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ReleaseFaultException">It is no whole release; the message says what is wrong and where.</exception>
    public static Release Open(string path) => MappedSections.Open(path, "release", mapped => new Release(path, mapped));

    Release(string path, MappedSections mapped)
    {
        _mapped = mapped;
        if (ReleaseFormat.ParseName(path) is not { } name)
            throw new ReleaseFaultException(path, null, "the file's name does not end in its version; expected <collection>-<version>.cantor");
        if (name.Version.Content != mapped.Content)
            throw new ReleaseFaultException(path, null, $"the content's hash is {mapped.Content:x8}; the file's name says {name.Version.Content:x8}");

        var sections = mapped.Sections;
        Summary = ReleaseSummary.OfMeta(sections.Get<byte>("meta"), name.Version, mapped.Length);
        if (Summary.Collection != name.Collection)
            throw new ReleaseFaultException(path, "meta", $"it is of collection {Summary.Collection}; the file's name says {name.Collection}");
        _ids = Texts.Of(sections, "ids", Count);
        _idsJson = Texts.Of(sections, "ids.json", Count);
        _short = Texts.Of(sections, "items.short", Count);
        _all = Texts.Of(sections, "items", Count);
        _lookup = sections.Get<int>("ids.lookup", LookupSize(Count));
        _neighbors = new(sections, Count, Summary.Signals.Count);
        if (sections.Has("neighbors.raw")) _raw = sections.Get<double>("neighbors.raw", _neighbors.Total);
        if (sections.Has("items.published")) _publishedAt = sections.Get<long>("items.published", Count);
        if (sections.Has("items.expires")) _expiresAt = sections.Get<long>("items.expires", Count);
        _fusion = ReleaseSections.FusionOf(sections, Summary);
        _unseen = new(_fusion, () => _fusion.IndexOf(sections, Count), _neighbors, Summary.Calibration, Count, Summary.K);
        CanWeigh = sections.Has("text.kinds");
        if (!CanWeigh) return;
        _vocabulary = new(Texts.Of(sections, "text.vocabulary", sections.Get<long>("text.vocabulary.ends").Length));
        _dictionary = TermDictionary.Of(sections);
    }

    /// <summary>Reads the whole file and compares every section's checksum.</summary>
    /// <exception cref="ReleaseFaultException">One is wrong; it names the section.</exception>
    public void Verify() => _mapped.Verify();

    /// <summary>True, with the item, when the release has one of that id.</summary>
    /// <param name="utf8Id">The id in UTF-8.</param>
    /// <param name="item">The item.</param>
    public bool TryFind(ReadOnlySpan<byte> utf8Id, out Ordinal item)
    {
        var mask = _lookup.Length - 1;
        var slot = (long)XxHash3.HashToUInt64(utf8Id) & mask;
        for (long tries = 0; tries <= mask; tries++, slot = slot + 1 & mask)
        {
            var row = _lookup[slot];
            if (row < 0) break;
            if (!_ids[row].SequenceEqual(utf8Id)) continue;
            item = new(row);
            return true;
        }
        item = default;
        return false;
    }

    /// <summary>The id in UTF-8.</summary>
    public ReadOnlySpan<byte> IdOf(Ordinal item) => _ids[item.Row];

    /// <summary>The id as a JSON string in UTF-8, quotes included.</summary>
    public ReadOnlySpan<byte> IdJsonOf(Ordinal item) => _idsJson[item.Row];

    /// <summary>The item's fields, a JSON object in UTF-8.</summary>
    /// <param name="item">The item.</param>
    /// <param name="all">False for title and url only.</param>
    public ReadOnlySpan<byte> FieldsOf(Ordinal item, bool all) => all ? _all[item.Row] : _short[item.Row];

    /// <summary>The item's neighbors, best first; at most <see cref="ReleaseSummary.K"/>, and none when nothing is related.</summary>
    public ReadOnlySpan<Neighbor> NeighborsOf(Ordinal item) => _neighbors[item.Row];

    /// <summary>When the item was first shown or will be; null when its source did not say.</summary>
    public DateTimeOffset? PublishedAtOf(Ordinal item) =>
        item.Row < _publishedAt.Length && _publishedAt[item.Row] != ItemTable.NoTime ? DateTimeOffset.FromUnixTimeMilliseconds(_publishedAt[item.Row]) : null;

    /// <summary>True when a signal brings something to a neighbor of the item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="signal">The signal's name; one that the release does not have brings nothing.</param>
    public bool HasFrom(Ordinal item, string signal)
    {
        var at = 0;
        while (at < Summary.Signals.Count && Summary.Signals[at].Name != signal) at++;
        if (at == Summary.Signals.Count) return false;
        for (var rank = 0; rank < _neighbors[item.Row].Length; rank++)
            if (_neighbors.Parts(item.Row, rank)[at] > 0) return true;
        return false;
    }

    /// <summary>The places of the item's list in an order whose head says different things; <see cref="Ranking.Diversity"/> has the formula.</summary>
    /// <param name="item">The item.</param>
    /// <param name="diversity">0 leaves the order, 1 forgets how related they are. Lists that someone else computed keep their order.</param>
    public IReadOnlyList<int> DiverseOrder(Ordinal item, float diversity)
    {
        if (!(diversity is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(diversity), diversity, "expected 0 to 1");
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        var order = Diversity.Order(NeighborsOf(item), scorer, diversity);
        _scorers.Add(scorer);
        return order;
    }

    /// <summary>True when the item's list leaves out near-duplicates of its neighbors or of itself.</summary>
    public bool HasVariants(Ordinal item) => !_neighbors.VariantsOf(item.Row).IsEmpty;

    /// <summary>The near-duplicates of the item itself, which its list leaves out, in no order.</summary>
    public IReadOnlyList<Ordinal> VariantsOf(Ordinal item) => Variants(item, Variant.OfItself);

    /// <summary>The items that say nearly the same as the neighbor at <paramref name="rank"/>, from 0, and are less related; in no order.</summary>
    public IReadOnlyList<Ordinal> VariantsOf(Ordinal item, int rank) => Variants(item, rank);

    List<Ordinal> Variants(Ordinal item, int rank)
    {
        List<Ordinal>? found = null;
        foreach (var variant in _neighbors.VariantsOf(item.Row))
            if (variant.Rank == rank) (found ??= []).Add(new(variant.Item));
        return found ?? [];
    }

    /// <summary>The scores of the item's neighbors as they were imported, in the order of <see cref="NeighborsOf"/>; empty in a release that was built.</summary>
    public ReadOnlySpan<double> RawOf(Ordinal item)
    {
        if (_raw.Length == 0) return [];
        var start = _neighbors.Start(item.Row);
        return _raw.Slice(start, start + _neighbors[item.Row].Length);
    }

    /// <summary>Why <paramref name="neighbor"/> stands in the list of <paramref name="item"/>, the greatest reason first; empty when it does not.</summary>
    public IReadOnlyList<Reason> ReasonsOf(Ordinal item, Ordinal neighbor)
    {
        var list = NeighborsOf(item);
        var rank = 0;
        while (rank < list.Length && list[rank].Item != neighbor) rank++;
        if (rank == list.Length) return [];

        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        if (_fusion.Signals.Count > 0) scorer.Aim(item.Row);
        var reasons = ReasonsOf(scorer, _neighbors.Parts(item.Row, rank), neighbor);
        _scorers.Add(scorer);
        return reasons;
    }

    /// <summary>Why two items are related, wherever they stand in lists, the greatest reason first; empty when they are not.</summary>
    public IReadOnlyList<Reason> ReasonsFor(Ordinal item, Ordinal neighbor)
    {
        if (_fusion.Signals.Count == 0) return ReasonsOf(item, neighbor);
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        scorer.Aim(item.Row);
        var parts = new float[_fusion.Signals.Count];
        scorer.Score(neighbor.Row, parts);
        var reasons = ReasonsOf(scorer, parts, neighbor);
        _scorers.Add(scorer);
        return reasons;
    }

    /// <summary>Why an unseen item and <paramref name="neighbor"/> are related, the greatest reason first; empty when they are not.</summary>
    public IReadOnlyList<Reason> ReasonsOf(UnseenItem item, Ordinal neighbor)
    {
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        scorer.Aim(item.Weighed);
        var parts = new float[_fusion.Signals.Count];
        scorer.Score(neighbor.Row, parts);
        var reasons = ReasonsOf(scorer, parts, neighbor);
        _scorers.Add(scorer);
        return reasons;
    }

    /// <summary>Why an unseen item stands in the list of <paramref name="item"/>, the greatest reason first; empty when they are not related.</summary>
    public IReadOnlyList<Reason> ReasonsIn(Ordinal item, UnseenItem neighbor)
    {
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        scorer.Aim(neighbor.Weighed);
        var parts = new float[_fusion.Signals.Count];
        scorer.Score(item.Row, parts);
        scorer.PartsIn(item.Row, parts);
        var reasons = ReasonsOf(parts, signal => Scaled(scorer.Explain(signal, item.Row), parts[signal]));
        _scorers.Add(scorer);
        // Seen from the other side: what names whose title turns around.
        return [.. reasons.Select(reason => reason with { Parts = [.. reason.Parts.Select(part => part with { Kind = part.Kind.Turned() })] })];
    }

    /// <summary>The same parts with weights that sum to <paramref name="weight"/>.</summary>
    static List<ReasonPart> Scaled(List<ReasonPart> parts, float weight)
    {
        var sum = parts.Sum(part => part.Weight);
        return sum > 0 ? [.. parts.Select(part => part with { Weight = part.Weight / sum * weight })] : parts;
    }

    /// <summary>Why two unseen items are related, the greatest reason first: which signals say so, not by what.</summary>
    public IReadOnlyList<Reason> ReasonsOf(UnseenItem item, UnseenItem neighbor)
    {
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        scorer.Aim(item.Weighed);
        var parts = new float[_fusion.Signals.Count];
        scorer.Score(neighbor.Weighed, parts);
        _scorers.Add(scorer);
        return ReasonsOf(parts, signal => [new(ReasonKind.Topic, "", parts[signal])]);
    }

    List<Reason> ReasonsOf(Fusion.Scorer scorer, ReadOnlySpan<float> parts, Ordinal neighbor) =>
        ReasonsOf(parts, signal => _fusion.Signals.Count > 0 ? scorer.Explain(signal, neighbor.Row) : []);

    List<Reason> ReasonsOf(ReadOnlySpan<float> parts, Func<int, IReadOnlyList<ReasonPart>> partsOf)
    {
        var reasons = new List<Reason>();
        for (var signal = 0; signal < parts.Length; signal++)
            if (parts[signal] > 0)
                reasons.Add(new(Summary.Signals[signal].Name, parts[signal], partsOf(signal)));
        reasons.Sort((a, b) => b.Weight.CompareTo(a.Weight));
        return reasons;
    }

    UnseenRanker Ranker => _forMany ?? _unseen;

    /// <summary>True when <see cref="Weigh"/> works: the release was built, by a version that says how it weighed.</summary>
    public bool CanWeigh { get; }

    /// <summary>
    /// Cuts and weighs an item that the build did not see, by the statistics that the build fixed: words and tags that the release
    /// does not know relate it to nobody. Safe for many threads.
    /// </summary>
    /// <exception cref="InputFaultException">Its vector is not like those of the release.</exception>
    /// <exception cref="NotSupportedException">The release holds lists that someone else computed, or is too old to say how it weighed.</exception>
    public UnseenItem Weigh(Item item)
    {
        if (!CanWeigh) throw new NotSupportedException($"release {Summary.Version} holds lists only; an item that it has not seen needs a release that this version of Cantor built");
        if (!_analyzers.TryTake(out var analyzer)) analyzer = new(_vocabulary!, Summary.Lang, _dictionary, Summary.IdWords);
        var terms = analyzer.Analyze(item);
        var draft = new Draft(terms, item.Tags, item.Vector);
        _analyzers.Add(analyzer);
        return new(new([.. _fusion.Signals.Select(signal => signal.RowOf(draft))], _fusion.Ages?.Of(item.PublishedAt) ?? 1), terms.Lang);
    }

    /// <summary>
    /// Prepares for thousands of items to be placed and compared: that then takes a fraction of the time, and up to 128 MiB, until
    /// <see cref="Disarrange"/>. What comes out is the same. Who asks meanwhile goes on.
    /// </summary>
    /// <param name="threads">How many work at it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void Arrange(int threads, CancellationToken cancellationToken) =>
        _forMany ??= _unseen.ForMany(ReleaseSections.FusionOf(_mapped.Sections, Summary), threads, cancellationToken);

    /// <summary>Lets go of what <see cref="Arrange"/> made, as soon as the last who uses it is done.</summary>
    public void Disarrange() => _forMany = null;

    /// <summary>
    /// The items closest to an unseen one, best first, with the scores that a build would give them up to its statistics, and the
    /// items in whose lists it would stand, with its score there.
    /// </summary>
    /// <param name="item">Made by <see cref="Weigh"/> of this release.</param>
    /// <param name="limit">The most neighbors wanted, 1 to 1,000.</param>
    public (IReadOnlyList<Neighbor> Neighbors, IReadOnlyList<Neighbor> Lists) Place(UnseenItem item, int limit) => Ranker.Rank(item.Weighed, limit);

    /// <summary>The items closest to <paramref name="item"/>, best first, further down than its list reaches; near-duplicates are among them.</summary>
    /// <param name="item">The item.</param>
    /// <param name="limit">The most neighbors wanted, 1 to 1,000.</param>
    public IReadOnlyList<Neighbor> Closest(Ordinal item, int limit) => Ranker.Rank(item.Row, limit);

    /// <summary><paramref name="other"/> as a neighbor of <paramref name="item"/>, whether it stands in its list or not.</summary>
    public Neighbor Compare(Ordinal item, Ordinal other) => Ranker.Score(item.Row, other.Row);

    /// <summary>The scores and strengths that unseen items have in the list of <paramref name="item"/>, in their order.</summary>
    public IReadOnlyList<(float Score, float Strength)> Compare(Ordinal item, IReadOnlyList<UnseenItem> others) => Ranker.Compare(item.Row, others.Count, at => others[at].Weighed);

    /// <summary>The scores and strengths of an unseen item and others, in their order.</summary>
    public IReadOnlyList<(float Score, float Strength)> Compare(UnseenItem item, IReadOnlyList<UnseenItem> others) => Ranker.Compare(item.Weighed, others.Count, at => others[at].Weighed);

    /// <summary>The places of a list in an order whose head says different things; <see cref="Ranking.Diversity"/> has the formula.</summary>
    /// <param name="list">Best first.</param>
    /// <param name="diversity">0 leaves the order, 1 forgets how related they are.</param>
    public IReadOnlyList<int> DiverseOrder(IReadOnlyList<Listed> list, float diversity)
    {
        if (!_scorers.TryTake(out var scorer)) scorer = _fusion.NewScorer();
        var parts = new float[_fusion.Signals.Count];
        var order = Diversity.Order([.. list.Select(listed => listed.Strength)], parts.Length == 0 ? 0 : diversity, Aim, Strength);
        _scorers.Add(scorer);
        return order;

        void Aim(int place)
        {
            if (list[place].Unseen is { } unseen) scorer.Aim(unseen.Weighed);
            else scorer.Aim(list[place].Item.Row);
        }

        float Strength(int place) => list[place].Unseen is { } unseen ? scorer.Score(unseen.Weighed, parts) : scorer.Score(list[place].Item.Row, parts);
    }

    /// <summary>The items that are not to be shown at every moment from <paramref name="now"/> on, and between which moments they are.</summary>
    public IEnumerable<(Ordinal Item, DateTimeOffset From, DateTimeOffset Until)> ShownForATime(DateTimeOffset now)
    {
        for (var row = 0; row < Count; row++)
        {
            var from = PublishedAtOf(new(row)) ?? DateTimeOffset.MinValue;
            var until = row < _expiresAt.Length && _expiresAt[row] != ItemTable.NoTime ? DateTimeOffset.FromUnixTimeMilliseconds(_expiresAt[row]) : DateTimeOffset.MaxValue;
            if (from > now || until < DateTimeOffset.MaxValue) yield return (new(row), from, until);
        }
    }

    internal static long LookupSize(int items) => System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, items) * 2);

    /// <summary>Unmaps the file; nobody may read after it.</summary>
    public void Dispose() => _mapped.Dispose();
}
