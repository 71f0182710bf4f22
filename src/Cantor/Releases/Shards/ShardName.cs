using System.Globalization;

namespace Cantor.Releases.Shards;

/// <summary>Names a shard of a build. What it was made from is in the name, so that a shard that was made again has the same.</summary>
/// <param name="Collection">Of which collection.</param>
/// <param name="Inputs">A hash of all that its lists depend on: corpus, options, seed and engine.</param>
/// <param name="Index">Which shard, from 0.</param>
/// <param name="Count">Of how many.</param>
public readonly record struct ShardName(string Collection, ulong Inputs, int Index, int Count)
{
    /// <summary>The most shards of a build.</summary>
    public const int MostShards = 1_000;

    const string Extension = ".shard", Of = "-of-";
    const int HashLength = 16;

    /// <summary>The name that a file has; null when it is no shard's.</summary>
    public static ShardName? Parse(string path)
    {
        var name = Path.GetFileName(path);
        if (!name.EndsWith(Extension, StringComparison.Ordinal)) return null;
        var rest = name.AsSpan(0, name.Length - Extension.Length);
        if (rest.LastIndexOf(Of) is not (> 0 and var of) || Number(rest[(of + Of.Length)..]) is not { } count) return null;
        rest = rest[..of];
        if (rest.LastIndexOf('-') is not (> 0 and var dash) || Number(rest[(dash + 1)..]) is not { } index) return null;
        rest = rest[..dash];
        if (rest.Length < HashLength + 2 || rest[^(HashLength + 1)] != '-'
            || !ulong.TryParse(rest[^HashLength..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var inputs)) return null;
        var parsed = new ShardName(rest[..^(HashLength + 1)].ToString(), inputs, index, count);
        return parsed.ToString() == name ? parsed : null; // written in one way only
    }

    /// <summary>The items that it ranks, of so many: from the first up to the second, which is not included.</summary>
    internal (int Start, int End) PartOf(int items) => ((int)((long)items * Index / Count), (int)((long)items * (Index + 1) / Count));

    /// <summary>The file's name.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Collection}-{Inputs:x16}-{Index}{Of}{Count}{Extension}");

    static int? Number(ReadOnlySpan<char> digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
