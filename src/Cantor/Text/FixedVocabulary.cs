using Cantor.Kernels;

namespace Cantor.Text;

/// <summary>The terms a release was fitted on, found by their bytes. Any number of threads may ask.</summary>
/// <param name="terms">The release's section text.vocabulary: distinct terms in the order of their bytes.</param>
sealed class FixedVocabulary(Texts terms)
{
    internal int Count => terms.Count;

    /// <summary>The number of the term, or -1 when the release does not know it.</summary>
    // Halving the mapped section costs no memory and no time at start, and is asked once for each distinct term of an item.
    internal int Find(ReadOnlySpan<byte> term)
    {
        var (low, high) = (0, terms.Count - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var order = terms[middle].SequenceCompareTo(term);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
