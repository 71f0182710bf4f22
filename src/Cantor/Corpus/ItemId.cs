using System.Text;

namespace Cantor.Corpus;

/// <summary>
/// The id a source gave to a piece of content: any text of 1 to 512 UTF-8 bytes without control characters, "/" included.
/// Stable across releases. The default value is no id and is refused wherever an id is expected.
/// </summary>
/// <remarks>Order is that of the UTF-8 bytes, so it is the same in every culture and in every release file.</remarks>
public readonly record struct ItemId : IComparable<ItemId>
{
    /// <summary>The most bytes an id may have in UTF-8.</summary>
    public const int MaxBytes = 512;

    readonly string? _value;

    ItemId(string value) => _value = value;

    /// <summary>The id as the source wrote it.</summary>
    public string Value => _value ?? "";

    /// <summary>Makes an id of <paramref name="text"/>.</summary>
    /// <param name="text">The id as the source wrote it.</param>
    /// <param name="id">The id; the default value when there is a fault.</param>
    /// <returns>Null, or in plain words what is wrong and what was expected.</returns>
    public static string? Check(string? text, out ItemId id)
    {
        id = default;
        if (string.IsNullOrEmpty(text))
            return "the id is empty; expected 1 to 512 bytes of UTF-8";
        foreach (var c in text)
            if (char.IsControl(c))
                return $"the id holds the control character U+{(int)c:X4}; ids have none";
        if (!IsWellFormed(text))
            return "the id holds half of a surrogate pair, which UTF-8 cannot write";
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
            return $"the id has {Encoding.UTF8.GetByteCount(text)} bytes; expected 1 to {MaxBytes}";
        id = new(text);
        return null;
    }

    /// <summary>Makes an id of <paramref name="text"/>, which the caller knows to be one.</summary>
    /// <exception cref="FormatException">It is not an id; the message says why.</exception>
    public static ItemId Parse(string text) =>
        Check(text, out var id) is { } fault ? throw new FormatException(fault) : id;

    /// <summary>True, with the id, when <paramref name="text"/> is one.</summary>
    public static bool TryParse(string? text, out ItemId id) => Check(text, out id) is null;

    /// <summary>Negative when this id's UTF-8 bytes stand before those of <paramref name="other"/>.</summary>
    public int CompareTo(ItemId other) => CompareUtf8(Value, other.Value);

    /// <summary>True when <paramref name="a"/> stands before <paramref name="b"/>.</summary>
    public static bool operator <(ItemId a, ItemId b) => a.CompareTo(b) < 0;

    /// <summary>True when <paramref name="a"/> stands after <paramref name="b"/>.</summary>
    public static bool operator >(ItemId a, ItemId b) => a.CompareTo(b) > 0;

    /// <summary>True when <paramref name="a"/> stands before <paramref name="b"/> or equals it.</summary>
    public static bool operator <=(ItemId a, ItemId b) => a.CompareTo(b) <= 0;

    /// <summary>True when <paramref name="a"/> stands after <paramref name="b"/> or equals it.</summary>
    public static bool operator >=(ItemId a, ItemId b) => a.CompareTo(b) >= 0;

    /// <summary>The id as the source wrote it.</summary>
    public override string ToString() => Value;

    static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return false;
        return true;
    }

    // UTF-16 code units order surrogates before U+E000..U+FFFF; UTF-8 bytes order by code point. Lift the surrogates above.
    static int CompareUtf8(string a, string b)
    {
        var common = Math.Min(a.Length, b.Length);
        for (var i = 0; i < common; i++)
            if (a[i] != b[i])
                return (char.IsSurrogate(a[i]) ? a[i] + 0x10000 : a[i]) - (char.IsSurrogate(b[i]) ? b[i] + 0x10000 : b[i]);
        return a.Length - b.Length;
    }
}
