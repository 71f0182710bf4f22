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

    /// <summary>The id's words with a space behind each, in UTF-8; empty when it is no name.</summary>
    internal static ReadOnlySpan<byte> Of(ItemId id, List<byte> scratch)
    {
        scratch.Clear();
        var value = id.Value;
        if (value.AsSpan().ContainsAny(PlaceMarks) || HasDotBetweenLetters(value)) return [];
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

    // A version has its dots beside digits.
    static bool HasDotBetweenLetters(ReadOnlySpan<char> id)
    {
        for (var at = 1; at < id.Length - 1; at++)
            if (id[at] == '.' && char.IsAsciiLetter(id[at - 1]) && char.IsAsciiLetter(id[at + 1])) return true;
        return false;
    }
}
