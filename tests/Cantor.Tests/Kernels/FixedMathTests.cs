using System.IO.Hashing;
using System.Runtime.InteropServices;
using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public class FixedMathTests
{
    static double[] Edges =>
    [
        0, -0.0, 1, -1, 2, -2, 3, -3, .5, -.5, 10, 1000, double.Epsilon, -double.Epsilon, 1e-310, 2.2250738585072014e-308, 1 - 1e-16, 1 + 1e-15,
        double.MaxValue, double.MinValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 709.78, 709.79, -708.4, -745.1, -745.2, 1 << 30, 1L << 53, (1L << 53) + 2,
    ];

    static Gen<double> Positive { get; } = Gen.Select(Gen.Double[.5, 2], Gen.Int[-1060, 1022], Math.ScaleB).Where(x => x > 0);

    [Fact]
    public void Edges_of_one_argument_are_those_of_the_platform()
    {
        foreach (var x in Edges)
        {
            AssertNear(Math.Log(x), FixedMath.Log(x), $"Log({x:R})");
            AssertNear(Math.Log10(x), FixedMath.Log10(x), $"Log10({x:R})");
            AssertNear(Math.Exp(x), FixedMath.Exp(x), $"Exp({x:R})");
        }
    }

    [Fact]
    public void Edges_of_the_power_are_those_of_the_platform()
    {
        foreach (var x in Edges)
            foreach (var y in Edges)
                AssertNear(Math.Pow(x, y), FixedMath.Pow(x, y), $"Pow({x:R}, {y:R})");
    }

    [Fact]
    public void Logarithms_are_within_two_ulp_over_the_whole_range() => Positive.Sample(x =>
    {
        AssertNear(Math.Log(x), FixedMath.Log(x), $"Log({x:R})");
        AssertNear(Math.Log10(x), FixedMath.Log10(x), $"Log10({x:R})");
    }, iter: 200_000);

    [Fact]
    public void Logarithms_near_one_are_within_two_ulp() =>
        Gen.Select(Gen.Double[-1, 1], Gen.Int[-52, -1], (x, e) => 1 + Math.ScaleB(x, e)).Sample(x =>
            AssertNear(Math.Log(x), FixedMath.Log(x), $"Log({x:R})"), iter: 100_000);

    [Fact]
    public void Exponentials_are_within_two_ulp() =>
        Gen.OneOf(Gen.Double[-745, 710], Gen.Double[-1, 1], Gen.Double[-1e-9, 1e-9]).Sample(x =>
            AssertNear(Math.Exp(x), FixedMath.Exp(x), $"Exp({x:R})"), iter: 200_000);

    [Fact]
    public void Powers_are_within_two_ulp() =>
        Gen.Select(Positive, Gen.OneOf(Gen.Double[-2, 2], Gen.Double[-400, 400])).Sample((x, y) =>
            AssertNear(Math.Pow(x, y), FixedMath.Pow(x, y), $"Pow({x:R}, {y:R})"), iter: 200_000);

    [Fact]
    public void Large_powers_of_bases_near_one_are_within_two_ulp() =>
        Gen.Select(Gen.Double[.9, 1.1], Gen.Double[-1e4, 1e4]).Sample((x, y) =>
            AssertNear(Math.Pow(x, y), FixedMath.Pow(x, y), $"Pow({x:R}, {y:R})"), iter: 100_000);

    [Fact]
    public void Whole_powers_of_ten_have_whole_logarithms()
    {
        for (var exponent = 0; exponent <= 22; exponent++)
            Assert.Equal(exponent, FixedMath.Log10(Math.Round(Math.Pow(10, exponent))));
    }

    // The promise itself: these bits were written down once and hold on every machine.
    [Fact]
    public void The_bits_are_the_same_on_every_machine()
    {
        var random = new SeededRandom(1);
        var values = new double[40_000];
        for (var i = 0; i < values.Length; i += 4)
        {
            var x = random.NextDouble() * 1000;
            values[i] = FixedMath.Log(x);
            values[i + 1] = FixedMath.Log10(x);
            values[i + 2] = FixedMath.Exp(x - 500);
            values[i + 3] = FixedMath.Pow(x, 100 * random.NextDouble() - 50);
        }
        Assert.Equal(2687856859712499562UL, XxHash3.HashToUInt64(MemoryMarshal.AsBytes<double>(values)));
    }

    static void AssertNear(double expected, double actual, string what)
    {
        var same = double.IsNaN(expected) || double.IsInfinity(expected) || expected == 0
            ? BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual) || (double.IsNaN(expected) && double.IsNaN(actual))
            : double.IsNegative(expected) == double.IsNegative(actual)
                && Math.Abs(BitConverter.DoubleToInt64Bits(expected) - BitConverter.DoubleToInt64Bits(actual)) <= 2;
        if (!same) Assert.Fail($"{what}: expected {expected:R} within 2 ulp, got {actual:R}");
    }
}
