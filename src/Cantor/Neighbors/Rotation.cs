using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Spreads what a vector is over all its dimensions, so that few bits each hold it: random signs and a Hadamard transform over
/// the first power of two of them, then again over the last. Lengths and dot products stay as they are.
/// </summary>
sealed class Rotation
{
    readonly float[] _firstSigns, _lastSigns;
    readonly int _span; // the greatest power of two that the width holds

    /// <param name="width">How many dimensions; even.</param>
    /// <param name="seed">What the signs come from.</param>
    internal Rotation(int width, ulong seed)
    {
        _span = 1;
        while (2 * _span <= width) _span *= 2;
        _firstSigns = Signs(_span, seed, 0);
        _lastSigns = Signs(_span, seed, 1);
    }

    /// <summary>Rotates in place, with + − × in a fixed order.</summary>
    internal void Apply(Span<float> vector)
    {
        Turn(vector[.._span], _firstSigns);
        if (vector.Length > _span) Turn(vector[^_span..], _lastSigns);
    }

    static void Turn(Span<float> values, float[] signs)
    {
        for (var i = 0; i < values.Length; i++) values[i] *= signs[i];
        for (var half = 1; half < values.Length; half *= 2)
            for (var start = 0; start < values.Length; start += 2 * half)
                for (var i = start; i < start + half; i++)
                    (values[i], values[i + half]) = (values[i] + values[i + half], values[i] - values[i + half]);
    }

    /// <summary>±1/√count, so that the transform keeps lengths.</summary>
    static float[] Signs(int count, ulong seed, ulong stream)
    {
        var chance = new SeededRandom(seed, stream);
        var signs = new float[count];
        foreach (ref var sign in signs.AsSpan()) sign = (float)((chance.NextInt(2) == 0 ? 1 : -1) / Math.Sqrt(count));
        return signs;
    }
}
