using System.Buffers;
using System.Text;

namespace Cantor.Text;

/// <summary>
/// Guesses the language of an item that does not say it: by script, and within a script by the letters and the short words
/// that only some languages have. Good enough to choose a stemmer; knows only the languages below.
/// </summary>
static class LanguageDetector
{
    const int TitleBytes = 512, TotalBytes = 2048;

    static readonly SearchValues<char> UrduLetters = SearchValues.Create("ٹڈڑںے"), PersianLetters = SearchValues.Create("پچژگکی");

    // Scripts that stand for one language here, or for several that LanguageOf tells apart.
    static readonly (char First, char Last, Script Script)[] Scripts =
    [
        ('A', 'Z', Script.Latin), ('a', 'z', Script.Latin), ('\u00C0', '\u024F', Script.Latin), ('\u1E00', '\u1EFF', Script.Latin),
        ('\u3041', '\u309F', Script.Kana), ('\u30A1', '\u30FF', Script.Kana), ('\uFF66', '\uFF9F', Script.Kana),
        ('\u3400', '\u9FFF', Script.Han), ('\uF900', '\uFAFF', Script.Han), ('\uAC00', '\uD7A3', Script.Hangul), ('\u1100', '\u11FF', Script.Hangul),
        ('\u0400', '\u052F', Script.Cyrillic), ('\u0370', '\u03FF', Script.Greek), ('\u1F00', '\u1FFF', Script.Greek),
        ('\u0590', '\u05FF', Script.Hebrew), ('\u0600', '\u06FF', Script.Arabic), ('\u0750', '\u077F', Script.Arabic),
        ('\u0900', '\u097F', Script.Devanagari), ('\u0E00', '\u0E7F', Script.Thai), ('\u0E80', '\u0EFF', Script.Lao),
        ('\u1000', '\u109F', Script.Myanmar), ('\u1780', '\u17FF', Script.Khmer),
    ];

    enum Script { None, Latin, Kana, Han, Hangul, Cyrillic, Greek, Hebrew, Arabic, Devanagari, Thai, Lao, Myanmar, Khmer }

    const int ScriptCount = (int)Script.Khmer + 1;

    /// <summary>The BCP 47 primary subtag of the language, or empty when the text does not tell.</summary>
    /// <param name="title">UTF-8; the first 512 bytes count.</param>
    /// <param name="body">UTF-8; together with the title, the first 2048 bytes count.</param>
    internal static string Detect(ReadOnlySpan<byte> title, ReadOnlySpan<byte> body)
    {
        title = title[..Math.Min(title.Length, TitleBytes)];
        body = body[..Math.Min(body.Length, TotalBytes - title.Length)];
        Span<char> text = stackalloc char[TotalBytes + 1];
        var length = Encoding.UTF8.GetChars(title, text);
        text[length++] = ' ';
        length += Encoding.UTF8.GetChars(body, text[length..]);
        text = text[..length];
        foreach (ref var c in text) c = char.ToLowerInvariant(c);
        return LanguageOf(text);
    }

    static string LanguageOf(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[ScriptCount];
        counts.Clear();
        foreach (var c in text) counts[(int)ScriptOf(c)]++;
        counts[(int)Script.None] = 0;

        // A character of these says about as much as four letters; kana and Han are one writing.
        var (kana, han) = (counts[(int)Script.Kana], counts[(int)Script.Han]);
        counts[(int)Script.Han] = 4 * (kana + han);
        counts[(int)Script.Kana] = 0;
        counts[(int)Script.Hangul] *= 4;

        var script = Script.None;
        for (var i = 1; i < counts.Length; i++)
            if (counts[i] > counts[(int)script]) script = (Script)i;
        return script switch
        {
            Script.Latin => LatinWords.LanguageOf(text),
            Script.Han => kana * 32 >= kana + han ? "ja" : "zh", // a Chinese text may quote a の
            Script.Hangul => "ko",
            Script.Cyrillic => CyrillicLanguage(text, counts[(int)Script.Cyrillic]),
            Script.Greek => "el",
            Script.Hebrew => "he",
            Script.Arabic => ArabicLanguage(text),
            Script.Devanagari => "hi",
            Script.Thai => "th",
            Script.Lao => "lo",
            Script.Myanmar => "my",
            Script.Khmer => "km",
            _ => "",
        };
    }

    static Script ScriptOf(char c) => (Script)ScriptTable[c];

    static readonly byte[] ScriptTable = MakeScriptTable();

    static byte[] MakeScriptTable()
    {
        var table = new byte[char.MaxValue + 1];
        foreach (var (first, last, script) in Scripts) table.AsSpan(first, last - first + 1).Fill((byte)script);
        return table;
    }

    // Letters that Russian does not have; Bulgarian has only Russian's, but ъ often, and neither ы nor э.
    static string CyrillicLanguage(ReadOnlySpan<char> text, int letters) =>
        text.Contains('ў') ? "be"
        : text.ContainsAny("їєґ") || (text.Contains('і') && !text.Contains('ы')) ? "uk"
        : text.ContainsAny("ѓќѕ") ? "mk"
        : text.ContainsAny("јљњђћ") ? "sr"
        : !text.ContainsAny("ыэ") && text.Count('ъ') * 100 >= letters ? "bg"
        : "ru";

    static string ArabicLanguage(ReadOnlySpan<char> text) =>
        text.ContainsAny(UrduLetters) ? "ur"
        : text.ContainsAny(PersianLetters) ? "fa"
        : "ar";
}
