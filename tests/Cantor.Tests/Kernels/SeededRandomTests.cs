using Cantor.Kernels;

namespace Cantor.Tests.Kernels;

public class SeededRandomTests
{
    [Fact]
    public void The_sequence_is_the_one_its_authors_publish()
    {
        var random = SeededRandom.FromState(1, 2, 3, 4);
        ulong[] published = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600];
        Assert.Equal(published, published.Select(_ => random.NextBits()));
    }

    // Worked out by a second implementation, written in Python from the papers.
    [Theory]
    [InlineData(0UL, 0UL, 0x99EC5F36CB75F2B4, 0xBF6E1F784956452A, 0x1A5F849D4933E6E0)]
    [InlineData(42UL, 0UL, 0x15780B2E0C2EC716, 0x6104D9866D113A7E, 0xAE17533239E499A1)]
    [InlineData(42UL, 7UL, 0x11A904479C05B3DA, 0xCFFD69429302C462, 0x79E6A4245DEF3AF9)]
    public void A_seed_and_a_stream_give_known_numbers(ulong seed, ulong stream, ulong first, ulong second, ulong third)
    {
        var random = new SeededRandom(seed, stream);
        Assert.Equal([first, second, third], [random.NextBits(), random.NextBits(), random.NextBits()]);
    }

    [Fact]
    public void Whole_numbers_stay_below_the_bound() =>
        Gen.Select(Gen.ULong, Gen.Int[1, int.MaxValue]).Sample((seed, below) =>
        {
            var random = new SeededRandom(seed);
            for (var i = 0; i < 20; i++)
                if (random.NextInt(below) is var drawn && (drawn < 0 || drawn >= below)) return false;
            return true;
        });

    [Fact]
    public void Whole_numbers_are_equally_likely()
    {
        // Three quarters of 2^32 would show the bias of a plain remainder: its lower third would come twice as often.
        const int Below = 3 << 29;
        var random = new SeededRandom(5);
        var thirds = new int[3];
        for (var i = 0; i < 90_000; i++) thirds[random.NextInt(Below) / (1 << 29)]++;
        Assert.All(thirds, third => Assert.InRange(third, 29_300, 30_700)); // ± 5 standard deviations
    }

    [Fact]
    public void A_bound_below_one_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(0).NextInt(0));

    [Fact]
    public void Fractions_fill_the_unit_interval()
    {
        var random = new SeededRandom(6);
        var tenths = new int[10];
        for (var i = 0; i < 100_000; i++) tenths[(int)(random.NextDouble() * 10)]++;
        Assert.All(tenths, tenth => Assert.InRange(tenth, 9_500, 10_500));
    }

    [Fact]
    public void Gaussians_have_the_moments_and_tails_of_the_normal_distribution()
    {
        const int Draws = 200_000;
        var random = new SeededRandom(7);
        var drawn = Enumerable.Range(0, Draws).Select(_ => random.NextGaussian()).ToArray();
        Assert.InRange(drawn.Average(), -.012, .012);
        Assert.InRange(drawn.Average(x => x * x), .984, 1.016);
        Assert.InRange(drawn.Average(x => x * x * x * x), 2.89, 3.11);
        Assert.InRange(drawn.Count(x => x > 1.959964) / (double)Draws, .0232, .0268);
    }
}
