using System.Text;
using System.Text.Json;
using Cantor.Kernels;

namespace Cantor.Bench;

/// <summary>
/// Many short items out of a few corpora: their texts cut into windows of 40 words, one corpus after the other in turn. A
/// character of a script without spaces counts as a word. When a corpus is at its end it starts again with its first window moved by
/// chance; after as many rounds as a window has words it has none left that would not be a copy.
/// </summary>
sealed class ShortItems
{
    internal const int WindowWords = 40;
    const ulong Seed = 1;

    readonly string _text;
    readonly int[] _words; // where each starts, and the end of the text
    readonly int[] _shifts;
    int _round, _at;

    ShortItems(string text, ulong number)
    {
        _text = text;
        _words = [.. StartsOf(text), text.Length];
        var chance = new SeededRandom(Seed, number);
        _shifts = [0, .. chance.Choose(WindowWords - 1, WindowWords - 1).Select(shift => shift + 1)];
    }

    /// <summary>Writes <paramref name="count"/> items as JSON Lines; fewer when the corpora do not give as many. Returns how many.</summary>
    internal static async Task<int> WriteAsync(IReadOnlyList<BenchCorpus> corpora, int count, string file, CancellationToken cancellationToken)
    {
        var sources = new List<ShortItems>();
        foreach (var corpus in corpora)
        {
            var text = new StringBuilder();
            await foreach (var item in corpus.ReadItemsAsync(cancellationToken))
                text.Append(Encoding.UTF8.GetString(item.Title.Span)).Append(' ').Append(Encoding.UTF8.GetString(item.Body.Span)).Append('\n');
            sources.Add(new(text.ToString(), (ulong)sources.Count));
        }
        await using var output = new StreamWriter(file);
        var written = 0;
        while (written < count && sources.Count > 0)
            for (var source = 0; source < sources.Count && written < count; source++)
            {
                if (sources[source].Next() is { } window) await output.WriteLineAsync($$"""{"id":"{{written++:D7}}","body":{{JsonSerializer.Serialize(window)}}}""");
                else sources.RemoveAt(source--);
            }
        return written;
    }

    string? Next()
    {
        if (_at + WindowWords >= _words.Length)
        {
            if (++_round == _shifts.Length) return null;
            _at = _shifts[_round];
            if (_at + WindowWords >= _words.Length) return null;
        }
        var window = _text[_words[_at].._words[_at + WindowWords]];
        _at += WindowWords;
        return window.Trim();
    }

    static IEnumerable<int> StartsOf(string text)
    {
        var inside = false;
        for (var at = 0; at < text.Length; at++)
        {
            var spaceless = text[at] is >= '\u2E80' and < '\uD800';
            if (spaceless || !inside && !char.IsWhiteSpace(text[at])) yield return at;
            inside = !spaceless && !char.IsWhiteSpace(text[at]);
        }
    }
}
