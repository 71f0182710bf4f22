namespace Cantor.Text;

/// <summary>Tells languages in Latin script apart by their short frequent words and their letters.</summary>
static class LatinWords
{
    // What one word says when only one language has it; a word of n languages says 1/n of it. A letter says a third.
    const int WordScore = 840, LetterScore = WordScore / 3;

    static readonly (string Language, string Words, string Letters)[] Languages =
    [
        ("en", "the of and to in is that for with was on are as by this be from an which or it not have has at were can been their its you", ""),
        ("de", "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei "
            + "einer um am sind noch wie einem über einen zum haben nur oder aber vor zur bis mehr durch man", "äöüß"),
        ("fr", "le la les de des et en un une du que est pour qui dans par sur au aux avec ce il sont pas plus ne se ou été cette ont l d qu mais leur ses", "éèêàçùœ"),
        ("es", "de la que el en y a los se del las un por con no una su para es al lo como más pero sus le ha o este sí porque esta entre cuando muy sin sobre también", "ñáéíóú"),
        ("it", "di e il la che in un a per è una sono non con si da dei del della le al nel più alla anche i gli come delle l dell ha questo ma nella", "àèìòù"),
        ("pt", "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao das à foi ele seu sua ou quando muito nos já também pelo pela são", "ãõçáéíóúâê"),
        ("nl", "de het een en van in is dat op te zijn voor met die niet aan er om ook als dan maar bij of uit nog worden door naar heeft hebben wordt deze over", ""),
        ("sv", "och i att det som en på är av för med till den har de inte om ett men var sig från vi så kan nu eller när efter under hos", "åäö"),
        ("no", "og i det som en på er av for med til at den har de ikke et men var seg fra vi så kan nå eller når etter ble noen uten også hos", "åøæ"),
        ("da", "og i det som en på er af for med til at den har de ikke et men var sig fra vi så kan nu eller når efter blev nogle uden også hos", "åøæ"),
        ("fi", "ja on ei se että oli hän mutta ovat kun niin myös joka sekä mukaan tai olla voi jos kuin jotka ole", "äö"),
        ("pl", "i w na z do nie się jest to że o jak po przez są od za dla oraz ale lub jego może także który które", "ąćęłńóśźż"),
        ("cs", "a v na se je že to s z do o k i jako pro ale by jsou nebo po za od jeho být který které však také při podle", "ěščřžůýáíéú"),
        ("tr", "ve bir bu da de için ile olarak çok daha olan gibi kadar sonra ama en ne ya veya olduğu var değil hem", "ğışçöü"),
    ];

    static readonly Dictionary<string, Evidence> Words = Read(language => language.Words.Split(' '), WordScore);
    static readonly Dictionary<string, Evidence> Letters = Read(language => [.. language.Letters.Select(letter => letter.ToString())], LetterScore);

    /// <summary>The language of a text in lower case, or empty when the words do not tell.</summary>
    internal static string LanguageOf(ReadOnlySpan<char> text)
    {
        Span<int> scores = stackalloc int[Languages.Length];
        scores.Clear();
        var words = 0;
        var vietnamese = 0;
        for (int start = 0, at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && char.IsLetter(text[at]))
            {
                if (text[at] is >= '\u1EA0' and <= '\u1EF9') vietnamese++;
                else if (text[at] >= 0x80) Add(Letters, text.Slice(at, 1), scores);
                continue;
            }
            if (at > start)
            {
                words++;
                Add(Words, text[start..at], scores);
            }
            start = at + 1;
        }
        return vietnamese * 5 > words ? "vi" : Best(scores, words);
    }

    // A guess needs the worth of a word that no other language has, of half such a word more than the next language, and of one
    // such word in 16: running text has far more, a list of names has none.
    static string Best(ReadOnlySpan<int> scores, int words)
    {
        var (best, second) = (0, -1);
        for (var i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best]) (best, second) = (i, best);
            else if (second < 0 || scores[i] > scores[second]) second = i;
        }
        var tells = scores[best] >= WordScore && scores[best] - scores[second] >= WordScore / 2 && scores[best] * 16 >= words * WordScore;
        return tells ? Languages[best].Language : "";
    }

    static void Add(Dictionary<string, Evidence> table, ReadOnlySpan<char> key, Span<int> scores)
    {
        if (!table.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var evidence)) return;
        foreach (var language in evidence.Languages) scores[language] += evidence.Score;
    }

    static Dictionary<string, Evidence> Read(Func<(string Language, string Words, string Letters), string[]> keysOf, int score) =>
        Languages.SelectMany((language, number) => keysOf(language).Select(key => (key, number)))
            .GroupBy(pair => pair.key, pair => pair.number, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new Evidence([.. group], score / group.Count()), StringComparer.Ordinal);

    sealed record Evidence(int[] Languages, int Score);
}
