using System.Text;

namespace Cantor.Tests.Text;

/// <summary>Random texts in which the scalars that folding treats in a special way meet often.</summary>
static class FoldingTexts
{
    static readonly Gen<int> Scalar = Gen.Frequency(
        (4, Gen.Int[0x20, 0x7F]),
        (3, Gen.Int[0xA0, 0x24F]),
        (3, Gen.Int[0x300, 0x36F]), // marks
        (1, Gen.Int[0x370, 0x600]),
        (2, Gen.Int[0x1100, 0x11FF]), // parts of Hangul
        (1, Gen.Int[0xAC00, 0xD7A3]),
        (3, Gen.Int[0x3040, 0x30FF]), // kana
        (3, AnyOf(0x30FC, 0x30FC, 0x30FC, 0x2010, 0x2015, 0x2212, 0x3099, 0x309A, 0x30AB, 0x30C6, 0x30A2, 0xFF70, 0xFF9E, 0xFF76)),
        (1, AnyOf(0xAD, 0x34F, 0x200D, 0x2060, 0xFEFF, 0xFE0F, 0x200B)),
        (1, Gen.Int[0x4E00, 0x9FFF]),
        (1, Gen.Int[0xF900, 0xFFFD]),
        (1, Gen.Int[0x2000, 0x2FFF]),
        (1, Gen.Int[0x0900, 0x0DFF]), // scripts whose vowel signs compose
        (1, Gen.Int[0x10000, 0x1FFFF]));

    static Gen<int> AnyOf(params int[] scalars) => Gen.Int[0, scalars.Length - 1].Select(i => scalars[i]);

    internal static readonly Gen<string> Any = Scalar.Where(scalar => Rune.IsValid(scalar)).Array[0, 24]
        .Select(scalars => string.Concat(scalars.Select(char.ConvertFromUtf32)));
}
