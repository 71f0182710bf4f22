namespace Cantor.Corpus.Rows;

/// <summary>Reads times as ISO 8601 and databases write them.</summary>
public static class TimeText
{
    /// <summary>What a time must look like, for messages.</summary>
    public const string Expected = "ISO 8601 such as 2026-11-23 or 2026-11-23T21:12:00Z";

    /// <summary>
    /// Reads yyyy-MM-dd, then optionally T or a blank, HH:mm, :ss, a fraction, and Z or an offset (+09, +0900, +09:00).
    /// A date alone is midnight and a time without an offset is UTC. Digits of the fraction after the seventh are cut off.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        int hour = 0, minute = 0, second = 0, offsetMinutes = 0;
        long fraction = 0;
        if (!Digits(ref text, 4, out var year) || !Take(ref text, (byte)'-') || !Digits(ref text, 2, out var month)
            || !Take(ref text, (byte)'-') || !Digits(ref text, 2, out var day))
            return false;
        if (text.Length > 0)
        {
            if (!Take(ref text, (byte)'T') && !Take(ref text, (byte)' ')) return false;
            if (!Digits(ref text, 2, out hour) || !Take(ref text, (byte)':') || !Digits(ref text, 2, out minute)) return false;
            if (Take(ref text, (byte)':'))
            {
                if (!Digits(ref text, 2, out second)) return false;
                if (Take(ref text, (byte)'.') && !Fraction(ref text, out fraction)) return false;
            }
            if (!Offset(ref text, out offsetMinutes)) return false;
        }
        if (text.Length > 0 || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59 || Math.Abs(offsetMinutes) > 14 * 60)
            return false;
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + fraction - offsetMinutes * TimeSpan.TicksPerMinute;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks) return false;
        time = new(ticks, TimeSpan.Zero);
        return true;
    }

    static bool Offset(ref ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text.Length == 0 || Take(ref text, (byte)'Z')) return true;
        var negative = text[0] == '-';
        if (!negative && text[0] != '+') return false;
        text = text[1..];
        var rest = 0;
        if (!Digits(ref text, 2, out var hours)) return false;
        if ((Take(ref text, (byte)':') || text.Length > 0) && !Digits(ref text, 2, out rest)) return false;
        if (rest > 59) return false;
        minutes = (hours * 60 + rest) * (negative ? -1 : 1);
        return true;
    }

    static bool Fraction(ref ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        var digits = 0;
        for (; text.Length > 0 && text[0] is >= (byte)'0' and <= (byte)'9'; text = text[1..], digits++)
            if (digits < 7) ticks = ticks * 10 + (text[0] - '0');
        for (var i = digits; i < 7; i++) ticks *= 10;
        return digits > 0;
    }

    static bool Take(ref ReadOnlySpan<byte> text, byte c)
    {
        if (text.Length == 0 || text[0] != c) return false;
        text = text[1..];
        return true;
    }

    static bool Digits(ref ReadOnlySpan<byte> text, int count, out int value)
    {
        value = 0;
        if (text.Length < count) return false;
        foreach (var c in text[..count])
        {
            if (c is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (c - '0');
        }
        text = text[count..];
        return true;
    }
}
