using Cantor.Releases;

namespace Cantor.Storage;

/// <summary>A release that the registry knows.</summary>
/// <param name="Collection">Whose release it is.</param>
/// <param name="Version">Which build.</param>
/// <param name="Items">Items in it.</param>
/// <param name="Bytes">Length of the file when it was registered.</param>
/// <param name="Provenance">"built" or "imported".</param>
/// <param name="RegisteredAt">When the registry learned of it.</param>
/// <param name="Path">Where the file is, or was.</param>
/// <param name="Missing">True when there is no file at <paramref name="Path"/>.</param>
/// <param name="LastChange">The last change of the collection that it folded in; 0 for none.</param>
public sealed record RegisteredRelease(
    string Collection, ReleaseVersion Version, int Items, long Bytes, string Provenance, DateTimeOffset RegisteredAt, string Path, bool Missing, long LastChange);

/// <summary>One entry of the append-only history of a collection's aliases.</summary>
/// <param name="Number">Counts up over all collections; gaps mean nothing.</param>
/// <param name="Alias">The alias that moved.</param>
/// <param name="From">Where it pointed; null when it did not exist.</param>
/// <param name="To">Where it points since; null when it was taken away.</param>
/// <param name="At">When.</param>
/// <param name="By">Who moved it: a user, a program.</param>
/// <param name="Why">The reason they gave.</param>
/// <param name="Numbers">The numbers behind the reason, as JSON; null when there are none.</param>
public sealed record AliasMove(
    long Number, AliasName Alias, ReleaseVersion? From, ReleaseVersion? To, DateTimeOffset At, string By, string Why, string? Numbers);

/// <summary>What <see cref="Registry.Reconcile"/> came upon.</summary>
/// <param name="Found">Releases registered now.</param>
/// <param name="Refused">Files that are no releases of this directory; they stay where they are.</param>
public sealed record Reconciliation(IReadOnlyList<RegisteredRelease> Found, IReadOnlyList<RefusedFile> Refused);

/// <summary>A file that was not registered.</summary>
/// <param name="Path">Which.</param>
/// <param name="Fault">Why not, in plain words.</param>
public sealed record RefusedFile(string Path, string Fault);

/// <summary>A collection with the releases that its aliases name.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Live">What is served; null when nothing is.</param>
/// <param name="Canary">What is being tried; null when nothing is.</param>
/// <param name="Previous">What was live before; null when nothing was.</param>
public sealed record CollectionReleases(StoredCollection Collection, RegisteredRelease? Live, RegisteredRelease? Canary, RegisteredRelease? Previous)
{
    /// <summary>All of them.</summary>
    public IEnumerable<RegisteredRelease> Releases => ((RegisteredRelease?[])[Live, Canary, Previous]).OfType<RegisteredRelease>();
}
