using System.Text.Unicode;

namespace Cantor.Server;

/// <summary>How decoding a piece of a request's target ended.</summary>
enum Decoding
{
    /// <summary>All of it was decoded.</summary>
    Done,

    /// <summary>A percent sign without two hexadecimal digits, or a character that a target may not hold.</summary>
    BadEscape,

    /// <summary>The bytes are not UTF-8.</summary>
    BadUtf8,

    /// <summary>There are more bytes than fit.</summary>
    TooLong,
}

/// <summary>
/// Decodes what stands in a request's target as the client sent it, once. ASP.NET's path and route values are of no use for
/// ids: they remove dot segments and cannot tell <c>a%2Fb</c> from <c>a%252Fb</c>.
/// </summary>
static class PercentText
{
    /// <summary>Decodes %XX and checks that the result is UTF-8.</summary>
    /// <param name="text">A path segment, or a parameter's name or value.</param>
    /// <param name="plusIsSpace">True in a query, where HTML forms write a space as "+".</param>
    /// <param name="utf8">Receives the bytes.</param>
    /// <param name="written">How many bytes; meaningless unless decoding is done.</param>
    internal static Decoding Decode(ReadOnlySpan<char> text, bool plusIsSpace, Span<byte> utf8, out int written)
    {
        written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                    return Decoding.BadEscape;
                c = (char)(Nibble(text[i + 1]) << 4 | Nibble(text[i + 2]));
                i += 2;
            }
            else if (c > '~')
            {
                // A target is ASCII; Kestrel refuses other bytes before they come here.
                return Decoding.BadEscape;
            }
            else if (c == '+' && plusIsSpace)
            {
                c = ' ';
            }
            if (written == utf8.Length) return Decoding.TooLong;
            utf8[written++] = (byte)c;
        }
        return Utf8.IsValid(utf8[..written]) ? Decoding.Done : Decoding.BadUtf8;
    }

    static int Nibble(char hex) => char.IsAsciiDigit(hex) ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
