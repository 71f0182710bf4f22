using System.Text;

namespace Cantor.Sources.Tests.Files;

/// <summary>Alone in the process: what other tests hold meanwhile would be counted too.</summary>
[CollectionDefinition(nameof(BoundedReadingTests), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(BoundedReadingTests))]
public sealed class BoundedReadingTests : IDisposable
{
    readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Rows_pass_through_and_are_not_held()
    {
        const int rows = 60_000; // 240 MB of them
        using var many = new RowStream(Encoding.UTF8.GetBytes($$"""{"id":"a","title":"t","body":"{{new string('x', 4000)}}","more":[1,2,3]}""" + "\n"), rows);
        _scratch.Options = _scratch.Options with { StandardInput = many };
        // What earlier tests left behind, buffers in pools among it, was there before.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (read, most) = (0, 0L);
        await foreach (var item in ItemSource.ReadAsync(["-"], _scratch.Options, _scratch.Counts, TestContext.Current.CancellationToken))
            if (++read % 10_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
        Assert.Equal(rows, read);
        Assert.InRange(most - before, long.MinValue, 64 << 20);
    }

    /// <summary>The same row again and again.</summary>
    sealed class RowStream(byte[] row, int times) : MemoryStream(row)
    {
        int _left = times;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length && --_left > 0) Position = 0;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
