using System.Globalization;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Releases.Shards;
using Cantor.Storage.Blobs;

namespace Cantor.Storage;

/// <summary>Where the shards of builds wait until a release is assembled of them: a local directory, or the place of all servers' release files.</summary>
public sealed class ShardPlace
{
    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    readonly IBlobs _blobs;
    readonly bool _isLocal;

    /// <param name="directory">A local directory; made when it is not there. Shards are written here.</param>
    /// <param name="blobs">Where they are kept; null to keep them in the directory.</param>
    public ShardPlace(string directory, ReleaseBlobs? blobs)
    {
        Directory = Path.GetFullPath(directory);
        System.IO.Directory.CreateDirectory(Directory);
        _isLocal = blobs is null;
        _blobs = blobs?.Files ?? new DirectoryBlobs(Directory);
    }

    /// <summary>Where shards are written, and copied to for assembling.</summary>
    public string Directory { get; }

    /// <summary>Keeps a shard that was written to <see cref="Directory"/>.</summary>
    public Task KeepAsync(ShardReport shard, CancellationToken cancellationToken) =>
        _isLocal ? Task.CompletedTask : _blobs.PutAsync(shard.Name.ToString(), shard.Path, cancellationToken);

    /// <summary>Finds all shards of the build of a collection that was begun last.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="options">What they must have been built with.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="wait">How long to wait for them. Where that is any time, shards that were begun longer ago are those of another night, and not seen.</param>
    /// <param name="time">What waiting is measured by.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>In order, opened and checked; whoever asked disposes of them.</returns>
    /// <exception cref="InputFaultException">They are not all there, or are not of one build; the message says which is missing, or how it differs.</exception>
    public async Task<IReadOnlyList<Shard>> TakeAsync(string collection, BuildOptions options, int count, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        while (true)
        {
            try
            {
                return await TakeAsync(collection, options, count, wait > TimeSpan.Zero ? start - wait : DateTimeOffset.MinValue, cancellationToken);
            }
            catch (InputFaultException) when (time.GetUtcNow() - start < wait)
            {
                await Task.Delay(BetweenLooks, time, cancellationToken);
            }
        }
    }

    /// <summary>Takes all shards of a collection away.</summary>
    public async Task RemoveAsync(string collection, CancellationToken cancellationToken)
    {
        foreach (var name in await NamesAsync(collection, cancellationToken))
        {
            await _blobs.DeleteAsync(name.ToString(), cancellationToken);
            File.Delete(Path.Combine(Directory, name.ToString()));
        }
    }

    async Task<IReadOnlyList<Shard>> TakeAsync(string collection, BuildOptions options, int count, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        var names = await NamesAsync(collection, cancellationToken);
        var builds = new List<(Shard One, ShardName[] Names)>();
        var old = 0;
        try
        {
            foreach (var build in names.Where(name => name.Count == count).GroupBy(name => name.Inputs))
            {
                // One of a build tells of all; the last is a small one.
                ShardName[] ofIt = [.. build.OrderBy(name => name.Index)];
                var one = await OpenAsync(ofIt[^1], cancellationToken);
                if (one.Begun >= notBefore)
                {
                    builds.Add((one, ofIt));
                    continue;
                }
                old = ofIt.Length;
                one.Dispose();
            }
            if (builds.Count == 0)
                throw Fault(collection, old == 0 ? NoneOf(collection, count, names) : string.Create(CultureInfo.InvariantCulture, $"the shards of {count} in {_blobs.Name} were begun before {notBefore:u}, which is longer ago than is waited"));
            var (latest, there) = builds.MaxBy(build => (build.One.Begun, build.Names.Length));
            if (latest.DifferencesTo(options) is { Count: > 0 } others)
                throw Fault(collection, $"the shards {latest.Name.Inputs:x16} were built otherwise than this command says: {string.Join(", ", others)}");
            if (there.Length < count) throw Fault(collection, Missing(latest, there, builds));
            var shards = new List<Shard>();
            try
            {
                foreach (var name in there) shards.Add(await OpenAsync(name, cancellationToken));
            }
            catch
            {
                shards.ForEach(shard => shard.Dispose());
                throw;
            }
            return shards;
        }
        finally
        {
            builds.ForEach(build => build.One.Dispose());
        }
    }

    static InputFaultException Fault(string collection, string fault) => new(collection, null, fault);

    string NoneOf(string collection, int count, IReadOnlyList<ShardName> names) => string.Create(CultureInfo.InvariantCulture,
        $"there is no shard of {count} in {_blobs.Name}{(names.FirstOrDefault(name => name.Count != count) is { Count: > 0 } other ? $", but some of {other.Count}" : "")}; expected those that cantor build {collection} … --shard 0/{count} to {count - 1}/{count} write");

    string Missing(Shard latest, ShardName[] there, List<(Shard One, ShardName[] Names)> builds)
    {
        int[] missing = [.. Enumerable.Range(0, latest.Name.Count).Except(there.Select(name => name.Index))];
        var fault = string.Create(CultureInfo.InvariantCulture,
            $"of the {latest.Name.Count} shards {latest.Name.Inputs:x16} that were begun last, {string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing in {_blobs.Name}");
        foreach (var (one, names) in builds.Where(build => build.One != latest))
            fault += string.Create(CultureInfo.InvariantCulture,
                $"; {string.Join(", ", names.Select(name => name.Index))} of {one.Name.Inputs:x16} {(names.Length == 1 ? "differs" : "differ")}: {string.Join(", ", one.DifferencesTo(latest))}");
        return fault;
    }

    async Task<List<ShardName>> NamesAsync(string collection, CancellationToken cancellationToken) =>
        [.. from name in await _blobs.ListAsync(cancellationToken) let parsed = ShardName.Parse(name) where parsed?.Collection == collection select parsed.Value];

    async Task<Shard> OpenAsync(ShardName name, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Directory, name.ToString());
        if (!_isLocal && !File.Exists(path))
        {
            var arriving = path + ".part";
            await using (var file = new FileStream(arriving, FileMode.Create, FileAccess.Write))
                if (!await _blobs.GetAsync(name.ToString(), file, cancellationToken)) throw Fault(name.Collection, $"shard {name.Index} was taken away meanwhile");
            File.Move(arriving, path, overwrite: true);
        }
        return Shard.Open(path);
    }
}
