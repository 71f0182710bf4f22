namespace Cantor.Text;

/// <summary>
/// The words of names that are written as one: of HttpClient, HTTPClient and IClient all speak of a client. A part begins at a
/// capital behind a small letter, or before three small letters ("URLs" and "IPv6" have none); a single letter is none.
/// Enumerates the parts of every such name in a text, as it is before folding, where capitals still tell.
/// </summary>
/// <param name="text">UTF-8. Only names of ASCII letters have parts.</param>
/// <param name="scratch">Holds a part in lower case; names longer than it have no parts.</param>
ref struct NameParts(ReadOnlySpan<byte> text, Span<byte> scratch)
{
    const int LeastLetters = 2;

    readonly ReadOnlySpan<byte> _text = text;
    readonly Span<byte> _scratch = scratch;
    int _start, _end; // the part in _text
    int _nameEnd;

    /// <summary>The part in lower case, until the next one is asked for.</summary>
    internal readonly ReadOnlySpan<byte> Current => _scratch[..(_end - _start)];

    internal bool MoveNext()
    {
        while (NextPart())
        {
            if (_end - _start < LeastLetters) continue;
            for (var at = _start; at < _end; at++) _scratch[at - _start] = (byte)(_text[at] | 0x20);
            return true;
        }
        return false;
    }

    bool NextPart()
    {
        if (_end >= _nameEnd && !NextName()) return false;
        _start = _end;
        _end = Begin(_start + 1, _nameEnd);
        return true;
    }

    /// <summary>Goes to the next run of letters that has parts.</summary>
    bool NextName()
    {
        while (true)
        {
            // Most words have no capital; most others have one, at their beginning.
            var capital = _text[_nameEnd..].IndexOfAnyInRange((byte)'A', (byte)'Z');
            if (capital < 0) return false;
            var start = _nameEnd + capital;
            while (start > _nameEnd && char.IsAsciiLetter((char)_text[start - 1])) start--;
            _nameEnd += capital;
            while (_nameEnd < _text.Length && char.IsAsciiLetter((char)_text[_nameEnd])) _nameEnd++;
            if (_nameEnd - start > _scratch.Length || Begin(start + 1, _nameEnd) == _nameEnd) continue;
            _end = start;
            return true;
        }
    }

    /// <summary>Where the next part begins at or behind <paramref name="at"/>; the name's end when none does.</summary>
    readonly int Begin(int at, int nameEnd)
    {
        while (at < nameEnd && !(char.IsAsciiLetterUpper((char)_text[at]) && (IsSmall(at - 1) || IsSmall(at + 1) && IsSmall(at + 2) && IsSmall(at + 3)))) at++;
        return at;
    }

    readonly bool IsSmall(int at) => at < _text.Length && char.IsAsciiLetterLower((char)_text[at]);
}
