using System.Runtime.CompilerServices;
using System.Text;
using Cantor.Text;
using Cantor.Tools.Folding;

namespace Cantor.Tests.Text;

/// <summary>Folding against what .NET's ICU says. Without an ICU these tests fail: a table that nobody checked is no table.</summary>
public class FoldingTablesTests
{
    [Fact]
    public void The_table_file_is_what_its_tool_writes()
    {
        NeedIcu();
        Assert.True(File.ReadAllText(TableFile()) == TableSource.Write(),
            "src/Cantor/Text/FoldingTables.cs differs; run: dotnet run --project tools/Folding src/Cantor/Text/FoldingTables.cs");
    }

    [Fact]
    public void Every_scalar_folds_as_dotnet_normalizes_and_lowers_it()
    {
        NeedIcu();
        foreach (var scalar in Icu.Scalars())
        {
            var text = Icu.TextOf(scalar);
            if (FoldingTests.Fold(text) != Expected(text)) Assert.Fail($"U+{scalar:X4}: {Hex(FoldingTests.Fold(text))}, expected {Hex(Expected(text))}");
        }
    }

    [Fact]
    public void Every_scalar_folds_among_letters_and_marks_as_dotnet_normalizes_and_lowers_it()
    {
        NeedIcu();
        foreach (var scalar in Icu.Scalars().Where(scalar => !IsNoncharacter(scalar)))
        {
            var text = "a\u0301" + Icu.TextOf(scalar) + "\u0323\u0345\u0301" + Icu.TextOf(scalar) + "\u1161";
            if (FoldingTests.Fold(text) != Expected(text)) Assert.Fail($"U+{scalar:X4}: {Hex(FoldingTests.Fold(text))}, expected {Hex(Expected(text))}");
        }
    }

    [Fact]
    public void Any_text_folds_as_dotnet_normalizes_and_lowers_it()
    {
        NeedIcu();
        FoldingTexts.Any.Where(text => !Icu.ScalarsOf(text).Any(scalar => Icu.IsAddedLater(scalar) || IsNoncharacter(scalar)))
            .Sample(text => FoldingTests.Fold(text) == Expected(text), iter: 20_000);
    }

    [Fact]
    public void A_scalar_is_classed_as_the_tool_classes_it()
    {
        var starts = FoldingTables.ScriptStarts.ToArray();
        for (var i = 0; i < starts.Length; i++)
        {
            var end = i + 1 < starts.Length ? starts[i + 1] >> 3 : 0x110000;
            for (var scalar = starts[i] >> 3; scalar < end; scalar++)
                if (Rune.IsValid(scalar)) Assert.Equal((ScriptClass)(starts[i] & 7), Folding.Classify(new(scalar)));
        }
    }

    [Theory]
    [InlineData("aZé9ßя٣", ScriptClass.Letter), InlineData("あゝ", ScriptClass.Hiragana), InlineData("アーヴｱ", ScriptClass.Katakana)]
    [InlineData("医々〇𠮟", ScriptClass.Han), InlineData("한ㄱ", ScriptClass.Hangul), InlineData("กລខမ", ScriptClass.Thai)]
    [InlineData(" .-_'’・、。🍣\u200B\uFFFD", ScriptClass.Other)]
    public void Scalars_have_the_class_of_their_script(string text, object script)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            Assert.Equal(script, Folding.Classify(rune));
            if (rune.IsAscii) Assert.Equal(script, (ScriptClass)Folding.AsciiClasses[rune.Value]);
        }
    }

    [Fact]
    public void At_least_150_old_kanji_have_new_forms() => Assert.InRange(KanjiVariants.NewByOld.Count, 150, 1000);

    static void NeedIcu()
    {
        if (Icu.Fault() is { } fault) Assert.Fail(fault);
    }

    // The contract of Folding, said the slow way with .NET's own functions.
    static string Expected(string text)
    {
        var scalars = Icu.ScalarsOf(Icu.Normalize(text, NormalizationForm.FormKD)).Where(scalar => !IsIgnorable(scalar))
            .Select(scalar => KanjiVariants.NewByOld.GetValueOrDefault(scalar, scalar))
            .Select(scalar => scalar == 'ς' ? 'σ' : Rune.ToLowerInvariant(new(scalar)).Value);
        return Katakana(Icu.Normalize(Icu.TextOf([.. scalars]), NormalizationForm.FormC));
    }

    static string Katakana(string text)
    {
        var written = new StringBuilder();
        var run = 0;
        var scalars = Icu.ScalarsOf(text);
        for (var i = 0; i <= scalars.Length; i++)
        {
            var scalar = i < scalars.Length ? scalars[i] : -1;
            if (run > 0 && scalar is '‐' or '―' or '−') scalar = 'ー';
            if (scalar is >= 'ァ' and <= 'ヺ' or >= 'ー' and <= 'ヿ' or >= 'ㇰ' and <= 'ㇿ') run++;
            else
            {
                for (; run >= 4 && written[^1] == 'ー' && !Joins(scalar); run--) written.Length--;
                run = 0;
            }
            if (scalar >= 0) written.Append(char.ConvertFromUtf32(scalar));
        }
        return written.ToString();
    }

    // ICU refuses any text that holds one.
    static bool IsNoncharacter(int scalar) => (scalar & 0xFFFE) == 0xFFFE || scalar is >= 0xFDD0 and <= 0xFDEF;

    static bool Joins(int scalar) => scalar >= 0 && Properties.JoinsBackward(scalar);

    static readonly ScalarProperties Properties = ScalarProperties.Read();

    static bool IsIgnorable(int scalar) => TableSource.IsIgnorable(scalar);

    static string Hex(string text) => string.Join(' ', text.EnumerateRunes().Select(rune => rune.Value.ToString("X4", null)));

    static string TableFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Cantor/Text/FoldingTables.cs");
}
