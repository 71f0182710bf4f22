using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public class ByteRowsTests
{
    [Fact]
    public void The_machines_fastest_way_gives_the_number_that_adding_products_one_by_one_gives() =>
        Gen.Select(Gen.Int[1, 40], Gen.ULong, Gen.Bool).Sample((steps, seed, extreme) =>
        {
            var chance = new SeededRandom(seed);
            sbyte[] Row() => [.. Enumerable.Range(0, steps * ByteRows.WidthStep).Select(_ => (sbyte)(extreme ? chance.NextInt(2) * 254 - 127 : chance.NextInt(255) - 127))];
            var (a, b) = (Row(), Row());
            var expected = a.Zip(b, (x, y) => x * y).Sum();
            Assert.Equal(expected, ByteRows.Dot(a, b));
            Assert.Equal(expected, ByteRows.Portable(ref a[0], ref b[0], (nuint)a.Length));
        });

    [Fact]
    public void Rows_of_bytes_keep_directions_to_a_hundredth_and_their_greatest_number_exactly() =>
        Gen.Select(Gen.Int[2, 300], Gen.ULong).Sample((width, seed) =>
        {
            var chance = new SeededRandom(seed);
            float[] Row() => [.. Enumerable.Range(0, width).Select(_ => (float)chance.NextGaussian())];
            var (x, y) = (Row(), Row());
            var (a, b) = (new sbyte[ByteRows.PaddedWidth(width)], new sbyte[ByteRows.PaddedWidth(width)]);
            var (scaleA, scaleB) = (ByteRows.Write(x, a), ByteRows.Write(y, b));
            Assert.Equal(127, a.Max(q => Math.Abs((int)q)));
            double Length(float[] row) => Math.Sqrt(row.Sum(value => (double)value * value));
            Assert.Equal(x.Zip(y, (p, q) => (double)p * q).Sum() / (Length(x) * Length(y)), ByteRows.Dot(a, b) * scaleA * scaleB, .015);
        });

    [Fact]
    public void A_row_of_zeros_has_no_direction() => Assert.Equal(0, ByteRows.Write([0, 0, 0], new sbyte[ByteRows.WidthStep]));
}
