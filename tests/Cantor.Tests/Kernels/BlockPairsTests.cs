using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public class BlockPairsTests
{
    [Theory, InlineData(1, 1), InlineData(1, 4), InlineData(7, 1), InlineData(7, 3), InlineData(20, 16)]
    public void Every_pair_runs_once_and_no_two_at_a_time_share_a_block(int blocks, int threads)
    {
        var pairs = BlockPairs.All(blocks);
        Assert.Equal(blocks * (blocks + 1) / 2, pairs.Distinct().Count());
        var (runs, inUse, clashes) = (new int[pairs.Length], new int[blocks], 0);
        BlockPairs.ForEach(pairs, blocks, threads, place =>
        {
            int[] mine = [.. new[] { pairs[place].A, pairs[place].B }.Distinct()];
            foreach (var block in mine)
                if (Interlocked.Increment(ref inUse[block]) != 1) Interlocked.Increment(ref clashes);
            Thread.Yield();
            foreach (var block in mine) Interlocked.Decrement(ref inUse[block]);
            Interlocked.Increment(ref runs[place]);
        }, TestContext.Current.CancellationToken);
        Assert.All(runs, count => Assert.Equal(1, count));
        Assert.Equal(0, clashes);
    }

    [Fact]
    public void A_fault_of_one_pair_ends_the_run_on_all_threads()
    {
        var pairs = BlockPairs.All(9);
        Assert.Throws<InvalidOperationException>(() =>
            BlockPairs.ForEach(pairs, 9, 3, place => { if (place == 4) throw new InvalidOperationException(); }, TestContext.Current.CancellationToken));
    }
}
