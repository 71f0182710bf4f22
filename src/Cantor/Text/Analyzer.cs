using System.Text;

namespace Cantor.Text;

/// <summary>What kind of term it is, and with that how much it weighs: <see cref="TermKinds.Weight"/>.</summary>
enum TermKind : byte
{
    /// <summary>A run of letters and digits, stemmed; or a whole katakana run.</summary>
    Word,

    /// <summary>Two neighboring characters of a script that writes without spaces.</summary>
    Pair,

    /// <summary>Two neighboring characters inside a katakana run that also stands as a whole.</summary>
    KatakanaPair,

    /// <summary>One Han character.</summary>
    HanSingle,

    /// <summary>A term of the user's dictionary.</summary>
    Entry,
}

static class TermKinds
{
    /// <summary>The script weight: a piece of a word says less than the word.</summary>
    internal static float Weight(this TermKind kind) => kind switch
    {
        TermKind.KatakanaPair => .5f,
        TermKind.HanSingle => .3f,
        _ => 1f,
    };
}

/// <summary>
/// Cuts folded text into terms by script run. Words are stemmed; katakana runs stand whole and as pairs, Han runs as pairs
/// and singles, Hangul and Thai runs as pairs; hiragana, which is mostly grammar, is left out. The words of <see cref="NameParts"/>
/// stand behind the other terms of a text. One analyzer serves one thread.
/// </summary>
/// <param name="dictionary">Terms that stay whole; they stand behind the other terms of a text, which lose nothing. Null for none.</param>
sealed class Analyzer(TermDictionary? dictionary = null)
{
    /// <summary>Longer words are cut here: past it they are encoded data, not words.</summary>
    internal const int MaxWordBytes = 64;

    readonly Dictionary<string, WordStems> _stemsByLanguage = []; // one a language, since the stemmer differs
    readonly FoldBuffer _folded = new();
    readonly byte[] _term = new byte[MaxWordBytes + 1], _part = new byte[MaxWordBytes];
    readonly List<int> _runStarts = [];

    /// <summary>The terms met so far.</summary>
    internal TermTable Terms { get; } = new(1 << 12);

    /// <summary>The kind of each term in <see cref="Terms"/>.</summary>
    internal List<TermKind> Kinds { get; } = [];

    /// <summary>Calls back with each word that was stemmed, its term and how often it came: what a reader is shown in place of the stem.</summary>
    internal void ForWords(WordStems.WordAction action)
    {
        foreach (var stems in _stemsByLanguage.Values) stems.ForWords(action);
    }

    /// <summary>Adds the terms of <paramref name="text"/> to <paramref name="terms"/>, in reading order.</summary>
    internal void Analyze(ReadOnlySpan<byte> text, string language, List<int> terms)
    {
        if (text.IsEmpty) return;
        if (!_stemsByLanguage.TryGetValue(language, out var stems))
            _stemsByLanguage[language] = stems = new(Stemmer.For(language), word => Term(word, TermKind.Word));

        Folding.Fold(text, _folded);
        var rest = _folded.Written;
        var runClass = ScriptClass.Other;
        var runStart = 0;
        _runStarts.Clear();
        var ascii = Folding.AsciiClasses;
        for (var at = 0; ;)
        {
            var (next, length) = (ScriptClass.Other, 1);
            if ((uint)at < (uint)rest.Length)
            {
                if (rest[at] < 0x80) next = (ScriptClass)ascii[rest[at]];
                else (next, length) = Classify(rest[at..]);
            }
            if (next != runClass)
            {
                if (runClass == ScriptClass.Letter) terms.Add(stems.TermOf(rest[runStart..], Math.Min(at, rest.Length) - runStart));
                else AddRun(rest[runStart..Math.Min(at, rest.Length)], runClass, terms);
                runStart = at;
                runClass = next;
                _runStarts.Clear();
            }
            if (at >= rest.Length) break;
            if (next > ScriptClass.Letter) _runStarts.Add(at - runStart);
            at += length;
            // Most texts are runs of ASCII letters and what parts them.
            while ((uint)at < (uint)rest.Length && ascii[rest[at]] == (byte)next) at++;
        }
        for (var parts = new NameParts(text, _part); parts.MoveNext();) terms.Add(stems.TermOf(_part, parts.Current.Length));
        dictionary?.Find(rest, EntryTerm, terms);
    }

    static (ScriptClass, int) Classify(ReadOnlySpan<byte> text)
    {
        Rune.DecodeFromUtf8(text, out var rune, out var length);
        return (Folding.Classify(rune), length);
    }

    void AddRun(ReadOnlySpan<byte> run, ScriptClass script, List<int> terms)
    {
        switch (script)
        {
            case ScriptClass.Katakana when _runStarts.Count > 1:
                terms.Add(Term(run.Length > MaxWordBytes ? Clip(run) : run, TermKind.Word));
                if (_runStarts.Count > 2) AddPairs(run, TermKind.KatakanaPair, terms);
                break;
            case ScriptClass.Han:
                AddPairs(run, TermKind.Pair, terms);
                for (var i = 0; i < _runStarts.Count; i++)
                    terms.Add(Term(run[_runStarts[i]..End(run, i + 1)], TermKind.HanSingle));
                break;
            case ScriptClass.Hangul or ScriptClass.Thai:
                if (_runStarts.Count == 1) terms.Add(Term(run, TermKind.Pair));
                AddPairs(run, TermKind.Pair, terms);
                break;
            default: // Other and hiragana; a single katakana character is a particle or a typo
                break;
        }
    }

    void AddPairs(ReadOnlySpan<byte> run, TermKind kind, List<int> terms)
    {
        for (var i = 0; i + 1 < _runStarts.Count; i++)
            terms.Add(Term(run[_runStarts[i]..End(run, i + 2)], kind));
    }

    int End(ReadOnlySpan<byte> run, int character) => character < _runStarts.Count ? _runStarts[character] : run.Length;

    /// <summary>The first <see cref="MaxWordBytes"/> of a longer run.</summary>
    internal static ReadOnlySpan<byte> Clip(ReadOnlySpan<byte> run)
    {
        var end = MaxWordBytes;
        while ((run[end] & 0xC0) == 0x80) end--; // not inside a character
        return run[..end];
    }

    /// <summary>The number of a term; its kind is part of what it is, so that a pair and a word of two characters differ.</summary>
    int Term(ReadOnlySpan<byte> text, TermKind kind)
    {
        if (kind == TermKind.KatakanaPair)
        {
            text.CopyTo(_term.AsSpan(1));
            _term[0] = (byte)kind;
            text = _term.AsSpan(0, text.Length + 1);
        }
        var term = Terms.Add(text, out var isNew);
        if (isNew) Kinds.Add(kind);
        return term;
    }

    int EntryTerm(byte[] key)
    {
        var term = Terms.Add(key, out var isNew);
        if (isNew) Kinds.Add(TermKind.Entry);
        return term;
    }
}
