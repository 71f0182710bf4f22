using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public unsafe class ByteTileTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(5), InlineData(16), InlineData(33), InlineData(128), InlineData(2048)]
    public void The_machines_fastest_way_gives_the_numbers_of_the_scalar_truth_at_the_ends_of_their_range_too(int pairs)
    {
        var chance = new SeededRandom((ulong)pairs);
        using AlignedBuffer<uint> rows = new(ByteTile.Rows * pairs);
        using AlignedBuffer<ushort> columns = new(ByteTile.Columns * pairs);
        using AlignedBuffer<short> starts = new(ByteTile.Columns), expected = new(ByteTile.Scores), actual = new(ByteTile.Scores);
        foreach (ref var row in rows.Slice(0, (int)rows.Length))
        {
            var pair = Draw(chance, 0, 127) | Draw(chance, 0, 127) << 8;
            row = (uint)(pair | pair << 16);
        }
        foreach (ref var column in columns.Slice(0, (int)columns.Length))
            column = (ushort)((byte)Draw(chance, -127, 127) | (byte)Draw(chance, -127, 127) << 8);
        foreach (ref var start in starts.Slice(0, ByteTile.Columns)) start = (short)Draw(chance, short.MinValue, short.MaxValue);
        ByteTile.Scalar(rows.Start, columns.Start, starts.Start, pairs, expected.Start);
        ByteTile.Multiply(rows.Start, columns.Start, starts.Start, pairs, actual.Start);
        Assert.Equal(expected.Slice(0, ByteTile.Scores), actual.Slice(0, ByteTile.Scores));
    }

    [Fact]
    public void A_score_is_looked_at_when_it_is_above_the_lower_of_both_thresholds()
    {
        var chance = new SeededRandom(7);
        for (var round = 0; round < 500; round++)
        {
            short[] Draws() => [.. Enumerable.Range(0, ByteTile.Columns).Select(_ => (short)Draw(chance, -5, 5))];
            var (scores, columns, row) = (Draws(), Draws(), (short)Draw(chance, -5, 5));
            var expected = 0u;
            for (var i = 0; i < scores.Length; i++)
                if (scores[i] > row || scores[i] > columns[i]) expected |= 1u << i;
            fixed (short* s = scores, c = columns) Assert.Equal(expected, ByteTile.Above(s, row, c));
        }
    }

    /// <summary>One of three is the least or the greatest.</summary>
    static int Draw(SeededRandom chance, int least, int greatest) => chance.NextInt(6) switch
    {
        0 => least,
        1 => greatest,
        _ => least + chance.NextInt(greatest - least + 1),
    };
}
