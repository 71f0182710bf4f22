using System.Numerics;

namespace Cantor.Kernels;

/// <summary>
/// Chance that repeats: the same seed and stream give the same numbers on every machine and in every version.
/// (<see cref="Random"/> promises neither.) Not for secrets. One thread at a time.
/// </summary>
/// <remarks>xoshiro256** of Blackman and Vigna (2021), its state filled by SplitMix64 as its authors advise.</remarks>
sealed class SeededRandom
{
    ulong _a, _b, _c, _d;
    double? _spareGaussian;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number; 0 is as good as another.</param>
    /// <param name="stream">Which of a seed's independent sequences: one for each thing that needs chance of its own.</param>
    internal SeededRandom(ulong seed, ulong stream = 0)
    {
        var state = seed ^ Mix(stream);
        _a = NextSplitMix(ref state);
        _b = NextSplitMix(ref state);
        _c = NextSplitMix(ref state);
        _d = NextSplitMix(ref state);
    }

    SeededRandom(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>A sequence from a given state, which is how the authors' test values are stated.</summary>
    internal static SeededRandom FromState(ulong a, ulong b, ulong c, ulong d) => new(a, b, c, d);

    /// <summary>64 bits of chance.</summary>
    internal ulong NextBits()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number from 0 up to <paramref name="below"/>, which is not included; each is exactly as likely.</summary>
    internal int NextInt(int below)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(below);
        // Lemire (2019): the high half of a product is the number; low halves under 2^32 mod below would favor some.
        var range = (uint)below;
        var product = (NextBits() >> 32) * range;
        if ((uint)product < range)
        {
            var favored = (uint)-(int)range % range;
            while ((uint)product < favored) product = (NextBits() >> 32) * range;
        }
        return (int)(product >> 32);
    }

    /// <summary>A number from 0 up to 1, which is not included; a multiple of 2^-53.</summary>
    internal double NextDouble() => (NextBits() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number of the standard normal distribution (Marsaglia's polar method).</summary>
    internal double NextGaussian()
    {
        if (_spareGaussian is { } spare)
        {
            _spareGaussian = null;
            return spare;
        }
        while (true)
        {
            var x = 2 * NextDouble() - 1;
            var y = 2 * NextDouble() - 1;
            var square = x * x + y * y;
            if (square is 0 or >= 1) continue;
            var scale = Math.Sqrt(-2 * FixedMath.Log(square) / square);
            _spareGaussian = y * scale;
            return x * scale;
        }
    }

    static ulong NextSplitMix(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>So many of the numbers from 0 up to <paramref name="all"/>, each at most once; all of them when there are fewer.</summary>
    internal int[] Choose(int all, int count)
    {
        var numbers = new int[all];
        for (var number = 0; number < all; number++) numbers[number] = number;
        for (var i = 0; i < Math.Min(count, all); i++)
        {
            var j = i + NextInt(all - i);
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }
        return numbers[..Math.Min(count, all)];
    }
}
