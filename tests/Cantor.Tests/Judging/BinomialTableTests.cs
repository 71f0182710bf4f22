using Cantor.Judging;
using Cantor.Kernels;

namespace Cantor.Tests.Judging;

public sealed class BinomialTableTests
{
    [Theory]
    [InlineData(1, .3)]
    [InlineData(10, .01)]
    [InlineData(40, .5)]
    [InlineData(100, .97)]
    public void Counts_come_as_often_as_the_formula_says(int n, double p)
    {
        const int Draws = 20_000;
        var (table, random) = (new BinomialTable(n, p), new SeededRandom(7));
        var seen = new int[n + 1];
        for (var i = 0; i < Draws; i++) seen[table.Draw(random)]++;

        double upTo = 0;
        var seenUpTo = 0;
        for (var k = 0; k <= n; k++)
        {
            upTo += Choose(n, k) * Math.Pow(p, k) * Math.Pow(1 - p, n - k);
            seenUpTo += seen[k];
            // Dvoretzky, Kiefer and Wolfowitz: beyond 2 / √draws with a chance of 2 exp(−8), and the seed is fixed.
            Assert.InRange((double)seenUpTo / Draws, upTo - 2 / Math.Sqrt(Draws), upTo + 2 / Math.Sqrt(Draws));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 50)]
    public void What_is_certain_is_drawn_always(double p, int expected)
    {
        var (table, random) = (new BinomialTable(50, p), new SeededRandom(1));
        for (var i = 0; i < 1_000; i++) Assert.Equal(expected, table.Draw(random));
    }

    [Fact]
    public void Many_answers_neither_overflow_nor_vanish()
    {
        var (table, random) = (new BinomialTable(100_000, .2), new SeededRandom(1));
        // Five standard deviations of √(100,000 · .2 · .8) = 126.5.
        for (var i = 0; i < 1_000; i++) Assert.InRange(table.Draw(random), 20_000 - 633, 20_000 + 633);
    }

    static double Choose(int n, int k)
    {
        double ways = 1;
        for (var i = 1; i <= k; i++) ways = ways * (n - k + i) / i;
        return ways;
    }
}
