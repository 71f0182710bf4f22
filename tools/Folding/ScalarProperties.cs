using System.Text;

namespace Cantor.Tools.Folding;

/// <summary>The properties that normalization and lower-casing need, found by asking ICU for results only.</summary>
sealed class ScalarProperties
{
    readonly Dictionary<int, int> _ranks = [];
    readonly HashSet<int> _seconds = [];
    readonly List<ulong> _compositions = [];

    /// <summary>Full compatibility decompositions and new forms of old kanji; Hangul syllables, which are arithmetic, left out.</summary>
    internal Dictionary<int, int[]> Decompositions { get; } = [];

    /// <summary>Simple lower case of the scalars that do not decompose.</summary>
    internal Dictionary<int, int> Lower { get; } = [];

    /// <summary>first &lt;&lt; 42 | second &lt;&lt; 21 | composite, sorted.</summary>
    internal IReadOnlyCollection<ulong> Compositions => _compositions;

    /// <summary>The combining class as its place among all classes, from 1; 0 for starters. Only the order matters.</summary>
    internal int RankOf(int scalar) => _ranks.GetValueOrDefault(scalar);

    /// <summary>True when a starter may be composed with the one before it.</summary>
    internal bool IsSecond(int scalar) => _seconds.Contains(scalar);

    /// <summary>True when normalization may join or reorder the scalar with what stands before it.</summary>
    internal bool JoinsBackward(int scalar) => RankOf(scalar) > 0 || IsSecond(scalar);

    internal static ScalarProperties Read()
    {
        var properties = new ScalarProperties();
        properties.ReadDecompositions();
        properties.ReadRanks();
        properties.ReadLower();
        properties.AddKanjiVariants();
        return properties;
    }

    void ReadDecompositions()
    {
        for (var vowel = 0x1161; vowel <= 0x1175; vowel++) _seconds.Add(vowel);
        for (var tail = 0x11A8; tail <= 0x11C2; tail++) _seconds.Add(tail);
        foreach (var scalar in Icu.Scalars())
        {
            if (scalar is >= 0xAC00 and <= 0xD7A3) continue;
            var compatible = Icu.Decompose(scalar, NormalizationForm.FormKD);
            if (compatible is [var same] && same == scalar) continue;
            Decompositions[scalar] = compatible;

            var canonical = Icu.Decompose(scalar, NormalizationForm.FormD);
            var isComposite = canonical.Length > 1 && Icu.Decompose(scalar, NormalizationForm.FormC) is [var composed] && composed == scalar;
            if (!isComposite) continue;
            var rest = Icu.Normalize(Icu.TextOf(canonical.AsSpan(..^1)), NormalizationForm.FormC);
            if (Icu.ScalarsOf(rest) is not [var first])
                throw new InvalidOperationException($"U+{scalar:X4} is not composed of two.");
            _seconds.Add(canonical[^1]);
            _compositions.Add((ulong)first << 42 | (ulong)canonical[^1] << 21 | (uint)scalar);
        }
        _compositions.Sort();
    }

    // Last, and as decompositions, so that folding kanji costs nothing more: neither form has anything to do with marks or case.
    void AddKanjiVariants()
    {
        foreach (var parts in Decompositions.Values)
            for (var i = 0; i < parts.Length; i++) parts[i] = KanjiVariants.NewByOld.GetValueOrDefault(parts[i], parts[i]);
        foreach (var (old, to) in KanjiVariants.NewByOld)
            if (!Decompositions.TryAdd(old, [to])) throw new InvalidOperationException($"NFKC maps U+{old:X4} already.");
    }

    // U+0334 has the lowest combining class and U+0345 the highest: a mark that changes places with either is no starter.
    void ReadRanks()
    {
        var classes = new List<List<int>> { new() { 0x334 }, new() { 0x345 } };
        foreach (var scalar in Icu.Scalars())
        {
            if (Decompositions.ContainsKey(scalar) || scalar is 0x334 or 0x345) continue;
            if (!Swaps(scalar, 0x334) && !Swaps(0x345, scalar)) continue;
            var (low, high) = (0, classes.Count);
            var found = false;
            while (low < high && !found)
            {
                var middle = (low + high) / 2;
                if (Swaps(scalar, classes[middle][0])) low = middle + 1;
                else if (Swaps(classes[middle][0], scalar)) high = middle;
                else (found, low) = (true, middle);
            }
            if (found) classes[low].Add(scalar);
            else classes.Insert(low, [scalar]);
        }
        for (var rank = 0; rank < classes.Count; rank++)
            foreach (var scalar in classes[rank]) _ranks[scalar] = rank + 1;
    }

    static bool Swaps(int first, int second)
    {
        var text = Icu.TextOf('-', first, second);
        var ordered = Icu.Normalize(text, NormalizationForm.FormD);
        return ordered != text && ordered == Icu.TextOf('-', second, first);
    }

    void ReadLower()
    {
        foreach (var scalar in Icu.Scalars())
        {
            if (Decompositions.ContainsKey(scalar)) continue;
            var lower = scalar == 0x3C2 ? 0x3C3 : Rune.ToLowerInvariant(new(scalar)).Value; // final sigma is a sigma
            if (lower == scalar) continue;
            if (Decompositions.ContainsKey(lower) || JoinsBackward(scalar) || JoinsBackward(lower))
                throw new InvalidOperationException($"U+{scalar:X4} in lower case needs normalization.");
            Lower[scalar] = lower;
        }
    }
}
