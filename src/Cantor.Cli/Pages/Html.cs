using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cantor.Cli.Pages;

/// <summary>
/// A piece of a page. It is made of interpolated text alone, whose holes are escaped unless they are such pieces themselves: no
/// title can come to be a tag.
/// </summary>
readonly record struct Html
{
    readonly string? _source;

    Html(string source) => _source = source;

    internal static Html Empty => default;

    internal static Html Of(Text text) => new(text.ToString());

    /// <summary>Text that stands as it is: Cantor's own, never a user's.</summary>
    internal static Html Own(string source) => new(source);

    /// <summary>Pieces one after another.</summary>
    internal static Html Of(IEnumerable<Html> parts) => new(string.Concat(parts));

    public override string ToString() => _source ?? "";

    /// <summary>What the compiler makes of $"…".</summary>
    [InterpolatedStringHandler]
    internal readonly struct Text(int literalLength, int holes)
    {
        readonly StringBuilder _text = new(literalLength + 16 * holes);

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html piece) => _text.Append(piece.ToString());

        public void AppendFormatted(IEnumerable<Html> pieces) => _text.Append(Of(pieces).ToString());

        public void AppendFormatted(double value, string? format = "0.###") => _text.Append(value.ToString(format, CultureInfo.InvariantCulture));

        public void AppendFormatted(long value, string? format = "0") => _text.Append(value.ToString(format, CultureInfo.InvariantCulture));

        public void AppendFormatted(string? text)
        {
            foreach (var c in text ?? "")
                _ = c switch
                {
                    '<' => _text.Append("&lt;"),
                    '>' => _text.Append("&gt;"),
                    '&' => _text.Append("&amp;"),
                    '"' => _text.Append("&quot;"),
                    '\'' => _text.Append("&#39;"),
                    '\t' or '\n' => _text.Append(c),
                    _ => _text.Append(char.IsControl(c) ? '\uFFFD' : c), // HTML has no such characters
                };
        }

        public override string ToString() => _text.ToString();
    }
}
