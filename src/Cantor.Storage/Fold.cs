using System.Runtime.CompilerServices;
using System.Text;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Releases;

namespace Cantor.Storage;

/// <summary>
/// What a build reads: the items of its sources with what was pushed and deleted laid over them. Of each item counts, first
/// to last: the tombstone; what was pushed, unless the source's row says that it was updated after that; the source's row.
/// </summary>
/// <remarks>Hidden items are built like all others: hiding is a matter of serving, and ends at once when it ends.</remarks>
public sealed class Fold
{
    readonly Store _store;
    readonly string _collection;
    readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>What decides about a source's row.</summary>
    sealed record Known(bool Deleted, DateTimeOffset? Written, string? Patch);

    Fold(Store store, string collection, long lastChange) => (_store, _collection, LastChange) = (store, collection, lastChange);

    /// <summary>The last change that the items hold, for the release; some later ones may be in them too, and are laid over it once more.</summary>
    public long LastChange { get; }

    /// <summary>Rows of the sources that gave way to a tombstone.</summary>
    public long Deleted { get; private set; }

    /// <summary>Items that were taken as they were pushed.</summary>
    public long Pushed { get; private set; }

    /// <summary>Rows of the sources that a patch was laid over.</summary>
    public long Patched { get; private set; }

    /// <summary>Reads what was changed in a collection; one that does not exist was never changed.</summary>
    public static async Task<Fold> ReadAsync(Store store, string collection, CancellationToken cancellationToken)
    {
        var fold = new Fold(store, collection, (await store.Changes.ReadAsync(collection, 0, 1, cancellationToken)).Last);
        await foreach (var state in store.Changes.StatesAsync(collection, 0, cancellationToken))
            if (state.Deleted is not null || state.Payload is not null)
                fold._known.Add(state.Id, new(state.Deleted is not null, state.Written?.At, state.Whole ? null : state.Payload));
        return fold;
    }

    /// <summary>Refuses a build without sources where the live release has items that only sources know: it would lose them.</summary>
    /// <param name="registry">Knows the live release.</param>
    /// <exception cref="InputFaultException">It has some; the message says how many.</exception>
    public void CheckWithoutSources(Registry registry)
    {
        if (registry.Alias(_collection, AliasName.Live) is not { } live || !File.Exists(registry.PathOf(_collection, live))) return;
        using var release = Release.Open(registry.PathOf(_collection, live));
        var lost = 0;
        for (var row = 0; row < release.Count; row++)
            if (!_known.TryGetValue(Encoding.UTF8.GetString(release.IdOf(new(row))), out var known) || known.Patch is not null) lost++;
        if (lost > 0)
            throw new InputFaultException(_collection, null, $"{lost} of the {release.Count} items of the live release came from sources and were never pushed; a build from what was pushed alone would lose them: name the sources, cantor build {_collection} --items …");
    }

    /// <summary>The items to be built. To be read once.</summary>
    /// <param name="source">The items of the sources.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputFaultException">What was pushed or patched is no item.</exception>
    public async IAsyncEnumerable<Item> OverAsync(IAsyncEnumerable<Item> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var newer = new HashSet<string>(StringComparer.Ordinal); // rows that were updated after what was pushed
        await foreach (var row in source.WithCancellation(cancellationToken))
        {
            if (!_known.TryGetValue(row.Id.Value, out var known)) yield return row;
            else if (known.Deleted) Deleted++;
            else if (row.UpdatedAt > known.Written)
            {
                newer.Add(row.Id.Value);
                yield return row;
            }
            else if (known.Patch is { } patch)
            {
                Patched++;
                yield return Parse(MergePatch.Apply(Encoding.UTF8.GetString(ItemJson.Of(row).Span), patch), row.Id.Value);
            }
        }
        await foreach (var state in _store.Changes.StatesAsync(_collection, 0, cancellationToken))
        {
            if (state is not { Deleted: null, Payload: { } payload, Whole: true } || newer.Contains(state.Id)) continue;
            Pushed++;
            yield return Parse(payload, state.Id);
        }
    }

    Item Parse(string payload, string id) =>
        new ItemParser(ColumnMap.Same).Parse(Encoding.UTF8.GetBytes(payload), out var item) is { } fault
            ? throw new InputFaultException($"{_store.Name}: what was pushed of \"{id}\" to {_collection}", null, fault)
            : item;
}
