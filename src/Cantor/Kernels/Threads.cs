namespace Cantor.Kernels;

/// <summary>Runs one body over many rows on a given number of threads.</summary>
static class Threads
{
    /// <summary>
    /// Calls <paramref name="body"/> for the ranges [start, end) that together cover [0, <paramref name="count"/>) once.
    /// Which thread gets which range is chance: a body must write only what belongs to its rows, so that no thread count changes a result.
    /// </summary>
    /// <param name="count">How many rows there are.</param>
    /// <param name="threads">How many threads to use, 1 or more; the caller's is one of them.</param>
    /// <param name="chunk">How many rows a range has at most.</param>
    /// <param name="newState">Makes what one thread needs for itself, once a thread.</param>
    /// <param name="body">State, start, end.</param>
    /// <param name="cancellationToken">Looked at before every range.</param>
    internal static void ForRanges<TState>(
        long count, int threads, int chunk, Func<TState> newState, Action<TState, int, int> body, CancellationToken cancellationToken)
    {
        long next = 0;
        Exception? fault = null;
        void Work()
        {
            try
            {
                var state = newState();
                while (Volatile.Read(ref fault) is null && !cancellationToken.IsCancellationRequested)
                {
                    var start = Interlocked.Add(ref next, chunk) - chunk;
                    if (start >= count) break;
                    body(state, (int)start, (int)Math.Min(count, start + chunk));
                }
                (state as IDisposable)?.Dispose();
            }
            catch (Exception thrown) // carried to the caller's thread, where it is thrown again
            {
                Interlocked.CompareExchange(ref fault, thrown, null);
            }
        }

        var others = new Thread[Math.Clamp(Math.Min(threads - 1, (count - 1) / chunk), 0, 1024)];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new(Work, 16 << 20) { IsBackground = true, Name = "cantor" };
            others[i].Start();
        }
        Work();
        foreach (var other in others) other.Join();
        cancellationToken.ThrowIfCancellationRequested();
        if (fault is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
    }

    /// <summary>The same for a body without state of its own.</summary>
    internal static void ForRanges(long count, int threads, int chunk, Action<int, int> body, CancellationToken cancellationToken) =>
        ForRanges(count, threads, chunk, () => 0, (_, start, end) => body(start, end), cancellationToken);
}
