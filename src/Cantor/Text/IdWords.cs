using System.Buffers;
using System.Runtime.InteropServices;
using Cantor.Corpus;

namespace Cantor.Text;

/// <summary>
/// The words of ids that are names: "clang-format-15" says as much as a title. A path, an address or a dotted name of code
/// ("System.Net.Http") is none, as its words name the place, and nor are letters of one character and numbers.
/// </summary>
static class IdWords
{
    /// <summary>Ids count as names when in so great a share of the items the id says a word that the item's own text says too.</summary>
    internal const double NameShare = 1.0 / 3;

    const int LeastLetters = 2;

    static readonly SearchValues<char> PlaceMarks = SearchValues.Create("/\\:?=&#@% ");

    static readonly SearchValues<char> AsciiLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The id's words with a space behind each, in UTF-8; empty when it is no name.</summary>
    internal static ReadOnlySpan<byte> Of(ItemId id, List<byte> scratch)
    {
        scratch.Clear();
        var value = id.Value;
        if (value.AsSpan().ContainsAny(PlaceMarks) || BeginsWithDottedWords(value)) return [];
        for (var at = 0; at < value.Length;)
        {
            var start = at;
            while (at < value.Length && char.IsAsciiLetter(value[at])) at++;
            if (at - start >= LeastLetters)
            {
                for (var i = start; i < at; i++) scratch.Add((byte)value[i]);
                scratch.Add((byte)' ');
            }
            if (at == start) at++;
        }
        return CollectionsMarshal.AsSpan(scratch);
    }

    // "System.Net" does, "yaml-2.0" and "golang-yaml.v3" do not.
    static bool BeginsWithDottedWords(ReadOnlySpan<char> id)
    {
        var dot = id.IndexOfAnyExcept(AsciiLetters);
        return dot > 0 && id[dot] == '.' && dot + 1 < id.Length && char.IsAsciiLetter(id[dot + 1]);
    }
}
