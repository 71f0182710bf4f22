using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public unsafe class FloatTileTests
{
    public static TheoryData<int> Widths => [1, 2, 3, 7, 8, 15, 16, 17, 31, 100, 255, 256, 257, 1000];

    [Theory, MemberData(nameof(Widths))]
    public void The_machines_fastest_way_gives_the_bits_of_the_scalar_truth(int width)
    {
        using var rows = Numbers(FloatTile.Rows * width, 1);
        using var columns = Numbers(FloatTile.Columns * width, 2);
        using AlignedBuffer<float> expected = new(FloatTile.Scores), actual = new(FloatTile.Scores);
        FloatTile.Scalar(rows.Start, columns.Start, width, expected.Start);
        FloatTile.Multiply(rows.Start, columns.Start, width, actual.Start);
        Assert.Equal(Bits(expected), Bits(actual));
    }

    [Theory, MemberData(nameof(Widths))]
    public void A_product_of_two_rows_has_the_bits_of_a_tile_in_both_directions(int width)
    {
        using var a = Numbers(width, 3);
        using var b = Numbers(width, 4);
        using AlignedBuffer<float> rows = new(FloatTile.Rows * width), columns = new(FloatTile.Columns * width), scores = new(FloatTile.Scores);
        for (var t = 0; t < width; t++) (rows.Start[t * FloatTile.Rows + 5], columns.Start[t * FloatTile.Columns + 13]) = (a.Start[t], b.Start[t]);
        FloatTile.Multiply(rows.Start, columns.Start, width, scores.Start);
        var expected = BitConverter.SingleToUInt32Bits(scores.Start[5 * FloatTile.Columns + 13]);
        Assert.Equal(expected, BitConverter.SingleToUInt32Bits(FloatTile.Dot(a.Start, b.Start, width)));
        Assert.Equal(expected, BitConverter.SingleToUInt32Bits(FloatTile.Dot(b.Start, a.Start, width)));
    }

    [Fact]
    public void A_score_is_looked_at_when_it_reaches_the_lower_of_both_thresholds() =>
        Gen.Select(Gen.Float[0, 1].Array[FloatTile.Columns], Gen.Float[0, 1], Gen.Float[0, 1].Array[FloatTile.Columns]).Sample((scores, row, columns) =>
        {
            scores[3] = columns[3]; // equal reaches
            var expected = 0u;
            for (var i = 0; i < scores.Length; i++)
                if (scores[i] >= row || scores[i] >= columns[i]) expected |= 1u << i;
            fixed (float* s = scores, c = columns) return FloatTile.Reaching(s, row, c) == expected;
        });

    static AlignedBuffer<float> Numbers(int count, ulong seed)
    {
        var chance = new SeededRandom(seed, (ulong)count);
        var numbers = new AlignedBuffer<float>(count);
        for (var i = 0; i < count; i++) numbers.Start[i] = (float)chance.NextGaussian();
        return numbers;
    }

    static uint[] Bits(AlignedBuffer<float> numbers) =>
        Array.ConvertAll(numbers.Slice(0, (int)numbers.Length).ToArray(), BitConverter.SingleToUInt32Bits);
}
