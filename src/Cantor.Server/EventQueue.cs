using System.Threading.Channels;
using Cantor.Storage;
using Microsoft.Extensions.Hosting;

namespace Cantor.Server;

/// <summary>
/// Events on their way to the store. What many callers send at the same time is written together; each hears of it when it is
/// on the disk. The queue is bounded: who comes when it is full is told to come again.
/// </summary>
sealed class EventQueue(StoreWatch watch) : BackgroundService
{
    internal const int MaxWaiting = 50_000;
    const int MaxTogether = 5_000;

    readonly Channel<Sent> _queue = Channel.CreateUnbounded<Sent>(new() { SingleReader = true });
    int _waiting;

    /// <summary>What one caller sent.</summary>
    sealed record Sent(string Collection, IReadOnlyList<StoredEvent> Events)
    {
        internal TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Queues events.</summary>
    /// <returns>Ends when they are stored, or fails as the store does; null when the queue is full.</returns>
    internal Task? Offer(string collection, IReadOnlyList<StoredEvent> events)
    {
        if (Interlocked.Add(ref _waiting, events.Count) > MaxWaiting)
        {
            Interlocked.Add(ref _waiting, -events.Count);
            return null;
        }
        var sent = new Sent(collection, events);
        _queue.Writer.TryWrite(sent);
        return sent.Written.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Goes on until it is stopped and nobody waits any more: what was taken is answered for.
        var together = new List<Sent>();
        while (await ReadAsync(together, stoppingToken))
            foreach (var collection in together.GroupBy(sent => sent.Collection, StringComparer.Ordinal))
                await WriteAsync(collection.Key, [.. collection]);
    }

    async Task<bool> ReadAsync(List<Sent> together, CancellationToken stoppingToken)
    {
        together.Clear();
        try
        {
            await _queue.Reader.WaitToReadAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            if (Volatile.Read(ref _waiting) == 0) return false;
        }
        for (var events = 0; events < MaxTogether && _queue.Reader.TryRead(out var sent); events += sent.Events.Count) together.Add(sent);
        return true;
    }

    async Task WriteAsync(string collection, List<Sent> together)
    {
        try
        {
            // The store's own time limit bounds this; who asked may leave, the events stay.
            await watch.Store.Events.AddAsync(collection, [.. together.SelectMany(sent => sent.Events).DistinctBy(one => one.Id)], CancellationToken.None);
            foreach (var sent in together) sent.Written.TrySetResult();
        }
#pragma warning disable CA1031 // Whatever the store throws, those who wait must hear of it.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            foreach (var sent in together) sent.Written.TrySetException(fault);
        }
        finally
        {
            Interlocked.Add(ref _waiting, -together.Sum(sent => sent.Events.Count));
        }
    }
}
