using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// For each row the greatest keys of those it met, in whatever order it met them. A row's keys are cut to k when twice as many
/// have gathered. One thread at a time may touch a row.
/// </summary>
sealed unsafe class KeptKeys(int rows, int k) : IDisposable
{
    readonly AlignedBuffer<ulong> _keys = new((long)rows * CapacityFor(k), clear: false);
    readonly int[] _counts = new int[rows];
    readonly int _capacity = CapacityFor(k);

    /// <summary>Adds a key that the row does not have; after a cut gives the least key that is kept, else 0.</summary>
    internal ulong Add(int row, ulong key)
    {
        var keys = new Span<ulong>(_keys.Start + (long)row * _capacity, _capacity);
        keys[_counts[row]++] = key;
        if (_counts[row] < _capacity) return 0;
        _counts[row] = k;
        return TopK.Select(keys, k);
    }

    /// <summary>The row's best keys, greatest first; at most k.</summary>
    internal Span<ulong> Best(int row)
    {
        var keys = new Span<ulong>(_keys.Start + (long)row * _capacity, _counts[row]);
        keys.Sort(static (a, b) => b.CompareTo(a));
        _counts[row] = Math.Min(_counts[row], k);
        return keys[.._counts[row]];
    }

    /// <summary>Forgets the row's keys.</summary>
    internal void Clear(int row) => _counts[row] = 0;

    public void Dispose() => _keys.Dispose();

    static int CapacityFor(int k) => 2 * k + 8;
}
