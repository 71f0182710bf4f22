using System.Net;
using System.Net.Sockets;

namespace Cantor.Testing;

/// <summary>
/// Ports for servers that must be told theirs. Not from the system: what that gives out once may be somebody's connection the next
/// moment, of another test or another program, before the server listens or while it is stopped.
/// </summary>
static class FreePort
{
    const int First = 20_000, Count = 10_000; // below what Linux gives to connections, 32768 to 60999

    static int _asked;

    /// <summary>A port of 127.0.0.1 that nobody listens on, given to no other test of the process.</summary>
    internal static int Next()
    {
        while (true)
        {
            // Other processes of tests begin elsewhere.
            var port = First + (Environment.ProcessId * 37 + Interlocked.Increment(ref _asked)) % Count;
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody's
            }
        }
    }
}
