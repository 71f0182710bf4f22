using System.Text;

namespace Cantor.Tools.Folding;

/// <summary>What .NET's ICU says of single scalars and short texts.</summary>
static class Icu
{
    /// <summary>The Unicode version of the tables. A newer ICU knows more scalars; those are left out, so every newer ICU makes the same file.</summary>
    internal const string UnicodeVersion = "15.0";

    // The scalars with a decomposition, a combining class or a lower case that came after 15.0 (16.0 and 17.0; 15.1 has none).
    // Unicode never changes these properties once a scalar is assigned, so this list only grows with new versions.
    static readonly (int First, int Last)[] AddedLater =
    [
        (0x0897, 0x0897), (0x1ACF, 0x1ADD), (0x1AE0, 0x1AEB), (0x1C89, 0x1C8A), (0xA7CB, 0xA7CF), (0xA7D2, 0xA7D2), (0xA7D4, 0xA7D4),
        (0xA7DA, 0xA7DC), (0xA7F1, 0xA7F1), (0x105C0, 0x105FF), (0x10D40, 0x10D8F), (0x10EFA, 0x10EFC),
        (0x11380, 0x113FF), (0x11B60, 0x11B67), (0x16100, 0x1613F), (0x16D40, 0x16D7F), (0x16EA0, 0x16ED3), (0x1CCD6, 0x1CCF9),
        (0x1E5EE, 0x1E5EF), (0x1E6E3, 0x1E6F5),
    ];

    /// <summary>Null, or why this machine cannot make or check the tables.</summary>
    internal static string? Fault() =>
        Normalize("\uFF21", NormalizationForm.FormKC) != "A"
            ? "String.Normalize does nothing here: .NET found no ICU. Install it (Debian: apt-get install libicu-dev, or libicu72 on Debian 12) and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT."
            : Normalize("\U0001E030", NormalizationForm.FormKC) != "\u0430"
                ? $"This ICU is older than 72 and does not know Unicode {UnicodeVersion}. Install ICU 72 or later."
                : null;

    /// <summary>True for scalars that the tables know nothing of, though a newer ICU might.</summary>
    internal static bool IsAddedLater(int scalar)
    {
        foreach (var (first, last) in AddedLater)
            if (scalar >= first && scalar <= last) return true;
        return false;
    }

    /// <summary>Every scalar that the tables speak of.</summary>
    internal static IEnumerable<int> Scalars()
    {
        for (var scalar = 0; scalar <= 0x10FFFF; scalar++)
            if (Rune.IsValid(scalar) && !IsAddedLater(scalar)) yield return scalar;
    }

    internal static int[] Decompose(int scalar, NormalizationForm form) => ScalarsOf(Normalize(TextOf(scalar), form));

    internal static int[] ScalarsOf(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    internal static string TextOf(params ReadOnlySpan<int> scalars)
    {
        var text = new StringBuilder();
        foreach (var scalar in scalars) text.Append(char.ConvertFromUtf32(scalar));
        return text.ToString();
    }

    internal static string Normalize(string text, NormalizationForm form)
    {
        try
        {
#pragma warning disable RS0030 // The ban keeps ICU out of the product; this tool is what asks it instead.
            return text.Normalize(form);
#pragma warning restore RS0030
        }
        catch (ArgumentException)
        {
            return text; // noncharacters, which ICU refuses and no form changes
        }
    }
}
