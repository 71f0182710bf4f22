namespace Cantor.Kernels;

/// <summary>Runs work on pairs of blocks of rows.</summary>
static class BlockPairs
{
    static readonly TimeSpan Recheck = TimeSpan.FromSeconds(1);

    /// <summary>All pairs of blocks, each block with itself too; those near the diagonal first, which share the fewest blocks.</summary>
    internal static (int A, int B)[] All(int blocks)
    {
        var pairs = new List<(int, int)>(blocks * (blocks + 1) / 2);
        for (var apart = 0; apart < blocks; apart++)
            for (var a = 0; a + apart < blocks; a++) pairs.Add((a, a + apart));
        return [.. pairs];
    }

    /// <summary>
    /// Calls <paramref name="body"/> for every pair once, with its place in <paramref name="pairs"/>. No two that run at one time
    /// share a block, so a body may write what belongs to the rows of both without a lock. In what order pairs run is chance.
    /// </summary>
    internal static void ForEach(IReadOnlyList<(int A, int B)> pairs, int blocks, int threads, Action<int> body, CancellationToken cancellationToken)
    {
        var next = new int[pairs.Count + 1]; // the open pairs as a chain; place p stands at p + 1, 0 is its head
        for (var place = 0; place < pairs.Count; place++) next[place] = place + 1;
        next[pairs.Count] = 0;
        var open = pairs.Count;
        var busy = new bool[blocks];
        var gate = new object();
        var stopped = false;

        int? Take()
        {
            lock (gate)
            {
                while (open > 0 && !stopped && !cancellationToken.IsCancellationRequested)
                {
                    for (int before = 0, at = next[0]; at != 0; before = at, at = next[at])
                    {
                        var (a, b) = pairs[at - 1];
                        if (busy[a] || busy[b]) continue;
                        busy[a] = busy[b] = true;
                        next[before] = next[at];
                        open--;
                        return at - 1;
                    }
                    Monitor.Wait(gate, Recheck);
                }
                return null;
            }
        }

        void Release(int place, bool failed)
        {
            lock (gate)
            {
                busy[pairs[place].A] = busy[pairs[place].B] = false;
                stopped |= failed;
                Monitor.PulseAll(gate);
            }
        }

        var workers = Math.Clamp(Math.Min(threads, blocks), 1, 1024);
        Threads.ForRanges(workers, workers, 1, (_, _) =>
        {
            while (Take() is { } place)
            {
                var failed = true;
                try
                {
                    body(place);
                    failed = false;
                }
                finally
                {
                    Release(place, failed);
                }
            }
        }, cancellationToken);
    }
}
