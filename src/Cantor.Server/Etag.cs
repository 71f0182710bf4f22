using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Microsoft.Extensions.Primitives;

namespace Cantor.Server;

/// <summary>
/// The tag of an answer: release, parameters and the form of the answer. Weak, because two answers with one tag still differ
/// in their requestId.
/// </summary>
static class Etag
{
    // Raise it when the same release and parameters give another body than before.
    const ulong Representation = 3;

    internal static ulong HashOf(Route route, ulong versionHash, in Parameters parameters)
    {
        Span<byte> facts = stackalloc byte[48];
        BinaryPrimitives.WriteUInt64LittleEndian(facts, Representation << 8 | (ulong)route);
        BinaryPrimitives.WriteUInt64LittleEndian(facts[8..], versionHash);
        BinaryPrimitives.WriteInt32LittleEndian(facts[16..], parameters.Limit);
        BinaryPrimitives.WriteInt32LittleEndian(facts[20..], parameters.Offset);
        BinaryPrimitives.WriteSingleLittleEndian(facts[24..], parameters.MinScore);
        BinaryPrimitives.WriteInt32LittleEndian(facts[28..], parameters.Explain ? 1 + (int)parameters.Language : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(facts[32..], parameters.Fields.Hash);
        BinaryPrimitives.WriteSingleLittleEndian(facts[40..], parameters.Diversity);
        return XxHash64.HashToUInt64(facts);
    }

    internal static string Of(ReadOnlySpan<byte> body) => Text(XxHash64.HashToUInt64(body));

    /// <summary>True when If-None-Match names the tag, or is "*": RFC 9110 §13.1.2, weak comparison.</summary>
    internal static bool Matches(StringValues ifNoneMatch, string tag)
    {
        foreach (var line in ifNoneMatch)
        {
            var rest = line.AsSpan();
            while (!rest.IsEmpty)
            {
                var comma = rest.IndexOf(',');
                var one = (comma < 0 ? rest : rest[..comma]).Trim();
                rest = comma < 0 ? [] : rest[(comma + 1)..];
                if (one is "*") return true;
                if (one.StartsWith("W/")) one = one[2..];
                if (one.SequenceEqual(tag.AsSpan(2))) return true;
            }
        }
        return false;
    }

    internal static string Text(ulong hash) => string.Create(CultureInfo.InvariantCulture, $"W/\"{hash:x16}\"");
}
