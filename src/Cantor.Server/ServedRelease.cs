using System.IO.Hashing;
using System.Text;
using Cantor.Releases;

namespace Cantor.Server;

/// <summary>
/// An open release and the count of those who may still read it. It is opened with one lease, held by the snapshot that names
/// it; each request takes another for as long as it reads. The last one returned closes the file, so nobody reads unmapped memory.
/// </summary>
sealed class ServedRelease
{
    readonly Release _release;
    readonly ulong _versionHash;
    int _leases = 1;
    Tag? _lastTag;

    internal ServedRelease(Release release, string collection, ReleaseVersion version, long lastChange)
    {
        _release = release;
        Collection = collection;
        Version = version;
        VersionText = version.ToString();
        LastChange = lastChange;
        Summary = release.Summary;
        // Each answer begins alike up to here; only the item's id stands before it.
        AfterId = Encoding.UTF8.GetBytes($",\"collection\":\"{collection}\",\"release\":\"{version}\",\"requestId\":\"");
        _versionHash = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{collection} {version}"));
    }

    internal string Collection { get; }

    internal ReleaseVersion Version { get; }

    internal string VersionText { get; }

    /// <summary>What request ids of a collection that rolls out end with: by it an event finds the release whose answer it is about.</summary>
    internal string RequestMark => "." + VersionText[^8..];

    /// <summary>The last change that the release folded in, as the store that it is registered in numbers them.</summary>
    internal long LastChange { get; }

    internal ReleaseSummary Summary { get; }

    internal byte[] AfterId { get; }

    /// <summary>The release, for a holder of a lease.</summary>
    internal Release Release => _release;

    /// <summary>True when the release may be read until <see cref="Return"/>; false when it has been closed.</summary>
    internal bool TryLease()
    {
        var leases = Volatile.Read(ref _leases);
        while (leases > 0)
        {
            var seen = Interlocked.CompareExchange(ref _leases, leases + 1, leases);
            if (seen == leases) return true;
            leases = seen;
        }
        return false;
    }

    /// <summary>The tag of an answer from this release. Clients of a collection mostly send the same parameters: the last tag is kept.</summary>
    internal string TagOf(Route route, in Parameters parameters, ulong edition)
    {
        var hash = Etag.HashOf(route, _versionHash ^ edition, parameters);
        if (Volatile.Read(ref _lastTag) is { } last && last.Hash == hash) return last.Text;
        var tag = new Tag(hash, Etag.Text(hash));
        Volatile.Write(ref _lastTag, tag);
        return tag.Text;
    }

    /// <summary>Gives one lease back. The holder reads no more.</summary>
    internal void Return()
    {
        if (Interlocked.Decrement(ref _leases) == 0) _release.Dispose();
    }

    sealed record Tag(ulong Hash, string Text);
}
