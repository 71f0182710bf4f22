using System.Net;
using System.Net.Sockets;
using Cantor.Corpus;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server;

/// <summary>Where a server listens: "http://HOST:PORT". What Kestrel makes of a url is looked at before Kestrel has it.</summary>
public static class ListenUrls
{
    /// <summary>True when a server can listen on <paramref name="url"/>, as far as its text says.</summary>
    /// <remarks>Kestrel takes a port that it cannot read for a part of the host, and then listens on port 80 of every address.</remarks>
    public static bool IsOne(string url)
    {
        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || Parse(url) is not { } address) return false;
        return address.IsUnixPipe || address.PathBase.Length == 0 && address.Port is >= 0 and <= IPEndPoint.MaxPort && IsHost(address.Host);
    }

    /// <summary>True when other machines cannot reach <paramref name="url"/>.</summary>
    internal static bool IsLoopback(string url) =>
        Parse(url)?.Host is { } host && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Finds out whether the urls can be listened on now: Kestrel writes a page of stack into the log where they cannot.</summary>
    /// <exception cref="InputFaultException">A port is taken, or not this process's to take; or an address is not the machine's.</exception>
    public static void Check(IEnumerable<string> urls)
    {
        foreach (var url in urls)
        {
            if (Parse(url) is not { IsUnixPipe: false, Port: > 0 } bound) continue;
            // As Kestrel does: under any name but localhost it listens on all of the machine's addresses.
            var address = IPAddress.TryParse(bound.Host.Trim('[', ']'), out var given) ? given : IsLoopback(url) ? IPAddress.Loopback : IPAddress.Any;
            try
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, bound.Port));
            }
            catch (SocketException refused)
            {
                throw new InputFaultException("--urls", null, $"{url} cannot be listened on: {char.ToLowerInvariant(refused.Message[0])}{refused.Message[1..]}", refused);
            }
        }
    }

    static bool IsHost(string host) => host is "*" or "+" || Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    static BindingAddress? Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
