using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage;
using Cantor.Storage.Rollouts;

namespace Cantor.Server.Host;

/// <summary>A build from what was pushed, as the server starts it in a process of its own. <c>cantor build</c> does the same and more.</summary>
static class StoreBuild
{
    internal static async Task<int> RunAsync(ReadOnlyMemory<string> arguments)
    {
        if (arguments.ToArray() is not [var collection, "--data", var data])
        {
            await Console.Error.WriteLineAsync("cantor-server: expected build COLLECTION --data DIR, the store in the variable CANTOR_STORE");
            return 2;
        }
        try
        {
            await BuildAsync(collection, data, Variable("CANTOR_STORE") ?? data, Variable("CANTOR_BLOBS"), CancellationToken.None);
            return 0;
        }
        catch (Exception refused) when (refused is InputFaultException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"cantor-server: {refused.Message}");
            return 2;
        }
    }

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    static async Task BuildAsync(string collection, string data, string storeAt, string? blobsAt, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        await using var store = await Store.OpenAsync(storeAt, time, cancellationToken);
        using var registry = store.Registry(data);
        var standing = registry.Standing(collection);
        var settings = CollectionSettings.Known((await store.Collections.FindAsync(collection, cancellationToken))?.Config ?? throw new InputFaultException(collection, null, $"is no collection of {store.Name}"));
        var fold = await Fold.ReadAsync(store, collection, cancellationToken);
        fold.CheckWithoutSources(registry);
        var events = store.Events.ReadAsync(collection, DateTimeOffset.UnixEpoch, time.GetUtcNow(), cancellationToken).Select(one => new Event(one.Unit, ItemId.Parse(one.Item), one.At, one.Type));
        var defaults = new BuildOptions();
        var report = await ReleaseBuilder.BuildAsync(
            collection, fold.OverAsync(AsyncEnumerable.Empty<Item>(), cancellationToken), await events.AnyAsync(cancellationToken) ? events : null,
            defaults with { K = settings.K ?? defaults.K, Lang = settings.Lang, Threads = Math.Max(1, Environment.ProcessorCount / 2), LastChange = fold.LastChange },
            registry.ReleasesDirectory, time, null, cancellationToken);
        using var blobs = blobsAt is null ? null : ReleaseBlobs.Open(blobsAt, time);
        if (blobs is not null) await blobs.PublishAsync(collection, report.Summary.Version, report.Path, cancellationToken);
        registry.Register(report.Summary);
        var live = registry.Alias(collection, AliasName.Live);
        // Another build may have begun later and ended sooner: what it read is newer.
        if (registry.Overtaking(collection, report.Summary.Version, standing) is { } other) await Console.Out.WriteLineAsync($"not published: the build of {other} began later and ended sooner");
        else if (live is not null && live != report.Summary.Version && settings.PublishCanary)
            await store.Rollouts.StartAsync(RolloutSubject.Release, collection, report.Summary.Version.ToString(), null, settings.Rollout, forced: false, "cantor-server", "build", cancellationToken);
        else if (live != report.Summary.Version && !registry.MoveAlias(collection, AliasName.Live, live, report.Summary.Version, "cantor-server", "build"))
            throw new IOException($"somebody else moved live of {collection} meanwhile; the release {report.Summary.Version} is there, not published");
        await store.PruneAsync(registry, blobs, collection, settings.Keep, cancellationToken);
    }
}
