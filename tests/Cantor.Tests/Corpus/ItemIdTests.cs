using System.Text;
using Cantor.Corpus;

namespace Cantor.Tests.Corpus;

public class ItemIdTests
{
    [Theory]
    [InlineData("a/b"), InlineData("a%2Fb"), InlineData(".."), InlineData("%"), InlineData("🍣"), InlineData(" ")]
    public void Any_text_without_control_characters_is_an_id(string text) =>
        Assert.Equal(text, ItemId.Parse(text).Value);

    [Theory]
    [InlineData("", "empty"), InlineData(null, "empty"), InlineData("a\u0007", "U+0007")]
    public void A_text_that_is_no_id_is_refused_with_the_reason(string? text, string reason) =>
        Assert.Contains(reason, ItemId.Check(text, out _), StringComparison.Ordinal);

    // A theory would hand its data over as UTF-8, which cannot write half a pair.
    [Fact]
    public void Half_of_a_surrogate_pair_is_no_id() =>
        Assert.Contains("surrogate", ItemId.Check("a\ud800", out _), StringComparison.Ordinal);

    [Fact]
    public void An_id_of_512_bytes_is_the_longest()
    {
        Assert.True(ItemId.TryParse(new string('x', 512), out _));
        Assert.Contains("513 bytes", ItemId.Check(new string('x', 513), out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_stand_in_the_order_of_their_utf8_bytes() =>
        Gen.Select(Gen.String[1, 5], Gen.String[1, 5])
            .Where((a, b) => ItemId.TryParse(a, out _) && ItemId.TryParse(b, out _))
            .Sample((a, b) => Math.Sign(ItemId.Parse(a).CompareTo(ItemId.Parse(b)))
                == Math.Sign(Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b))));
}
