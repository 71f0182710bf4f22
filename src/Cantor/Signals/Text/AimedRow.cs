using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cantor.Signals.Text;

/// <summary>
/// The features of the item aimed at, to be looked up by another item's row. Most features of two items differ: a filter of a
/// few bits for each feature finds the common ones without a branch, and only those are looked up in the hash table.
/// Both have the row's size, not the vocabulary's: they stay in the nearest cache, and a server explains with little memory.
/// </summary>
sealed class AimedRow(CountRows rows)
{
    const int FilterBitsPerFeature = 64;

    uint[] _filter = new uint[64];
    int[] _slots = new int[128]; // feature + 1; 0 where free
    Feature[] _features = new Feature[128];
    int[] _common = new int[256];

    /// <summary>What the item aimed at has of one feature; all 0 when it lacks it.</summary>
    /// <param name="Core">√(3·title + body)·w.</param>
    /// <param name="Title">√title·w.</param>
    /// <param name="Body">√body·w.</param>
    /// <param name="Weight">w.</param>
    /// <param name="TitleSquare">w² if the title has it, else 0.</param>
    /// <param name="BodySquare">w² if the body has it, else 0.</param>
    internal readonly record struct Feature(float Core, float Title, float Body, float Weight, float TitleSquare, float BodySquare);

    internal void Aim(CountRow row)
    {
        Clear(row.Features.Length);
        for (var at = 0; at < row.Features.Length; at++)
        {
            var feature = row.Features[at];
            var bit = feature & _filter.Length * 32 - 1;
            _filter[bit >> 5] |= 1u << bit;
            var slot = Slot(feature);
            while (_slots[slot] != 0) slot = slot + 1 & _slots.Length - 1;
            _slots[slot] = feature + 1;
            var (title, body, weight) = (row.Title[at], row.Body[at], rows.Weights[feature]);
            _features[slot] = new(
                CountRows.Root(title, body) * weight, CountRows.Roots[title] * weight, CountRows.Roots[body] * weight, weight,
                title > 0 ? weight * weight : 0, body > 0 ? weight * weight : 0);
        }
    }

    /// <summary>Where in <paramref name="features"/> stand those that the item has, ascending, and now and then one it lacks.</summary>
    /// <returns>Valid until the next call.</returns>
    internal ReadOnlySpan<int> Common(ReadOnlySpan<int> features)
    {
        if (_common.Length < features.Length) _common = new int[BitOperations.RoundUpToPowerOf2((uint)features.Length)];
        ref var filter = ref MemoryMarshal.GetArrayDataReference(_filter);
        ref var common = ref MemoryMarshal.GetArrayDataReference(_common);
        var mask = _filter.Length * 32 - 1;
        var found = 0;
        for (var at = 0; at < features.Length; at++)
        {
            var bit = features[at] & mask; // inside the filter, whatever the feature
            Unsafe.Add(ref common, found) = at; // found <= at < the array's length
            found += (int)(Unsafe.Add(ref filter, bit >> 5) >> bit) & 1;
        }
        return _common.AsSpan(0, found);
    }

    internal ref readonly Feature this[int feature]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var slot = Slot(feature);
            while (_slots[slot] != 0 && _slots[slot] != feature + 1) slot = slot + 1 & _slots.Length - 1;
            return ref _features[slot];
        }
    }

    void Clear(int features)
    {
        Resize(ref _filter, features * (FilterBitsPerFeature / 32), 64);
        // Twice and more as many slots as features: a search for one that is not there ends soon.
        if (Resize(ref _slots, features * 2, 128)) _features = new Feature[_slots.Length];
        else Array.Clear(_features);
    }

    /// <summary>Empties the array, made anew when it is too small or far too large; true when it was.</summary>
    static bool Resize<T>(ref T[] array, int atLeast, int least)
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

    int Slot(int feature) => (int)((uint)feature * 2654435769u >> BitOperations.LeadingZeroCount((uint)_slots.Length) + 1);
}
