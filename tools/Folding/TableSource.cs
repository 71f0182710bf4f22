using System.Globalization;
using System.Text;

namespace Cantor.Tools.Folding;

/// <summary>Writes the C# source of the folding tables. What each table means is said in the header that it writes.</summary>
static class TableSource
{
    const int BlockBits = 6;

    internal static string Write()
    {
        var properties = ScalarProperties.Read();
        var pool = new List<ushort>();
        var poolIndex = new Dictionary<string, int>(StringComparer.Ordinal);
        var deltas = new List<int>();
        var entries = new ushort[0x110000];
        foreach (var scalar in Icu.Scalars()) entries[scalar] = EntryOf(scalar);

        var (roots, middles, blocks) = Trie(entries);
        var source = new StringBuilder(Header);
        Append(source, "byte", "Roots", "scalar >> 12 to the number of a group of 64 in Middles.", roots);
        Append(source, "ushort", "Middles", "a group's 64 numbers of groups of 64 in Entries.", middles);
        Append(source, "ushort", "Entries", "one a scalar; Folding.EntryOf says what it means.", blocks);
        Append(source, "ushort", "Decompositions", "UTF-16, each after its length; full compatibility decompositions, and new forms of old kanji.", pool);
        Append(source, "int", "LowerDeltas", "what to add to an upper-case scalar.", deltas);
        Append(source, "ulong", "Compositions", "first << 42 | second << 21 | composite, sorted.", properties.Compositions, hex: true);
        Append(source, "int", "ScriptStarts", "first scalar of a range << 3 | its ScriptClass, sorted.", ScriptRanges.Starts());
        source.Length--; // no empty line before the closing brace
        return source.Append("}\n").ToString();

        ushort EntryOf(int scalar)
        {
            if (properties.Decompositions.TryGetValue(scalar, out var parts))
            {
                var text = Icu.TextOf(parts);
                if (!poolIndex.TryGetValue(text, out var at))
                {
                    at = poolIndex[text] = pool.Count;
                    pool.Add((ushort)text.Length);
                    foreach (var unit in text) pool.Add(unit);
                }
                return Checked(at, properties.JoinsBackward(parts[0]) ? 0xC000 : 0x8000);
            }
            if (properties.Lower.TryGetValue(scalar, out var lower))
            {
                if (!deltas.Contains(lower - scalar)) deltas.Add(lower - scalar);
                return Checked(deltas.IndexOf(lower - scalar), 0x4000);
            }
            return (ushort)(properties.RankOf(scalar) | (properties.IsSecond(scalar) ? 0x100 : 0) | (IsIgnorable(scalar) ? 0x200 : 0));
        }
    }

    // Default_Ignorable_Code_Point, but for the zero-width space, which parts words, and unassigned places in the BMP.
    internal static bool IsIgnorable(int scalar) => scalar is 0xAD or 0x34F or 0x61C or 0x115F or 0x1160 or 0x17B4 or 0x17B5
        or >= 0x180B and <= 0x180F or >= 0x200C and <= 0x200F or >= 0x202A and <= 0x202E or >= 0x2060 and <= 0x206F
        or >= 0xFE00 and <= 0xFE0F or 0xFEFF or >= 0x1BCA0 and <= 0x1BCA3 or >= 0x1D173 and <= 0x1D17A or >= 0xE0000 and <= 0xE0FFF;

    static ushort Checked(int value, int kind) => value < 0x4000
        ? (ushort)(value | kind)
        : throw new InvalidOperationException($"The value {value} needs more than the 14 bits that an entry has.");

    static (List<int> Roots, List<int> Middles, List<int> Blocks) Trie(ushort[] entries)
    {
        var blocks = new List<int>();
        var numbers = Group(entries.Select(entry => (int)entry).ToArray(), blocks);
        var middles = new List<int>();
        var roots = Group(numbers, middles);
        return ([.. roots], middles, blocks);
    }

    static int[] Group(int[] values, List<int> distinct)
    {
        const int Size = 1 << BlockBits;
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        var numbers = new List<int>();
        foreach (var group in values.Chunk(Size))
        {
            var key = string.Join(',', group);
            if (!known.TryGetValue(key, out var number))
            {
                number = known[key] = known.Count;
                distinct.AddRange(group);
            }
            numbers.Add(number);
        }
        return [.. numbers];
    }

    static void Append<T>(StringBuilder source, string type, string name, string meaning, IReadOnlyCollection<T> values, bool hex = false)
        where T : IFormattable
    {
        source.Append(CultureInfo.InvariantCulture, $"    // {meaning}\n    internal static ReadOnlySpan<{type}> {name} =>\n    [\n");
        var line = new StringBuilder("        ");
        foreach (var value in values)
        {
            var text = hex ? "0x" + value.ToString("X", CultureInfo.InvariantCulture) : value.ToString(null, CultureInfo.InvariantCulture);
            if (line.Length + text.Length > 154)
            {
                source.Append(line.ToString().TrimEnd()).Append('\n');
                line.Clear().Append("        ");
            }
            line.Append(text).Append(", ");
        }
        source.Append(line.ToString().TrimEnd()).Append("\n    ];\n\n");
    }

    const string Header = $$"""
        // <auto-generated>
        // Made by tools/Folding from .NET's ICU (normalization and case, Unicode {{Icu.UnicodeVersion}}) and .NET's own categories,
        // with the new forms of old kanji from KanjiVariants. Do not edit;
        // make it again with: dotnet run --project tools/Folding src/Cantor/Text/FoldingTables.cs
        // </auto-generated>
        namespace Cantor.Text;

        static class FoldingTables
        {

        """;
}
