using Cantor.Kernels;
using Cantor.Neighbors;

namespace Cantor.Tests.Neighbors;

public unsafe class PackedBytesTests
{
    [Theory, InlineData(2), InlineData(3), InlineData(96), InlineData(100), InlineData(256), InlineData(1000)]
    public void A_rotation_keeps_lengths_and_products(int width)
    {
        using var vectors = ClusteredVectors.Make(8, (width + 1) / 2 * 2);
        double Product(int a, int b) => Enumerable.Range(0, vectors.Width).Sum(t => (double)vectors[a][t] * vectors[b][t]);
        var before = Product(2, 5);
        var rotation = new Rotation(vectors.Width, 3);
        for (var row = 0; row < vectors.Count; row++) rotation.Apply(vectors[row]);
        Assert.Equal(before, Product(2, 5), 1e-5);
        Assert.Equal(1, Product(2, 2), 1e-5);
    }

    [Theory, InlineData(64), InlineData(256), InlineData(4096), InlineData(101)]
    public void The_score_of_equal_vectors_does_not_leave_sixteen_bits_and_others_come_near_their_cosine(int width)
    {
        // What lies along one dimension is, rotated, the same number in each: rounding lengthens it the most.
        using var vectors = ClusteredVectors.Make(200, width);
        for (var row = 0; row < 60; row++)
        {
            var one = new float[width];
            one[row * 7 % width] = row % 2 == 0 ? 1 : -1;
            vectors.Set(row, one);
        }
        using var packed = new PackedBytes(vectors, null, 1, TestContext.Current.CancellationToken);
        var scores = stackalloc short[ByteTile.Scores];
        for (var row = 0; row < 198; row += 5 * ByteTile.Rows)
            for (var column = 0; column < 192; column += ByteTile.Columns)
            {
                ByteTile.Multiply(packed.Rows(row), packed.Columns(column), packed.Starts(column), packed.Pairs, scores);
                for (var i = 0; i < ByteTile.Scores; i++)
                {
                    var (a, b) = (row + i / ByteTile.Columns, column + i % ByteTile.Columns);
                    if (a >= 200 || b >= 200) continue;
                    var cosine = FloatTile.Dot(vectors.Start(a), vectors.Start(b), width);
                    Assert.InRange(scores[i] / 31_000.0 - cosine, -.06, .06);
                }
            }
    }
}
