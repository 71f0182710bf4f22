using System.Text;
using Cantor.Corpus.Rows;

namespace Cantor.Tests.Corpus.Rows;

public class TimeTextTests
{
    [Theory]
    [InlineData("2026-11-23", "2026-11-23T00:00:00.0000000+00:00"), InlineData("2026-11-23T21:12", "2026-11-23T21:12:00.0000000+00:00")]
    [InlineData("2026-11-23T21:12:05Z", "2026-11-23T21:12:05.0000000+00:00"), InlineData("2026-11-23 21:12:05.123456789", "2026-11-23T21:12:05.1234567+00:00")]
    [InlineData("2026-11-23 21:12:05+00", "2026-11-23T21:12:05.0000000+00:00"), InlineData("2026-11-23T21:12:05.5+0930", "2026-11-23T11:42:05.5000000+00:00")]
    [InlineData("2026-11-23T21:12:05-05:00", "2026-11-24T02:12:05.0000000+00:00"), InlineData("2024-02-29", "2024-02-29T00:00:00.0000000+00:00")]
    public void A_time_is_read_as_utc(string text, string time)
    {
        Assert.True(TimeText.TryParse(Encoding.UTF8.GetBytes(text), out var parsed));
        Assert.Equal(time, parsed.ToString("O"));
    }

    [Theory]
    [InlineData(""), InlineData("2026"), InlineData("2026-11"), InlineData("2026-13-01"), InlineData("2026-02-29"), InlineData("2026-00-01"), InlineData("0000-01-01")]
    [InlineData("2026-11-23T"), InlineData("2026-11-23T21"), InlineData("2026-11-23T24:00"), InlineData("2026-11-23T21:60"), InlineData("2026-11-23T21:12:60")]
    [InlineData("2026-11-23T21:12:05."), InlineData("2026-11-23T21:12:05+15:00"), InlineData("2026-11-23T21:12:05+09:"), InlineData("2026-11-23T21:12:05+09:60")]
    [InlineData("2026-11-23T21:12:05Zx"), InlineData("23.11.2026"), InlineData("0001-01-01T00:00:00+14:00"), InlineData("1763900000")]
    public void Anything_else_is_no_time(string text) => Assert.False(TimeText.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void What_dotnet_writes_is_read_back() =>
        Gen.DateTimeOffset.Where(time => time.UtcTicks is > 0 && time.UtcDateTime.Year is > 1 and < 9999).Sample(time =>
            TimeText.TryParse(Encoding.UTF8.GetBytes(time.ToString("O")), out var parsed) && parsed == time);
}
