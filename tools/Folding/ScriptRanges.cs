using System.Text;
using static System.Globalization.UnicodeCategory;

namespace Cantor.Tools.Folding;

/// <summary>Which scalars a word may hold and how their script is cut, by .NET's own categories and the blocks of the scripts.</summary>
static class ScriptRanges
{
    // The numbers of Cantor.Text.ScriptClass; a test holds the two lists together.
    const int Other = 0, Letter = 1, Hiragana = 2, Katakana = 3, Han = 4, Hangul = 5, Thai = 6;

    static readonly (int First, int Last, int Class)[] Scripts =
    [
        (0x0E00, 0x0EFF, Thai), (0x1000, 0x109F, Thai), (0x1780, 0x17FF, Thai), (0xA9E0, 0xA9FF, Thai), (0xAA60, 0xAA7F, Thai), (0x116D0, 0x116E3, Thai),
        (0x1100, 0x11FF, Hangul), (0x3131, 0x318E, Hangul), (0xA960, 0xA97F, Hangul), (0xAC00, 0xD7FF, Hangul), (0xFFA0, 0xFFDC, Hangul),
        (0x3041, 0x3096, Hiragana), (0x309D, 0x309F, Hiragana), (0x1B001, 0x1B11F, Hiragana), (0x1B132, 0x1B132, Hiragana), (0x1B150, 0x1B152, Hiragana),
        (0x30A1, 0x30FA, Katakana), (0x30FC, 0x30FF, Katakana), (0x31F0, 0x31FF, Katakana), (0xFF66, 0xFF9F, Katakana), (0x1AFF0, 0x1B000, Katakana),
        (0x1B120, 0x1B122, Katakana), (0x1B155, 0x1B155, Katakana), (0x1B164, 0x1B167, Katakana),
        (0x3005, 0x3007, Han), (0x3021, 0x3029, Han), (0x3038, 0x303B, Han), (0x3400, 0x4DBF, Han), (0x4E00, 0x9FFF, Han), (0xF900, 0xFAFF, Han),
    ];

    internal static List<int> Starts()
    {
        var starts = new List<int>();
        for (var scalar = 0; scalar <= 0x10FFFF; scalar++)
        {
            var script = ClassOf(scalar);
            if (starts.Count == 0 || (starts[^1] & 7) != script) starts.Add(scalar << 3 | script);
        }
        return starts;
    }

    static int ClassOf(int scalar)
    {
        // Planes 2 and 3 are set aside for ideographs, assigned or not yet.
        if (scalar is >= 0x20000 and <= 0x3FFFD) return Han;
        if (!Rune.IsValid(scalar) || scalar == 0x2BC || !IsWordPart(Rune.GetUnicodeCategory(new(scalar)))) return Other; // 02BC is an apostrophe
        foreach (var (first, last, script) in Scripts)
            if (scalar >= first && scalar <= last) return script;
        return Letter;
    }

    static bool IsWordPart(System.Globalization.UnicodeCategory category) => category is UppercaseLetter or LowercaseLetter or TitlecaseLetter
        or ModifierLetter or OtherLetter or NonSpacingMark or SpacingCombiningMark or EnclosingMark or DecimalDigitNumber or LetterNumber or OtherNumber;
}
