using System.Text;

namespace Cantor.Text;

/// <summary>
/// Takes the endings of number, definiteness and genitive off Danish nouns and adjectives, the longest that leaves three letters:
/// sygdom, sygdommen, sygdommene and sygdommenes meet. Verbs only as far as they end alike.
/// </summary>
static class DanishStemmer
{
    // Longest first; the first that fits is the one.
    static readonly byte[][] Endings =
    [
        .. "hedernes hederne hederns ernes heden heder erens enes erne eren erer ens ers ets hed ene er en et es e s".Split(' ')
            .Select(ending => Encoding.ASCII.GetBytes(ending)),
    ];

    internal static int Stem(Span<byte> word)
    {
        foreach (var ending in Endings)
        {
            var stem = word.Length - ending.Length;
            if (stem < 3 || !word.EndsWith(ending)) continue;
            if (ending is [(byte)'s'] && !Consonants.IsOne(word[stem - 1], except: (byte)'s')) break; // virus, glas
            return Consonants.Single(word[..stem]);
        }
        return Consonants.Single(word);
    }
}
