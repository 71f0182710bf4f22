using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>For each row the keys of its closest others so far, best first, and which of them its list did not have before.</summary>
/// <param name="count">How many rows there are.</param>
/// <param name="k">How many keys a row has at most.</param>
sealed class NearLists(int count, int k) : IDisposable
{
    readonly AlignedBuffer<ulong> _keys = new((long)count * k, clear: false);
    readonly AlignedBuffer<bool> _isNew = new((long)count * k, clear: false);
    readonly int[] _counts = new int[count];

    internal int Count => count;

    internal int K => k;

    internal ReadOnlySpan<ulong> Row(int row) => _keys.Slice((long)row * k, _counts[row]);

    /// <summary>The first of them.</summary>
    internal ReadOnlySpan<ulong> Best(int row, int most) => _keys.Slice((long)row * k, Math.Min(most, _counts[row]));

    internal bool IsNew(int row, int place) => _isNew.Slice((long)row * k, k)[place];

    /// <summary>Writes the best k of both; one thread at a time a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="old">Keys that it had, greatest first.</param>
    /// <param name="found">Others, greatest first.</param>
    internal void Set(int row, ReadOnlySpan<ulong> old, ReadOnlySpan<ulong> found)
    {
        var keys = _keys.Slice((long)row * k, k);
        var isNew = _isNew.Slice((long)row * k, k);
        var (fromOld, fromFound, kept) = (0, 0, 0);
        for (; kept < k && fromOld + fromFound < old.Length + found.Length; kept++)
        {
            isNew[kept] = fromOld == old.Length || fromFound < found.Length && found[fromFound] > old[fromOld];
            keys[kept] = isNew[kept] ? found[fromFound++] : old[fromOld++];
        }
        _counts[row] = kept;
    }

    public void Dispose()
    {
        _keys.Dispose();
        _isNew.Dispose();
    }
}
