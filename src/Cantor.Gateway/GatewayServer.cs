using Cantor.Corpus;
using Cantor.Gateway.Config;
using Cantor.Gateway.Proxying;
using Cantor.Gateway.Shadowing;
using Cantor.Server;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cantor.Gateway;

/// <summary>The gateway as a value: <c>cantor gateway</c> and the tests make it here.</summary>
public static class GatewayServer
{
    // Longer than a route's budget usually is: requests under way are finished.
    static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Makes a gateway. It listens once it is started, and ends by SIGTERM, SIGINT or its <c>StopAsync</c>.</summary>
    /// <param name="options">What it needs to know.</param>
    /// <param name="cancellationToken">Stops the opening of the store.</param>
    /// <exception cref="InputFaultException">An option, the file or the store cannot be used.</exception>
    public static async Task<WebApplication> CreateAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        string[] faults = [.. options.Faults()];
        if (faults.Length > 0) throw new InputFaultException("gateway", null, string.Join("; ", faults));
        var config = GatewayFile.Load(options.ConfigFile, options.Environment);
        var urls = options.Urls ?? config.Urls;
        if (urls.FirstOrDefault(url => !ListenUrls.IsOne(url)) is { } bad) throw new InputFaultException("--urls", null, $"the url \"{bad}\" cannot be listened on; expected http://HOST:PORT");
        ListenUrls.Check(urls);
        var store = await OpenAsync(options, cancellationToken);

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Bound).UseUrls([.. urls]);
        CantorServer.AddLogging(builder.Logging, options.Log);
        // It warns of every request that a side fails; what becomes of those is counted and told here.
        builder.Logging.AddFilter("Yarp", LogLevel.None);
        var services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddHttpForwarder();
        services.AddSingleton(options);
        services.AddSingleton(options.Time);
        services.AddSingleton(new ServerOptions { DataDirectory = options.DataDirectory, Store = options.Store, Drain = options.Drain, Webhook = options.Webhook, Service = options.Service, Address = options.Address, Time = options.Time });
        services.AddSingleton<RolloutCounts>();
        services.AddSingleton(provider =>
        {
            var routes = new LiveRoutes(options.Time, provider.GetRequiredService<RolloutCounts>());
            routes.Configure(config);
            return routes;
        });
        services.AddSingleton(provider => new GatewayWatch(options, store, provider.GetRequiredService<LiveRoutes>(), provider.GetRequiredService<ILogger<GatewayWatch>>()));
        services.AddHostedService(provider => provider.GetRequiredService<GatewayWatch>());
        services.AddSingleton<ShadowQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<ShadowQueue>());
        services.AddSingleton<ConfigReload>();
        services.AddHostedService(provider => provider.GetRequiredService<ConfigReload>());
        services.AddSingleton<StoreRounds>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreRounds>());
        services.AddHostedService(provider => new Notices(provider.GetRequiredService<ServerOptions>(), () => provider.GetRequiredService<GatewayWatch>().Store, provider.GetRequiredService<ILogger<Notices>>()));
        services.AddSingleton<DrainLifetime>();
        services.AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<DrainLifetime>());
        services.AddSingleton<Proxy>();

        var app = builder.Build();
        app.Run(app.Services.GetRequiredService<Proxy>().HandleAsync);
        var logger = app.Services.GetRequiredService<ILogger<Proxy>>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            foreach (var url in CantorServer.Addresses(app)) Log.Listening(logger, url);
        });
        return app;
    }

    // A store on this machine must open; one elsewhere may be away.
    static async Task<Store?> OpenAsync(GatewayOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await Store.OpenAsync(options.StoreAddress, options.Time, cancellationToken);
        }
        catch (StoreUnavailableException) when (options.IsStoreRemote)
        {
            return null;
        }
    }

    static void Bound(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // What a body or a line may be is for the sides to say.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
    }
}
