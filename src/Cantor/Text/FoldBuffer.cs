using System.Text;

namespace Cantor.Text;

/// <summary>Where <see cref="Folding.Fold"/> writes. Meant to be used again and again, by one thread.</summary>
sealed class FoldBuffer
{
    internal const int LongVowel = 0x30FC;
    const int ShortestLongWord = 4;

    byte[] _bytes = new byte[1024];
    int _length;

    // The last starter and what may yet be joined to it, as rank << 53 | place << 21 | scalar: in the order of these numbers,
    // marks stand as Unicode wants them. Almost always one starter and nothing more.
    ulong[] _segment = new ulong[16];
    int _segmentLength;

    bool _endsInLongVowel;

    /// <summary>The folded text; good until the next fold.</summary>
    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    internal void Start(int inputLength)
    {
        (_length, _segmentLength, _endsInLongVowel) = (0, 0, false);
        Reserve(inputLength);
    }

    internal void Finish()
    {
        WriteSegment();
        EndWord();
    }

    /// <summary>Adds the ASCII run that <paramref name="utf8"/> starts with; returns its length.</summary>
    internal int AddAscii(ReadOnlySpan<byte> utf8)
    {
        WriteSegment();
        EndWord();
        Reserve(utf8.Length);
        Ascii.ToLower(utf8, _bytes.AsSpan(_length), out var count); // stops at the first byte that is not ASCII
        _length += count;
        if (count < utf8.Length) AddStarter(_bytes[--_length]); // a mark may follow
        return count;
    }

    /// <summary>Adds what folds to itself; the last scalar of it must not be one that a mark may follow.</summary>
    internal void AddPlain(ReadOnlySpan<byte> utf8)
    {
        WriteSegment();
        if (!StartsWithKatakana(utf8)) EndWord();
        _endsInLongVowel = false;
        Reserve(utf8.Length);
        utf8.CopyTo(_bytes.AsSpan(_length));
        _length += utf8.Length;
    }

    internal void AddStarter(int scalar)
    {
        WriteSegment();
        _segment[0] = (uint)scalar;
        _segmentLength = 1;
    }

    internal void AddJoining(int scalar, int rank)
    {
        if (_segmentLength == _segment.Length) Array.Resize(ref _segment, _segment.Length * 2);
        _segment[_segmentLength] = (ulong)rank << 53 | (ulong)_segmentLength << 21 | (uint)scalar;
        _segmentLength++;
    }

    void WriteSegment()
    {
        if (_segmentLength > 1)
        {
            Sort();
            Compose();
        }
        for (var i = 0; i < _segmentLength; i++) Write(ScalarOf(_segment[i]));
        _segmentLength = 0;
    }

    static int ScalarOf(ulong place) => (int)(place & 0x1FFFFF);

    static int RankOf(ulong place) => (int)(place >> 53);

    // Sorting each run of marks, not inserting one by one: a hostile text can have a million marks in a row.
    void Sort()
    {
        for (var start = 0; start < _segmentLength;)
        {
            if (RankOf(_segment[start]) == 0)
            {
                start++;
                continue;
            }
            var end = start + 1;
            while (end < _segmentLength && RankOf(_segment[end]) > 0) end++;
            if (end - start > 1) _segment.AsSpan(start..end).Sort();
            start = end;
        }
    }

    // The Canonical Composition Algorithm: a mark joins the last starter unless a mark of its own or a higher rank stands between.
    void Compose()
    {
        var (starter, written, lastRank) = (-1, 0, 0);
        for (var i = 0; i < _segmentLength; i++)
        {
            var (scalar, rank) = (ScalarOf(_segment[i]), RankOf(_segment[i]));
            if (starter >= 0 && (starter == written - 1 || lastRank < rank)
                && Folding.Compose(ScalarOf(_segment[starter]), scalar) is > 0 and var composite)
            {
                _segment[starter] = (uint)composite;
                continue;
            }
            if (rank == 0) starter = written;
            lastRank = rank;
            _segment[written++] = _segment[i];
        }
        _segmentLength = written;
    }

    void Write(int scalar)
    {
        if (LooksLikeLongVowel(scalar) && EndsInKatakana(Written)) scalar = LongVowel;
        // What joins backward would join what stands before the dropped mark when the text is folded again.
        else if (_endsInLongVowel && !IsKatakana(scalar) && !Folding.JoinsBackward(scalar)) EndWord();
        _endsInLongVowel = scalar == LongVowel;

        if (_length + 4 > _bytes.Length) Reserve(4);
        var bytes = _bytes.AsSpan(_length);
        if (scalar < 0x80)
        {
            bytes[0] = (byte)scalar;
            _length += 1;
        }
        else if (scalar < 0x800)
        {
            bytes[1] = (byte)(0x80 | scalar & 0x3F);
            bytes[0] = (byte)(0xC0 | scalar >> 6);
            _length += 2;
        }
        else if (scalar < 0x10000)
        {
            bytes[2] = (byte)(0x80 | scalar & 0x3F);
            bytes[1] = (byte)(0x80 | scalar >> 6 & 0x3F);
            bytes[0] = (byte)(0xE0 | scalar >> 12);
            _length += 3;
        }
        else
        {
            _length += new Rune(scalar).EncodeToUtf8(bytes);
        }
    }

    void EndWord()
    {
        if (!_endsInLongVowel) return;
        _endsInLongVowel = false;
        while (Written.EndsWith("ー"u8) && EndsInLongWord()) _length -= 3;
    }

    bool EndsInLongWord()
    {
        var text = Written;
        for (var i = 0; i < ShortestLongWord; i++, text = text[..^3])
            if (!EndsInKatakana(text)) return false;
        return true;
    }

    static bool EndsInKatakana(ReadOnlySpan<byte> text) => text.Length >= 3 && StartsWithKatakana(text[^3..]);

    static bool StartsWithKatakana(ReadOnlySpan<byte> text) =>
        text.Length >= 3 && text[0] == 0xE3 && IsKatakana(0x3000 | (text[1] & 0x3F) << 6 | text[2] & 0x3F);

    // The katakana that words are written with; the few historic signs beyond the BMP have no long vowels.
    static bool IsKatakana(int scalar) => scalar is >= 0x30A1 and <= 0x30FF and not 0x30FB or >= 0x31F0 and <= 0x31FF;

    internal static bool LooksLikeLongVowel(int scalar) => scalar is 0x2010 or 0x2015 or 0x2212;

    void Reserve(int count)
    {
        if (_length + count > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_length + count, _bytes.Length * 2));
    }
}
