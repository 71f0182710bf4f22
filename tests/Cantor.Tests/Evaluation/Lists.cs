using Cantor.Corpus;

namespace Cantor.Tests.Evaluation;

/// <summary>Short ways to write lists and judgments in tests.</summary>
static class Lists
{
    /// <summary>A list of one-letter ids.</summary>
    internal static ItemId[] Of(string letters) => [.. letters.Select(letter => ItemId.Parse(letter.ToString()))];

    internal static ItemId Numbered(int number) => ItemId.Parse($"item-{number}");

    /// <summary>Lists of 0 to <paramref name="most"/> different letters.</summary>
    internal static Gen<ItemId[]> Any(int most) =>
        Gen.Select(Gen.Shuffle("abcdefghijklmnopqrst".ToCharArray()), Gen.Int[0, most], (letters, length) => Of(new string(letters)[..length]));
}
