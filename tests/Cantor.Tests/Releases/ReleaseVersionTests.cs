using Cantor.Releases;

namespace Cantor.Tests.Releases;

public class ReleaseVersionTests
{
    static readonly Gen<ReleaseVersion> Version =
        Gen.Select(Gen.DateTimeOffset, Gen.UInt, (builtAt, content) => new ReleaseVersion(builtAt, content));

    [Fact]
    public void The_written_form_is_the_build_s_begin_and_eight_digits_of_the_hash() =>
        Assert.Equal("20261123T211200Z-0f03ab12",
            new ReleaseVersion(new(2026, 11, 24, 6, 12, 0, 750, TimeSpan.FromHours(9)), 0x0f03ab12).ToString());

    [Fact]
    public void What_was_written_is_read_back() =>
        Version.Sample(version => ReleaseVersion.TryParse(version.ToString(), out var read) && read == version);

    [Fact]
    public void Versions_and_their_written_forms_have_one_order() =>
        Gen.Select(Version, Version).Sample((a, b) =>
            Math.Sign(a.CompareTo(b)) == Math.Sign(string.CompareOrdinal(a.ToString(), b.ToString())));

    [Theory]
    [InlineData(null), InlineData(""), InlineData("20261123T211200Z"), InlineData("20261123T211200Z-9F03AB12")]
    [InlineData("20261323T211200Z-9f03ab12"), InlineData("20261123T211200Z_9f03ab12"), InlineData("20261123T211200Z-9f03ab1g")]
    [InlineData("20261123T211200Z-9f03ab123"), InlineData(" 0261123T211200Z-9f03ab12")]
    public void What_is_no_version_is_refused(string? text) => Assert.False(ReleaseVersion.TryParse(text, out _));
}
