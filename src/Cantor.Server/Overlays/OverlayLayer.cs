using System.Buffers;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Storage;
using Microsoft.Extensions.Logging;

namespace Cantor.Server.Overlays;

/// <summary>
/// Lays changes over one release of a collection, or over none. One thread works with it; what it makes is an <see cref="Overlay"/>
/// that any number of requests read meanwhile.
/// </summary>
/// <param name="collection">For the log.</param>
/// <param name="release">The release; null for a collection without one: its items are known and related to nobody yet.</param>
/// <param name="folded">The last change that the release holds already.</param>
/// <param name="logger">Hears of stored items that cannot be read.</param>
sealed class OverlayLayer(string collection, Release? release, long folded, ILogger logger)
{
    /// <summary>So many of an item's neighbors are kept ready; further down they are found when somebody asks.</summary>
    internal const int KeptNeighbors = 200;

    /// <summary>So many states are weighed and compared at a time: enough to keep all threads at work, few enough to hold what they find.</summary>
    const int ChunkSize = 512;

    /// <summary>Of more pushed items than <see cref="UnseenIndex{T}.AllUpTo"/> so many are compared with a new one: those that are nearest by words and tags.</summary>
    const int ComparedNeighbors = 2 * KeptNeighbors;

    readonly UnseenIndex<LaidItem> _unseen = new();
    readonly Dictionary<string, Pushed> _items = new(StringComparer.Ordinal);
    readonly Dictionary<int, List<LaidNeighbor>> _inLists = [];
    readonly Dictionary<LaidItem, List<LaidNeighbor>> _among = [];
    readonly Dictionary<int, (DateTimeOffset From, DateTimeOffset Until)> _timed = [];
    readonly HashSet<int> _outOfTime = [];
    readonly PriorityQueue<(string? Id, int Row), long> _due = new(); // by ticks: a time that is cut to milliseconds would be due before it has come
    readonly int _k = release?.Summary.K ?? 0;
    readonly ulong[] _masked = new ulong[((release?.Count ?? 0) + 63) / 64];
    long _number, _lastDue;
    long _greatest; // of the states that lie here: more than _number where some were laid on before their turn
    Overlay _laid = Overlay.Empty;

    // What was changed since the last overlay, so that making one costs what changed and not what lies there.
    readonly HashSet<string> _changedItems = [];
    readonly HashSet<int> _changedLists = [];
    readonly HashSet<LaidItem> _changedAmong = [];
    bool _maskChanged;
    bool _ordered = true; // false while many are laid at once: lists are put in order at the end

    /// <summary>An item's state and what came of it.</summary>
    sealed class Pushed(ItemState state, LaidItem laid)
    {
        internal ItemState State { get; } = state;

        internal LaidItem Laid { get; } = laid;

        /// <summary>The rows in whose lists it stands.</summary>
        internal IReadOnlyList<int> Lists { get; set; } = [];

        /// <summary>True when it counts against the bound.</summary>
        internal bool Counts => Laid.Fields is not null;
    }

    /// <summary>When something comes or goes by itself next; null for never.</summary>
    internal DateTimeOffset? NextDue => _due.TryPeek(out _, out var due) ? new(due, TimeSpan.Zero) : null;

    /// <summary>Masks the items of the release whose time has not come or is over. To be called once, first.</summary>
    internal void Begin(DateTimeOffset now)
    {
        if (release is null) return;
        foreach (var (item, from, until) in release.ShownForATime(now))
        {
            _timed.Add(item.Row, (from, until));
            Await(null, item.Row, from, now);
            Await(null, item.Row, until, now);
            if (now < from || now >= until) _outOfTime.Add(item.Row);
            Mask(item.Row);
        }
    }

    /// <summary>Lays states over what lies there; a state that lies there already changes nothing.</summary>
    /// <param name="states">What changed items have come to.</param>
    /// <param name="number">The last change that the states hold.</param>
    /// <param name="now">Which items may be shown.</param>
    /// <param name="threads">How many weigh and compare; never changes the result.</param>
    /// <param name="cancellationToken">Gives it up, between two items: what lies there by then is no whole, and the layer is to be thrown away. So none for a layer that is served.</param>
    internal Overlay Apply(IEnumerable<ItemState> states, long number, DateTimeOffset now, int threads, CancellationToken cancellationToken)
    {
        ItemState[] changed = [.. states.Where(state => !(_items.TryGetValue(state.Id, out var known) && known.State.Number >= state.Number))];
        _ordered = changed.Length < ChunkSize;
        foreach (var state in changed) _greatest = Math.Max(_greatest, state.Number);
        if (!_ordered && release is { CanWeigh: true }) release.Arrange(threads, cancellationToken);
        foreach (var chunk in changed.Chunk(ChunkSize)) Lay(chunk, now, threads, cancellationToken);
        if (!_ordered) Finish(threads, cancellationToken);
        _number = Math.Max(_number, number);
        while (_due.TryPeek(out var due, out var at) && at <= now.UtcTicks)
        {
            _due.Dequeue();
            _lastDue = Math.Max(_lastDue, at);
            Flip(due.Id, due.Row, now);
        }
        return _laid = Made();
    }

    // ── items: what is dear is done on all threads, and touches nothing of the layer ──

    void Lay(ItemState[] states, DateTimeOffset now, int threads, CancellationToken cancellationToken)
    {
        var placed = new Placed[states.Length];
        OnThreads(states.Length, threads, at => placed[at] = PlacedBy(states[at], now), cancellationToken);
        var compared = new List<LaidItem>();
        foreach (var (state, place) in states.Zip(placed))
        {
            Remove(state.Id);
            foreach (var at in place.Times) Await(state.Id, -1, at, now);
            if (place.Laid is not { } laid) continue; // the release has it as it is
            _items.Add(state.Id, new(state, laid) { Lists = [.. place.Lists.Select(list => list.Item.Row)] });
            _changedItems.Add(state.Id);
            if (laid.Row >= 0) Mask(laid.Row);
            foreach (var list in place.Lists)
            {
                Insert(CollectionsMarshal.GetValueRefOrAddDefault(_inLists, list.Item.Row, out _) ??= [], new(laid, list.Score, list.Strength));
                _changedLists.Add(list.Item.Row);
            }
            if (laid.Weighed is not null) compared.Add(laid);
        }
        Compare(compared, threads, cancellationToken);
    }

    /// <summary>What a state comes to.</summary>
    /// <param name="Laid">What lies there for it; null where the release has it as it is.</param>
    /// <param name="Lists">The lists of the release that it stands in.</param>
    /// <param name="Times">When it comes or goes by itself.</param>
    sealed record Placed(LaidItem? Laid, IReadOnlyList<Neighbor> Lists, DateTimeOffset[] Times);

    Placed PlacedBy(ItemState state, DateTimeOffset now)
    {
        var row = release is not null && release.TryFind(Encoding.UTF8.GetBytes(state.Id), out var item) ? item.Row : -1;
        var idJson = ItemId.TryParse(state.Id, out var id) ? ItemFields.IdOf(id) : throw new InvalidDataException($"the store holds a change of \"{state.Id}\", which is no id");
        var gone = new Placed(new(idJson, row, null, null, []), [], []);
        if (state.Deleted is not null || state.Hidden is not null) return gone;
        if (state.Payload is null || state.Number <= folded) return new(null, [], []);
        // A patch of an item that nobody knows yet waits for the item.
        if (!state.Whole && row < 0) return gone;
        var payload = state.Whole ? state.Payload : Patched(row, state);
        if (new ItemParser(ColumnMap.Same).Parse(Encoding.UTF8.GetBytes(payload), out var parsed) is { } fault)
        {
            // Whatever wrote it knew more than this program, or less: what the release has stays.
            Log.ChangeUnreadable(logger, collection, state.Id, state.Number, fault);
            return new(null, [], []);
        }
        DateTimeOffset[] times = [.. ((DateTimeOffset?[])[parsed.PublishedAt, parsed.ExpiresAt]).OfType<DateTimeOffset>()];
        if (now < parsed.PublishedAt || now >= parsed.ExpiresAt) return gone with { Times = times };
        return (state.Whole && release is { CanWeigh: true } ? PlacedIn(release, parsed, row, idJson) : new(new(idJson, row, FieldsOf(parsed, null), null, []), [], [])) with { Times = times };
    }

    static Placed PlacedIn(Release release, Item item, int row, byte[] idJson)
    {
        UnseenItem weighed;
        try
        {
            weighed = release.Weigh(item);
        }
        catch (InputFaultException)
        {
            // A vector of another model: the item is related by everything else.
            weighed = release.Weigh(item with { Vector = default });
        }
        var (near, lists) = release.Place(weighed, KeptNeighbors + 1);
        return new(new(idJson, row, FieldsOf(item, weighed), weighed, [.. near.Where(neighbor => neighbor.Item.Row != row).Take(KeptNeighbors)]), [.. lists.Where(list => list.Item.Row != row)], []);
    }

    // Each with those before it: every pair once.
    void Compare(List<LaidItem> added, int threads, CancellationToken cancellationToken)
    {
        foreach (var (turn, laid) in added.Index())
        {
            laid.Turn = turn;
            _unseen.Add(laid.Weighed!, laid);
        }
        var others = new List<LaidItem>[added.Count];
        var compared = new IReadOnlyList<(float Score, float Strength)>[added.Count];
        OnThreads(added.Count, threads, at =>
        {
            others[at] = [.. _unseen.Closest(added[at].Weighed!, ComparedNeighbors).Where(other => other.Turn < at)];
            compared[at] = release!.Compare(added[at].Weighed!, others[at].ConvertAll(other => other.Weighed!));
        }, cancellationToken);
        foreach (var laid in added) laid.Turn = -1;
        foreach (var (at, laid) in added.Index())
            for (var i = 0; i < others[at].Count; i++)
            {
                var (other, (score, strength)) = (others[at][i], compared[at][i]);
                if (strength <= 0) continue;
                Insert(CollectionsMarshal.GetValueRefOrAddDefault(_among, laid, out _) ??= [], new(other, score, strength));
                Insert(CollectionsMarshal.GetValueRefOrAddDefault(_among, other, out _) ??= [], new(laid, score, strength));
                _changedAmong.Add(laid);
                _changedAmong.Add(other);
            }
    }

    static void OnThreads(int count, int threads, Action<int> work, CancellationToken cancellationToken)
    {
        if (threads == 1 || count == 1)
        {
            for (var at = 0; at < count; at++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                work(at);
            }
        }
        else Parallel.For(0, count, new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken }, work); // looks between two of them, too
    }

    void Remove(string id)
    {
        if (!_items.Remove(id, out var known)) return;
        _changedItems.Add(id);
        if (known.Laid.Row >= 0) Mask(known.Laid.Row);
        foreach (var row in known.Lists)
        {
            if (_inLists[row] is var list && list.RemoveAll(neighbor => ReferenceEquals(neighbor.Item, known.Laid)) > 0 && list.Count == 0) _inLists.Remove(row);
            _changedLists.Add(row);
        }
        if (known.Laid.Weighed is { } weighed) _unseen.Remove(weighed);
        if (!_among.Remove(known.Laid, out var among)) return;
        _changedAmong.Add(known.Laid);
        foreach (var neighbor in among)
        {
            if (!_among.TryGetValue(neighbor.Item, out var list)) continue;
            list.RemoveAll(other => ReferenceEquals(other.Item, known.Laid));
            if (list.Count == 0) _among.Remove(neighbor.Item);
            _changedAmong.Add(neighbor.Item);
        }
    }

    // Strongest first; of equal ones the smaller id, so that every server has one order.
    void Insert(List<LaidNeighbor> list, LaidNeighbor neighbor)
    {
        if (!_ordered)
        {
            list.Add(neighbor);
            return;
        }
        var at = list.BinarySearch(neighbor, ByStrength.Instance);
        list.Insert(at < 0 ? ~at : at, neighbor);
    }

    // Many were added as they came.
    void Finish(int threads, CancellationToken cancellationToken)
    {
        release?.Disarrange();
        List<LaidNeighbor>[] lists = [.. _changedLists.Select(row => _inLists.GetValueOrDefault(row)).Concat(_changedAmong.Select(laid => _among.GetValueOrDefault(laid))).OfType<List<LaidNeighbor>>()];
        OnThreads(lists.Length, threads, at => Order(CollectionsMarshal.AsSpan(lists[at])), cancellationToken);
        _ordered = true;
    }

    // As ByStrength does, faster: numbers are sorted, and ids looked at only where these are equal.
    static void Order(Span<LaidNeighbor> list)
    {
        var keys = ArrayPool<uint>.Shared.Rent(list.Length);
        for (var at = 0; at < list.Length; at++) keys[at] = ~BitConverter.SingleToUInt32Bits(list[at].Strength); // greater than 0: the bits order as the numbers do
        keys.AsSpan(0, list.Length).Sort(list);
        for (var start = 0; start < list.Length;)
        {
            var end = start + 1;
            while (end < list.Length && keys[end] == keys[start]) end++;
            if (end - start > 1) list[start..end].Sort(ByStrength.Instance);
            start = end;
        }
        ArrayPool<uint>.Shared.Return(keys);
    }

    sealed class ByStrength : IComparer<LaidNeighbor>
    {
        internal static readonly ByStrength Instance = new();

        public int Compare(LaidNeighbor x, LaidNeighbor y) =>
            x.Strength != y.Strength ? y.Strength.CompareTo(x.Strength) : x.Item.IdJson.Span.SequenceCompareTo(y.Item.IdJson.Span);
    }

    // ── time ──

    void Await(string? id, int row, DateTimeOffset at, DateTimeOffset now)
    {
        if (at > now && at < DateTimeOffset.MaxValue) _due.Enqueue((id, row), at.UtcTicks);
        else if (at > DateTimeOffset.MinValue && at <= now) _lastDue = Math.Max(_lastDue, at.UtcTicks);
    }

    void Flip(string? id, int row, DateTimeOffset now)
    {
        if (id is null)
        {
            var (from, until) = _timed[row];
            if (now < from || now >= until) _outOfTime.Add(row);
            else _outOfTime.Remove(row);
            Mask(row);
        }
        else if (_items.TryGetValue(id, out var known)) Lay([known.State], now, threads: 1, CancellationToken.None);
    }

    // ── what is made of it ──

    void Mask(int row)
    {
        var masked = _outOfTime.Contains(row) && !IsShownByState(row) || IsReplaced(row);
        var bit = 1ul << row;
        if ((_masked[row >> 6] & bit) != 0 == masked) return;
        _masked[row >> 6] ^= bit;
        _maskChanged = true;
    }

    bool IsReplaced(int row) => _items.TryGetValue(IdOf(row), out var known) && known.Laid.Replaces;

    // A patch may have given it another time than the release knows.
    bool IsShownByState(int row) => _items.TryGetValue(IdOf(row), out var known) && known.Laid is { Fields: not null };

    string IdOf(int row) => Encoding.UTF8.GetString(release!.IdOf(new(row)));

    Overlay Made()
    {
        var (items, patched) = (_laid.Items.ToBuilder(), _laid.Patched.ToBuilder());
        foreach (var id in _changedItems)
        {
            if (_laid.Items.TryGetValue(id, out var before) && before.Row >= 0) patched.Remove(before.Row);
            if (!_items.TryGetValue(id, out var known)) items.Remove(id);
            else
            {
                items[id] = known.Laid;
                if (known.Laid is { Row: >= 0, Replaces: false }) patched[known.Laid.Row] = known.Laid;
            }
        }
        var made = new Overlay
        {
            Number = _number,
            Edition = XxHash64.HashToUInt64(MemoryMarshal.AsBytes<long>(_greatest > _number ? [_number, _lastDue, _greatest] : [_number, _lastDue])),
            Pushed = _items.Values.Count(known => known.Counts),
            Items = items.ToImmutable(),
            Patched = patched.ToImmutable(),
            InLists = Changed(_laid.InLists, _inLists, _changedLists, _k),
            Among = Changed(_laid.Among, _among, _changedAmong, KeptNeighbors),
            Masked = _maskChanged ? _masked.AsSpan().ContainsAnyExcept(0ul) ? [.. _masked] : [] : _laid.Masked,
        };
        _changedItems.Clear();
        _maskChanged = false;
        return made;
    }

    static ImmutableDictionary<T, ImmutableArray<LaidNeighbor>> Changed<T>(
        ImmutableDictionary<T, ImmutableArray<LaidNeighbor>> before, Dictionary<T, List<LaidNeighbor>> now, HashSet<T> changed, int most) where T : notnull
    {
        if (changed.Count == 0) return before;
        var builder = before.ToBuilder();
        foreach (var key in changed)
            if (now.TryGetValue(key, out var list)) builder[key] = [.. list.Take(most)];
            else builder.Remove(key);
        changed.Clear();
        return builder.ToImmutable();
    }

    static ItemFields FieldsOf(Item item, UnseenItem? weighed) => ItemFields.Of(item, weighed?.Lang ?? item.Lang ?? "");

    // A release keeps no body, so what a patch says of the text counts from the next build on; some body there must be.
    string Patched(int row, ItemState state)
    {
        var known = MergePatch.Apply(Encoding.UTF8.GetString(release!.FieldsOf(new(row), all: true)), state.Payload!);
        return MergePatch.Apply(known, new JsonObject { ["id"] = state.Id, ["body"] = "-" }.ToJsonString());
    }
}
