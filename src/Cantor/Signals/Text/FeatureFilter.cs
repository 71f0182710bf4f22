using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Signals.Text;

/// <summary>
/// Which of another row's features a row may have. Most features of two items differ: a few bits for each feature tell so without a
/// branch, in memory of the row's size, not the vocabulary's, so that it stays in the nearest cache.
/// </summary>
sealed class FeatureFilter
{
    const int BitsPerFeature = 64;

    uint[] _bits = new uint[64];
    int[] _common = new int[256];

    /// <summary>Sets the row; its features are 0 or more.</summary>
    internal void Set(ReadOnlySpan<int> features)
    {
        Renew(ref _bits, features.Length * (BitsPerFeature / 32), 64);
        foreach (var feature in features)
        {
            var bit = feature & _bits.Length * 32 - 1;
            _bits[bit >> 5] |= 1u << bit;
        }
    }

    /// <summary>Where in <paramref name="features"/> stand those that the row has, ascending, and now and then one it lacks.</summary>
    /// <returns>Valid until the next call.</returns>
    internal ReadOnlySpan<int> Common(ReadOnlySpan<int> features)
    {
        if (_common.Length < features.Length) _common = new int[BitOperations.RoundUpToPowerOf2((uint)features.Length)];
        ref var bits = ref MemoryMarshal.GetArrayDataReference(_bits);
        ref var common = ref MemoryMarshal.GetArrayDataReference(_common);
        var mask = _bits.Length * 32 - 1;
        var found = 0;
        for (var at = 0; at < features.Length; at++)
        {
            var bit = features[at] & mask; // inside the filter, whatever the feature
            Unsafe.Add(ref common, found) = at; // found <= at < the array's length
            found += (int)(Unsafe.Add(ref bits, bit >> 5) >> bit) & 1;
        }
        return _common.AsSpan(0, found);
    }

    /// <summary>Empties the array, made anew when it is too small or far too large; true when it was.</summary>
    internal static bool Renew<T>(ref T[] array, int atLeast, int least)
    {
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(atLeast, least));
        if (length > array.Length || length * 16 < array.Length)
        {
            array = new T[length];
            return true;
        }
        Array.Clear(array);
        return false;
    }
}
