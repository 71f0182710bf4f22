using System.Text;
using Cantor.Corpus;
using Cantor.Text;

namespace Cantor.Tests.Text;

/// <summary>Small corpora for the tests of this folder.</summary>
static class TextItems
{
    static readonly string[] Words =
        ["heart", "Hearts", "failing", "stage", "Köln", "心臓病", "医学", "コンピューター", "サーバ", "の", "심장은", "หัวใจ", "сердце", "x", "2024", "β-blocker"];

    /// <summary>Up to 40 items of mixed words; some with a language, some with one id.</summary>
    internal static readonly Gen<Item[]> Corpora =
        Gen.Select(
            Gen.Int[0, 30], Gen.Int[0, Words.Length - 1].Array[0, 4], Gen.Int[0, Words.Length - 1].Array[0, 20], Gen.Int[0, 3],
            (id, title, body, lang) => Item($"i{id}", TextOf(title), TextOf(body)) with { Lang = lang switch { 0 => "de", 1 => "ja", _ => null }, Tags = [$"t{id % 3}"] })
        .Array[1, 40];

    internal static Item Item(string id, string title, string body) =>
        new() { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes(title), Body = Encoding.UTF8.GetBytes(body) };

    internal static async Task<CorpusText> ReadAsync(IEnumerable<Item> items, int threads = 1, string? lang = null, TermDictionary? dictionary = null) =>
        (await CorpusReader.ReadAsync(Stream(items), lang, dictionary, null, threads, _ => { }, TestContext.Current.CancellationToken)).Text;

    internal static async IAsyncEnumerable<Item> Stream(IEnumerable<Item> items)
    {
        await Task.CompletedTask;
        foreach (var item in items) yield return item;
    }

    static string TextOf(int[] words) => string.Join(' ', words.Select(word => Words[word]));
}
