using System.Text.Json;

namespace Legacy;

/// <summary>Made-up articles: each is about one of some subjects, in words of its own.</summary>
static class Articles
{
    static readonly (string Subject, string[] Words)[] Subjects =
    [
        ("gardening", ["seed", "soil", "compost", "tomato", "prune", "rose", "frost", "seedling", "mulch", "bulb", "hedge", "greenhouse"]),
        ("baking", ["flour", "yeast", "oven", "dough", "crust", "knead", "butter", "sourdough", "loaf", "glaze", "pastry", "rise"]),
        ("cycling", ["wheel", "gear", "chain", "saddle", "climb", "brake", "pedal", "tire", "route", "helmet", "sprint", "frame"]),
        ("astronomy", ["star", "planet", "telescope", "orbit", "comet", "galaxy", "lens", "eclipse", "nebula", "moon", "crater", "dusk"]),
        ("sailing", ["sail", "wind", "harbor", "mast", "tide", "knot", "anchor", "hull", "buoy", "deck", "rudder", "storm"]),
        ("painting", ["canvas", "brush", "pigment", "easel", "varnish", "sketch", "shade", "palette", "oil", "portrait", "gesso", "frame"]),
        ("hiking", ["trail", "boot", "ridge", "map", "tent", "summit", "stream", "pack", "compass", "valley", "cairn", "storm"]),
        ("pottery", ["clay", "kiln", "glaze", "wheel", "bowl", "slip", "fire", "handle", "coil", "rim", "stoneware", "sketch"]),
    ];

    static readonly string[] Aspects =
    [
        "first", "choose", "small", "early", "season", "careful", "simple", "learn", "mistake", "tool", "repair", "history", "weather", "cost", "weekend", "children", "safety", "patience", "measure", "night",
        "neighbor", "market", "borrow", "old", "silent", "warm", "bright", "heavy", "quick", "winter", "summer", "letter", "photograph", "museum", "teacher", "recipe", "promise", "garage", "window", "paper",
    ];

    /// <summary>Writes articles, one JSON object a line; the same for the same number.</summary>
    internal static void Write(int count, TextWriter to)
    {
        var random = new Random(1);
        for (var number = 1; number <= count; number++)
        {
            var (subject, all) = Subjects[number % Subjects.Length];
            // An article is about a part of its subject.
            var (words, aspects) = (random.GetItems(all, 5), random.GetItems(Aspects, 6));
            var body = string.Join(' ', Enumerable.Range(0, 60 + random.Next(60)).Select(_ => random.Next(3) == 0 ? aspects[random.Next(6)] : words[random.Next(5)]));
            to.WriteLine(JsonSerializer.Serialize(new { id = $"{number}", title = $"{subject}: {words[0]}, {words[1]} and {aspects[0]}", body, tags = new[] { subject } }));
        }
    }

    /// <summary>An article as the batch and the service know it.</summary>
    internal sealed record Article(string Id, string Title, string Body);

    internal static List<Article> Read(string path) =>
        [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<Article>(line, JsonSerializerOptions.Web)!)];

    /// <summary>The nightly batch: for each article the ten that share most words with it, a shared rare word counting more.</summary>
    internal static void Batch(string articles, string lists)
    {
        var all = Read(articles);
        var words = all.Select(article => article.Body.Split(' ').ToHashSet()).ToList();
        var weights = words.SelectMany(set => set).GroupBy(word => word).ToDictionary(group => group.Key, group => Math.Log((double)all.Count / group.Count()));
        using var to = new StreamWriter(lists);
        to.WriteLine("query\titem\tscore\trank");
        for (var i = 0; i < all.Count; i++)
        {
            var scored = Enumerable.Range(0, all.Count).Where(j => j != i)
                .Select(j => (Other: j, Score: Math.Round(words[i].Where(words[j].Contains).Sum(word => weights[word]) / (1 + Math.Sqrt(words[i].Count * words[j].Count)), 6)))
                .OrderByDescending(pair => pair.Score).ThenBy(pair => all[pair.Other].Id, StringComparer.Ordinal).Take(10);
            foreach (var (rank, (other, score)) in scored.Index()) to.WriteLine(FormattableString.Invariant($"{all[i].Id}\t{all[other].Id}\t{score}\t{rank + 1}"));
        }
    }
}
