namespace Cantor.Kernels;

/// <summary>
/// Keys that order pairs of a score and an item: by score, and of equal scores the lower item first. One ulong a pair, so
/// sorting them is sorting numbers, and the result does not depend on the order in which pairs were met.
/// </summary>
static class TopK
{
    /// <param name="score">0 or more: the bits of such floats order as the numbers do.</param>
    /// <param name="item">The item's row.</param>
    internal static ulong Key(float score, int item) => (ulong)BitConverter.SingleToUInt32Bits(score) << 32 | ~(uint)item;

    internal static float Score(ulong key) => BitConverter.UInt32BitsToSingle((uint)(key >> 32));

    internal static int Item(ulong key) => (int)~(uint)key;

    /// <summary>Moves the <paramref name="k"/> greatest keys to the front, in any order, and gives the least of them.</summary>
    /// <param name="keys">Distinct keys, more than <paramref name="k"/>.</param>
    /// <param name="k">1 or more.</param>
    internal static ulong Select(Span<ulong> keys, int k)
    {
        var (low, high) = (0, keys.Length - 1);
        while (low < high)
        {
            var pivot = Median(keys[low], keys[(low + high) / 2], keys[high]);
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (keys[left] > pivot) left++;
                while (keys[right] < pivot) right--;
                if (left > right) break;
                (keys[left], keys[right]) = (keys[right], keys[left]);
                left++;
                right--;
            }
            if (k - 1 <= right) high = right;
            else if (k - 1 >= left) low = left;
            else break;
        }
        return keys[k - 1];
    }

    static ulong Median(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
