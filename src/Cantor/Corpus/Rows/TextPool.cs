using System.Text;

namespace Cantor.Corpus.Rows;

/// <summary>Gives the same string for the same bytes, for texts that come again and again, such as tags and attribute names.</summary>
sealed class TextPool
{
    // Tags of a real corpus are far fewer; beyond this they hardly repeat and are not worth the memory.
    const int MaxTexts = 1 << 17;
    const int MaxBytes = 128;

    readonly HashSet<string> _texts = new(StringComparer.Ordinal);
    readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _byChars;

    internal TextPool() => _byChars = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    internal string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes) return Encoding.UTF8.GetString(utf8);
        Span<char> chars = stackalloc char[MaxBytes];
        var text = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        if (_byChars.TryGetValue(text, out var known)) return known;
        var made = new string(text);
        if (_texts.Count < MaxTexts) _texts.Add(made);
        return made;
    }
}
