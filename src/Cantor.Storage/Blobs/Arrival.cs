namespace Cantor.Storage.Blobs;

/// <summary>How bytes come from a bucket: with a connection that may break, and may fall silent without breaking.</summary>
static class Arrival
{
    /// <summary>A connection on which nothing came for so long is given up: a router in between may have forgotten it, and nobody would ever tell.</summary>
    internal static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(30);

    /// <summary>How often a download goes on where it broke.</summary>
    internal const int MostBreaks = 6;

    /// <summary>Appends what comes to a file.</summary>
    /// <exception cref="IOException">It broke off, or nothing came for too long.</exception>
    internal static async Task CopyAsync(Stream from, FileStream to, TimeSpan mostSilence, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 17];
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            int count;
            try
            {
                silence.CancelAfter(mostSilence);
                count = await from.ReadAsync(buffer, silence.Token);
                silence.CancelAfter(Timeout.InfiniteTimeSpan);
            }
            catch (OperationCanceledException slow) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException(FormattableString.Invariant($"nothing came for {mostSilence.TotalSeconds:0.#} s"), slow);
            }
            if (count == 0) return;
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
