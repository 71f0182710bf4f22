namespace Cantor.Text;

/// <summary>What the spelling of Germanic languages does with consonants at the end of a stem.</summary>
static class Consonants
{
    /// <summary>The length of the stem when a consonant doubled at its end is written once: mann is man.</summary>
    internal static int Single(ReadOnlySpan<byte> stem) =>
        stem.Length > 3 && stem[^1] == stem[^2] && IsOne(stem[^1]) ? stem.Length - 1 : stem.Length;

    /// <summary>True for an ASCII consonant other than <paramref name="except"/>.</summary>
    internal static bool IsOne(byte letter, byte except = 0) => letter != except
        && letter is >= (byte)'b' and <= (byte)'z' and not ((byte)'e' or (byte)'i' or (byte)'o' or (byte)'u' or (byte)'y');
}
