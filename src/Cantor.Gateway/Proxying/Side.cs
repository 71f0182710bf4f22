using System.Net;
using Cantor.Gateway.Config;

namespace Cantor.Gateway.Proxying;

/// <summary>One of the two APIs with its connections. Connections live on over a reload that leaves its address as it is.</summary>
sealed class Side : IDisposable
{
    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2), IdleTimeout = TimeSpan.FromMinutes(1), Lifetime = TimeSpan.FromMinutes(5);

    internal Side(SideConfig config)
    {
        Config = config;
        // As YARP's own: nothing is followed, unpacked or remembered. Connections are made anew now and then, so that a name that moves is followed.
        Client = new(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            PooledConnectionLifetime = Lifetime,
        });
    }

    internal SideConfig Config { get; }

    internal HttpMessageInvoker Client { get; }

    /// <summary>The address of a raw target at this side, sent as it stands.</summary>
    internal Uri UriOf(string target) => new(Config.Url + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Puts this side's headers on a request.</summary>
    internal void Mark(HttpRequestMessage request)
    {
        foreach (var (name, value) in Config.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    public void Dispose() => Client.Dispose();
}
