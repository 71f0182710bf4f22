using System.Buffers;
using System.Text;

namespace Cantor.Text;

/// <summary>
/// Makes texts that mean the same word the same bytes: NFKC, lower case, no invisible scalars, new forms of old kanji, and one
/// way to write long katakana words. Works from <see cref="FoldingTables"/>, so it is alike on every machine; folding twice
/// changes nothing more.
/// </summary>
/// <remarks>
/// Katakana: a mark that looks like a long vowel (‐ − ―) is one (ー) behind katakana. The ー at the end of a run of katakana is
/// left out as long as the run has four or more characters: コンピューター is コンピュータ and サーバー is サーバ, but キー and コピー,
/// which would become other words, stay. This is the rule of length that Japanese style guides for technical writing teach.
/// Lower case is by scalar: ß stays, a final ς is σ.
/// </remarks>
static class Folding
{
    // An entry of FoldingTables.Entries is one of
    //   10 or 11, 14 bits: it decomposes; the bits say where in Decompositions (11: the first part joins what stands before)
    //   01, 14 bits: it is upper case; the bits say where in LowerDeltas
    //   00 and bits: 0x00FF rank of the combining class, 0x0100 may compose with the scalar before, 0x0200 ignorable
    const int DecomposesBit = 0x8000, JoinsDecomposedBits = 0xC000, LowerBit = 0x4000, ValueBits = 0x3FFF, IgnorableBit = 0x200, JoinsBits = 0x1FF, RankBits = 0xFF;

    // The class of every scalar of the first plane; with PlainBit when the scalar folds to itself whatever stands around it,
    // as long as no mark follows.
    static readonly byte[] BmpClasses = ReadBmpClasses();
    const int PlainBit = 0x80, ClassBits = 7;

    /// <summary>Writes the folded text into <paramref name="into"/>, in place of what it held. Bytes that are not UTF-8 become U+FFFD.</summary>
    internal static void Fold(ReadOnlySpan<byte> utf8, FoldBuffer into)
    {
        into.Start(utf8.Length);
        for (var at = 0; at < utf8.Length;)
        {
            var first = utf8[at];
            if (first < 0x80)
            {
                at += into.AddAscii(utf8[at..]);
                continue;
            }
            if (PlainRun(utf8[at..]) is > 0 and var plain)
            {
                into.AddPlain(utf8.Slice(at, plain));
                at += plain;
            }
            Add(Decode(utf8, ref at), into);
        }
        into.Finish();
    }

    /// <summary>The class of a folded or unfolded scalar.</summary>
    internal static ScriptClass Classify(Rune rune)
    {
        var classes = BmpClasses;
        return (uint)rune.Value < (uint)classes.Length ? (ScriptClass)(classes[rune.Value] & ClassBits) : Search(rune.Value);
    }

    /// <summary>For each byte the class of the ASCII character it is, letters and digits being <see cref="ScriptClass.Letter"/>, or a number that is no class.</summary>
    internal static readonly byte[] AsciiClasses = [.. Enumerable.Range(0, 256).Select(value => value < 0x80 ? (byte)(BmpClasses[value] & ClassBits) : byte.MaxValue)];

    /// <summary>True when a scalar may be composed with, or sorted into, what stands before it.</summary>
    internal static bool JoinsBackward(int scalar) => EntryOf(scalar) is var entry && (entry < LowerBit ? (entry & JoinsBits) != 0 : entry >= JoinsDecomposedBits);

    /// <summary>The one scalar that two are together, or 0.</summary>
    internal static int Compose(int first, int second)
    {
        if (first is >= 0x1100 and <= 0x1112 && second is >= 0x1161 and <= 0x1175)
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28;
        if (first is >= 0xAC00 and <= 0xD7A3 && (first - 0xAC00) % 28 == 0 && second is >= 0x11A8 and <= 0x11C2)
            return first + second - 0x11A7;

        var key = (ulong)first << 42 | (ulong)second << 21;
        var compositions = FoldingTables.Compositions;
        var at = ~compositions.BinarySearch(key); // never found: a composite is not 0
        return at < compositions.Length && compositions[at] >> 21 == key >> 21 ? (int)(compositions[at] & 0x1FFFFF) : 0;
    }

    static void Add(int scalar, FoldBuffer into)
    {
        var entry = EntryOf(scalar);
        if ((entry & DecomposesBit) == 0)
        {
            AddPart(scalar, entry, into);
            return;
        }
        var parts = FoldingTables.Decompositions[(entry & ValueBits)..];
        for (var i = 1; i <= parts[0]; i++)
        {
            int part = parts[i];
            if (char.IsHighSurrogate((char)part)) part = char.ConvertToUtf32((char)part, (char)parts[++i]);
            AddPart(part, EntryOf(part), into);
        }
    }

    static void AddPart(int scalar, int entry, FoldBuffer into)
    {
        if (entry == 0) into.AddStarter(scalar);
        else if ((entry & LowerBit) != 0) into.AddStarter(scalar + FoldingTables.LowerDeltas[entry & ValueBits]);
        else if ((entry & IgnorableBit) == 0) into.AddJoining(scalar, entry & RankBits);
    }

    static int EntryOf(int scalar)
    {
        var middle = FoldingTables.Middles[FoldingTables.Roots[scalar >> 12] << 6 | scalar >> 6 & 63];
        return FoldingTables.Entries[middle << 6 | scalar & 63];
    }

    /// <summary>
    /// The length of the plain scalars that the text starts with, less the last of them: a mark may follow. Runs through single
    /// ASCII characters, as spaces are; longer ASCII has a faster way.
    /// </summary>
    static int PlainRun(ReadOnlySpan<byte> utf8)
    {
        var classes = BmpClasses;
        var (at, last) = (0, 0);
        while (at + 2 < utf8.Length)
        {
            int first = utf8[at], second = utf8[at + 1];
            int length, scalar;
            if (first >= 0xE0)
            {
                scalar = (first & 0xF) << 12 | (second & 0x3F) << 6 | utf8[at + 2] & 0x3F;
                length = 3;
                if (first >= 0xF0 || (second & 0xC0) != 0x80 || (utf8[at + 2] & 0xC0) != 0x80 || scalar is < 0x800 or >= 0xD800 and <= 0xDFFF) break;
            }
            else if (first >= 0xC2)
            {
                scalar = (first & 0x1F) << 6 | second & 0x3F;
                length = 2;
                if ((second & 0xC0) != 0x80) break;
            }
            else
            {
                scalar = first;
                length = 1;
                if (first >= 0x80 || second < 0x80) break;
            }
            if ((classes[scalar] & PlainBit) == 0) break;
            last = at;
            at += length;
        }
        return last;
    }

    static int Decode(ReadOnlySpan<byte> utf8, ref int at)
    {
        // Most text that is not ASCII has two or three bytes a scalar; the rest, and all faults, are .NET's to decide.
        if (at + 2 < utf8.Length && (utf8[at + 1] & 0xC0) == 0x80)
        {
            if (utf8[at] is >= 0xC2 and < 0xE0)
            {
                var two = (utf8[at] & 0x1F) << 6 | utf8[at + 1] & 0x3F;
                at += 2;
                return two;
            }
            if (utf8[at] is >= 0xE0 and < 0xF0 && (utf8[at + 2] & 0xC0) == 0x80)
            {
                var three = (utf8[at] & 0xF) << 12 | (utf8[at + 1] & 0x3F) << 6 | utf8[at + 2] & 0x3F;
                if (three >= 0x800 && three is < 0xD800 or > 0xDFFF)
                {
                    at += 3;
                    return three;
                }
            }
        }
        if (Rune.DecodeFromUtf8(utf8[at..], out var rune, out var length) != OperationStatus.Done) rune = Rune.ReplacementChar;
        at += length;
        return rune.Value;
    }

    static byte[] ReadBmpClasses()
    {
        var classes = new byte[0x10000];
        var starts = FoldingTables.ScriptStarts;
        for (var i = 0; i < starts.Length && starts[i] >> 3 < classes.Length; i++)
        {
            var end = i + 1 < starts.Length ? Math.Min(starts[i + 1] >> 3, classes.Length) : classes.Length;
            classes.AsSpan(starts[i] >> 3, end - (starts[i] >> 3)).Fill((byte)(starts[i] & 7));
        }
        for (var scalar = 0; scalar < classes.Length; scalar++)
            if (EntryOf(scalar) == 0 && scalar != FoldBuffer.LongVowel && !FoldBuffer.LooksLikeLongVowel(scalar)) classes[scalar] |= PlainBit;
        MarkPlainComposites(classes);
        return classes;
    }

    // é and が come apart and together again: plain as well, unless case or compatibility changes them on the way.
    static void MarkPlainComposites(byte[] classes)
    {
        var folded = new FoldBuffer();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var composition in FoldingTables.Compositions)
        {
            var composite = (int)(composition & 0x1FFFFF);
            if (composite >= classes.Length || JoinsBackward(composite)) continue;
            folded.Start(0);
            Add(composite, folded);
            folded.Finish();
            if (folded.Written.SequenceEqual(utf8[..new Rune(composite).EncodeToUtf8(utf8)])) classes[composite] |= PlainBit;
        }
    }

    static ScriptClass Search(int scalar)
    {
        var starts = FoldingTables.ScriptStarts;
        var at = starts.BinarySearch(scalar << 3 | 7);
        return (ScriptClass)(starts[at < 0 ? ~at - 1 : at] & 7);
    }
}
