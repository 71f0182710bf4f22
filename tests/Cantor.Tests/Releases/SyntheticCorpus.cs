using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
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

    /// <summary>The items of the committed file, which <see cref="Items"/> once wrote.</summary>
    internal static List<Item> Committed()
    {
        var items = new List<Item>();
        foreach (var line in File.ReadLines(FilePath))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            items.Add(new()
            {
                Id = ItemId.Parse(root.GetProperty("id").GetString()!),
                Title = Encoding.UTF8.GetBytes(root.GetProperty("title").GetString()!),
                Body = Encoding.UTF8.GetBytes(root.GetProperty("body").GetString()!),
                Tags = [.. root.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)],
            });
        }
        return items;
    }

    /// <summary>The items as lines of the committed file.</summary>
    internal static IEnumerable<string> Lines(IEnumerable<Item> items) => items.Select(item => JsonSerializer.Serialize(
        new { id = item.Id.Value, title = Encoding.UTF8.GetString(item.Title.Span), body = Encoding.UTF8.GetString(item.Body.Span), tags = item.Tags },
        Readable));

    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string FilePath => Path.Combine(AppContext.BaseDirectory, "synthetic.jsonl");

    /// <summary>Units that look at items of one topic, in an order that means something.</summary>
    internal static IEnumerable<Event> Events(IReadOnlyList<Item> items, int units)
    {
        var chance = new SeededRandom(7);
        var byTopic = items.GroupBy(item => item.Tags[0]).OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(topic => topic.OrderBy(item => item.Id).ToArray()).ToArray();
        for (var unit = 0; unit < units; unit++)
        {
            var topic = byTopic[chance.NextInt(byTopic.Length)];
            for (var i = 0; i < 2 + chance.NextInt(8); i++)
                yield return new($"unit {unit}", topic[chance.NextInt(topic.Length)].Id, DateTimeOffset.UnixEpoch.AddDays(20_000 + unit).AddSeconds(i), EventType.View);
        }
    }

    internal static async IAsyncEnumerable<T> Stream<T>(IEnumerable<T> rows)
    {
        await Task.CompletedTask;
        foreach (var row in rows) yield return row;
    }
}
