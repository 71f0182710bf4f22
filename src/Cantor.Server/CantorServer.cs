using Cantor.Corpus;
using Cantor.Server.Rollouts;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>The server as a value: <c>cantor serve</c>, the host program and the tests all make it here.</summary>
public static class CantorServer
{
    /// <summary>After the drain, how long requests in flight may take: longer than any answer takes to leave by the slowest connection that Kestrel tolerates.</summary>
    public static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Makes a server. It listens once it is started, and ends by SIGTERM, SIGINT or its <c>StopAsync</c>.</summary>
    /// <param name="options">What it needs to know.</param>
    /// <param name="cancellationToken">Stops the opening of the store.</param>
    /// <exception cref="InputFaultException">An option or the store cannot be used.</exception>
    public static async Task<WebApplication> CreateAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        string[] faults = [.. options.Faults()];
        if (faults.Length > 0) throw new InputFaultException("serve", null, string.Join("; ", faults));
        ListenUrls.Check(options.Urls);
        var (store, journal) = await OpenAsync(options, cancellationToken);

        // The empty builder: no setting comes from a file or a variable that nobody looked at.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Bound(kestrel, options)).UseUrls([.. options.Urls]);
        AddLogging(builder.Logging, options.Log);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<LiveReleases>();
        builder.Services.AddSingleton<Access>();
        builder.Services.AddSingleton<RolloutCounts>();
        builder.Services.AddSingleton<VersionTraffic>();
        builder.Services.AddSingleton<QueryLogs>();
        builder.Services.AddSingleton<ShownLists>();
        builder.Services.AddSingleton(services =>
        {
            var (live, counts, logger) = (services.GetRequiredService<LiveReleases>(), services.GetRequiredService<RolloutCounts>(), services.GetRequiredService<ILogger<StoreWatch>>());
            var place = options.Blobs is { } blobs ? ReleaseBlobs.Open(blobs, options.Time) : null;
            var writer = journal is null ? null : new JournalWriter(journal, options.Time, logger);
            var follower = new CollectionFollower(options, new(options, place, logger), writer, journal?.Kept, counts, services.GetRequiredService<QueryLogs>(), logger);
            return new StoreWatch(options, store, journal, writer, place, live, services.GetRequiredService<Access>(), counts, services.GetRequiredService<VersionTraffic>(), follower, logger);
        });
        builder.Services.AddHostedService(services => services.GetRequiredService<StoreWatch>());
        builder.Services.AddSingleton(services => new Notices(options, () => services.GetRequiredService<StoreWatch>().Store, services.GetRequiredService<ILogger<Notices>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<Notices>());
        builder.Services.AddSingleton<EventQueue>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EventQueue>());
        builder.Services.AddHostedService<Retention>();
        builder.Services.AddSingleton(services => new RouteWeights(options, () => services.GetRequiredService<StoreWatch>().Store, services.GetRequiredService<ILogger<RouteWeights>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<RouteWeights>());
        builder.Services.AddSingleton(new LeasedJudge(options.Time));
        builder.Services.AddSingleton<VersionRounds>();
        builder.Services.AddSingleton<RolloutDriver>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RolloutDriver>());
        builder.Services.AddSingleton<RolloutRoutes>();
        builder.Services.AddSingleton<Builds>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Builds>());
        builder.Services.AddSingleton<ReleaseMoves>();
        builder.Services.AddSingleton<KeyChanges>();
        builder.Services.AddSingleton<Writes>();
        builder.Services.AddSingleton<DrainLifetime>();
        builder.Services.AddSingleton<IHostLifetime>(services => services.GetRequiredService<DrainLifetime>());
        builder.Services.AddSingleton<Api>();

        var app = builder.Build();
        var api = app.Services.GetRequiredService<Api>();
        app.Run(api.HandleAsync);
        var logger = app.Services.GetRequiredService<ILogger<Api>>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            Log.Version(logger, options.Version, options.Track);
            foreach (var url in Addresses(app)) Log.Listening(logger, url);
        });
        return app;
    }

    // The store on this machine must open; one elsewhere may be away, and the journal stands in for it.
    static async Task<(Store? Store, Journal? Journal)> OpenAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        var journal = options.IsStoreRemote ? await Journal.OpenAsync(options.DataDirectory, options.Time, cancellationToken) : null;
        Store? store = null;
        try
        {
            store = await Store.OpenAsync(options.StoreAddress, options.Time, cancellationToken);
            CheckKeys(options, await store.Keys.ReadAsync(cancellationToken));
            return (store, journal);
        }
        catch (StoreUnavailableException) when (journal is not null)
        {
            if (store is not null) await store.DisposeAsync();
            CheckKeys(options, await journal.Kept.Keys.ReadAsync(cancellationToken));
            return (null, journal);
        }
        catch
        {
            if (store is not null) await store.DisposeAsync();
            if (journal is not null) await journal.DisposeAsync();
            throw;
        }
    }

    static void CheckKeys(ServerOptions options, KeyRing keys)
    {
        if (keys.IsEmpty && !options.Open && options.NotLoopback() is { } url)
            throw new InputFaultException("--urls", null,
                $"{url} can be reached from other machines and the store has no keys: whoever finds it could read and write; make a key with cantor keys create, listen on 127.0.0.1, or say --open");
    }

    /// <summary>Where a started server listens, with the real ports.</summary>
    public static IReadOnlyCollection<string> Addresses(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    // What one client can take is bounded. No handler waits for anything, so no request needs a timeout of its own: slow
    // senders fall to the header timeout, slow readers to Kestrel's least data rate.
    static void Bound(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestLineSize = 8 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }

    /// <summary>Logs to the console, a line an event, of the program and of what warns beneath it.</summary>
    public static void AddLogging(ILoggingBuilder logging, LogFormat format)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        // It would make an Activity for every request, asked for or not; a listener for traces still gets one.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        const string utc = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        if (format is LogFormat.Json)
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, utc.TrimEnd()));
        else
            logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, utc));
    }
}
