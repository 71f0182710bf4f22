using Cantor.Corpus;

namespace Cantor.Tests.Corpus;

public class CollectionNameTests
{
    [Theory]
    [InlineData("a"), InlineData("debian-ja"), InlineData("0_9"), InlineData("cppdocs-en")]
    public void Letters_digits_dashes_and_underscores_make_a_name(string name) => Assert.Null(CollectionName.Check(name));

    [Theory]
    [InlineData("", "of 0 characters"), InlineData("-a", "starts with '-'"), InlineData("_a", "starts with '_'")]
    [InlineData("A", "holds 'A'"), InlineData("a/b", "holds '/'"), InlineData("a.b", "holds '.'"), InlineData("é", "holds 'é'")]
    public void Anything_else_is_refused_with_the_reason(string name, string reason)
    {
        var fault = CollectionName.Check(name);
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.EndsWith("; expected 1 to 64 of a-z, 0-9, - and _, the first a letter or digit", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_has_at_most_64_characters()
    {
        Assert.Null(CollectionName.Check(new('a', 64)));
        Assert.Contains("of 65 characters", CollectionName.Check(new('a', 65)), StringComparison.Ordinal);
    }
}
