using Cantor.Corpus;

namespace Cantor.Tests.Corpus;

public class CloseNamesTests
{
    [Theory]
    [InlineData("artcles", "articles"), InlineData("articels", "articles"), InlineData("ARTICLES", "articles"), InlineData("articless", "articles")]
    [InlineData("New", "news"), InlineData("System.Net.HttpClient", ""), InlineData("zzz", ""), InlineData("x", "")]
    [InlineData("rticl", "articles")] // a part of it
    public void A_slip_finds_what_was_meant_and_nothing_far_off(string sought, string expected) =>
        Assert.Equal(expected, string.Join(' ', CloseNames.Of(sought, ["articles", "news", "wiki"])));

    [Fact]
    public void The_likeliest_three_are_given_slips_before_parts_and_short_before_long() =>
        Assert.Equal(["ship", "shop", "shipment"], CloseNames.Of("ship", ["steamships", "shipment", "wind", "shop", "Ship"])
            .Select(name => name.ToLowerInvariant()));

    [Fact]
    public void A_changed_letter_is_found_however_the_names_are_ordered() =>
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 4, 20], Gen.Int[0, 19], Gen.Char['A', 'Z'], Gen.Int[0, 50]).Sample((name, at, letter, place) =>
        {
            at %= name.Length;
            var names = Enumerable.Range(0, 50).Select(i => $"{i:0000}{i:0000}{i:0000}").ToList();
            names.Insert(place, name);
            Assert.Equal([name], CloseNames.Of(name[..at] + letter + name[(at + 1)..], names));
        });

    [Fact]
    public void The_distance_is_that_of_the_whole_table() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 3, 9], Gen.String[Gen.Char['a', 'c'], 3, 9]).Sample((a, b) =>
            Assert.Equal(Plain(a, b) <= Math.Clamp(a.Length / 3, 1, 4) || b.Contains(a, StringComparison.Ordinal), CloseNames.Of(a, [b]).Count == 1));

    static int Plain(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
                if (i == 0 || j == 0) table[i, j] = i + j;
                else
                {
                    table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
        return table[a.Length, b.Length];
    }
}
