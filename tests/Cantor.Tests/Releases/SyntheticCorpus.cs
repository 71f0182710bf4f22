using System.Text;
using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Tests.Releases;

/// <summary>Items of made-up English and Japanese about a few dozen topics, the same on every machine.</summary>
static class SyntheticCorpus
{
    static readonly string[] Syllables = ["ka", "lo", "mi", "ter", "run", "sho", "vel", "an", "ti", "pre", "sol", "gar", "nu", "bex", "dri", "om"];
    static readonly string[] Japanese = ["医療", "情報", "学会", "薬剤", "臨床", "試験", "患者", "診断", "治療", "データ", "ネットワーク", "コンピューター"];

    internal static List<Item> Items(int count)
    {
        var chance = new SeededRandom(42);
        var words = Enumerable.Range(0, 3000).Select(_ => string.Concat(Enumerable.Range(0, 2 + chance.NextInt(3)).Select(_ => Syllables[chance.NextInt(Syllables.Length)]))).ToArray();
        var items = new List<Item>();
        for (var i = 0; i < count; i++)
        {
            var topic = chance.NextInt(40);
            string Word() => chance.NextInt(3) == 0 ? words[chance.NextInt(words.Length)] : words[topic * 70 + chance.NextInt(70)];
            string Text(int length) => string.Join(' ', Enumerable.Range(0, length).Select(_ => Word()));
            var japanese = i % 5 == 0 ? string.Join("の", Enumerable.Range(0, 6).Select(_ => Japanese[(topic + chance.NextInt(4)) % Japanese.Length])) : "";
            items.Add(new()
            {
                Id = ItemId.Parse($"item/{chance.NextInt(count * 10)}/{i}"),
                Title = Encoding.UTF8.GetBytes(Text(3) + japanese),
                Body = Encoding.UTF8.GetBytes(Text(20 + chance.NextInt(60)) + japanese),
                Tags = [$"topic {topic}", "all", $"half {topic % 2}"],
            });
        }
        return items;
    }

    internal static async IAsyncEnumerable<Item> Stream(IEnumerable<Item> items)
    {
        await Task.CompletedTask;
        foreach (var item in items) yield return item;
    }
}
