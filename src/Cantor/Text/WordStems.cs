using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cantor.Text;

/// <summary>
/// The terms of the words of one language. The same word stems alike every time, so it is looked up first and stemmed once; and
/// as few words are most of a text, those of up to 16 bytes that came last stand in a small table that the second cache holds:
/// a lookup there is one cache line, in the table of all words four.
/// </summary>
/// <param name="stem">Shortens a word where it stands and gives its new length; null for a language without stems.</param>
/// <param name="termOf">The number of a stem.</param>
sealed class WordStems(Func<Span<byte>, int>? stem, WordStems.StemTerm termOf)
{
    const int RecentBits = 14;

    readonly TermTable _words = new(1 << 12);
    readonly List<(int Term, int Count)> _uses = [];
    readonly Recent[] _recent = new Recent[1 << RecentBits];
    readonly byte[] _copy = new byte[Analyzer.MaxWordBytes];

    internal delegate int StemTerm(ReadOnlySpan<byte> stem);

    internal delegate void WordAction(ReadOnlySpan<byte> word, int term, int count);

    /// <summary>Calls back with each word, its term and how often it came, in the order in which they came first.</summary>
    internal void ForWords(WordAction action)
    {
        foreach (ref var recent in _recent.AsSpan()) Leave(ref recent);
        for (var word = 0; word < _uses.Count; word++) action(_words[word], _uses[word].Term, _uses[word].Count);
    }

    /// <summary>The term of a word; past <see cref="Analyzer.MaxWordBytes"/> it is cut.</summary>
    /// <param name="text">The word, and whatever stands behind it.</param>
    /// <param name="length">The length of the word, 1 or more bytes; none of them 0.</param>
    internal int TermOf(ReadOnlySpan<byte> text, int length)
    {
        if (length > Vector128<byte>.Count)
        {
            var number = NumberOf(length > Analyzer.MaxWordBytes ? Analyzer.Clip(text[..length]) : text[..length]);
            ref var use = ref CollectionsMarshal.AsSpan(_uses)[number];
            use.Count++;
            return use.Term;
        }
        var word = text.Length < Vector128<byte>.Count ? Padded(text) : Vector128.Create(text);
        word &= Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)length));
        ref var recent = ref _recent[Slot(word)];
        if (recent.Word != word)
        {
            Leave(ref recent);
            var number = NumberOf(text[..length]);
            recent = new() { Word = word, Number = number, Term = _uses[number].Term };
        }
        recent.Count++;
        return recent.Term;
    }

    int NumberOf(ReadOnlySpan<byte> word)
    {
        var number = _words.Add(word, out var isNew);
        if (!isNew) return number;
        var copy = _copy.AsSpan(0, word.Length);
        word.CopyTo(copy);
        _uses.Add((termOf(copy[..(stem?.Invoke(copy) ?? word.Length)]), 0));
        return number;
    }

    void Leave(ref Recent recent)
    {
        if (recent.Count > 0) CollectionsMarshal.AsSpan(_uses)[recent.Number].Count += recent.Count;
        recent.Count = 0;
    }

    static Vector128<byte> Padded(ReadOnlySpan<byte> text)
    {
        Span<byte> padded = stackalloc byte[Vector128<byte>.Count];
        padded.Clear();
        text.CopyTo(padded);
        return Vector128.Create<byte>(padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Slot(Vector128<byte> word)
    {
        var halves = word.AsUInt64();
        return (int)((halves[0] * 0x9E3779B97F4A7C15 ^ halves[1] * 0xC2B2AE3D27D4EB4F) >> 64 - RecentBits);
    }

    /// <summary>A word, its number, its term, and how often it came since it stands here. All zero: none.</summary>
    struct Recent
    {
        internal Vector128<byte> Word;
        internal int Number, Term, Count;
    }
}
