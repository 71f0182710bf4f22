using Cantor.Kernels;
using Cantor.Text;

namespace Cantor.Signals.Text;

/// <summary>
/// Pairs of neighboring words, which say more than the two alone ("operating system"). They have rows of their own: in one
/// vector with the words they hurt.
/// </summary>
static class TermPairs
{
    /// <summary>A word that more than this share of the items has is a stop word: pairs reach over it.</summary>
    internal const double StopShare = .2;

    /// <summary>Finds the pairs that two items or more have, and adds their rows and which items write without spaces.</summary>
    internal static void Add(CorpusText text, Sections sections, int threads, CancellationToken cancellationToken)
    {
        var vocabulary = text.Vocabulary;
        var isStop = new bool[vocabulary.Count];
        for (var term = 0; term < isStop.Length; term++)
            isStop[term] = vocabulary.ItemCounts[term] > StopShare * text.Count;

        var spaceless = Column<byte>.NewPinned(text.Count);
        var keys = new ulong[text.Count][];
        Threads.ForRanges(text.Count, threads, 256, () => new List<ulong>(), (scratch, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                spaceless[item] = IsSpaceless(text.Terms[item], term => vocabulary.Kinds[term]) ? (byte)1 : (byte)0;
                scratch.Clear();
                if (spaceless[item] == 0) AddKeys(text.Terms[item], isStop, scratch);
                var distinct = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(scratch);
                distinct.Sort();
                var length = 0;
                foreach (var key in distinct)
                    if (length == 0 || distinct[length - 1] != key) distinct[length++] = key;
                keys[item] = distinct[..length].ToArray();
            }
        }, cancellationToken);

        var shared = SharedPairs.Of(keys, vocabulary.Count, threads, cancellationToken);
        var weights = Array.ConvertAll(CountRows.WeightsOf(text.Count, shared.ItemCounts), weight => (float)weight);
        CountRows.Add(sections, "text.pairs", text.Count, weights, (item, pairs) =>
        {
            if (spaceless[item] == 1) return 0;
            var terms = text.Terms[item];
            var titleLength = Math.Min(text.TitleLengths[item], terms.Length);
            AddNumbers(terms.AsSpan(0, titleLength), term => isStop[term], shared.Find, pairs);
            var fromTitle = pairs.Count;
            AddNumbers(terms.AsSpan(titleLength), term => isStop[term], shared.Find, pairs);
            return fromTitle;
        }, threads, cancellationToken);

        var pairTerms = Column<int>.NewPinned(2L * shared.Keys.Length);
        for (var pair = 0; pair < shared.Keys.Length; pair++)
            (pairTerms[2 * pair], pairTerms[2 * pair + 1]) = ((int)(shared.Keys[pair] >> 32), (int)shared.Keys[pair]);
        sections.Add("text.pairs.terms", Column<int>.Over(pairTerms));
        sections.Add("text.spaceless", Column<byte>.Over(spaceless));
    }

    internal static bool IsSpaceless(int[] terms, Func<int, TermKind> kindOf)
    {
        var (words, pieces) = (0, 0);
        foreach (var term in terms)
            if (term < 0 || kindOf(term) == TermKind.Word) words++;
            else pieces++;
        return pieces > words;
    }

    static void AddKeys(ReadOnlySpan<int> terms, bool[] isStop, List<ulong> keys)
    {
        var before = -1;
        foreach (var term in terms)
        {
            if (term >= 0 && isStop[term]) continue;
            if (before >= 0 && term >= 0) keys.Add(SharedPairs.Key(before, term));
            before = term;
        }
    }

    /// <summary>Adds the numbers of the pairs that stand in <paramref name="terms"/>.</summary>
    internal static void AddNumbers(ReadOnlySpan<int> terms, Func<int, bool> isStop, Func<int, int, int> find, List<int> numbers)
    {
        var before = -1;
        foreach (var term in terms)
        {
            if (term >= 0 && isStop(term)) continue;
            if (before >= 0 && term >= 0 && find(before, term) is >= 0 and var number) numbers.Add(number);
            before = term;
        }
    }
}
