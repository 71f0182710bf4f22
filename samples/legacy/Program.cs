// A related-items service as a team may have had it for years: a nightly batch writes lists, a small API serves them, and now and
// then the API loses its backend for some seconds. docs/migrate.md moves away from it.
using Legacy;

const string Usage = """
    usage: legacy articles COUNT                      made-up articles, one JSON object a line
           legacy batch ARTICLES LISTS                the nightly batch: the ten closest of every article, tab-separated
           legacy serve ARTICLES LISTS [URL] [EVERY] [LASTS]
                                                      GET /articles/ID/related?n=10; every EVERY seconds (60) the backend is gone for LASTS (5)
    """;

switch (args)
{
    case ["articles", var count]:
        Articles.Write(int.Parse(count), Console.Out);
        return 0;
    case ["batch", var articles, var lists]:
        Articles.Batch(articles, lists);
        return 0;
    case ["serve", var articles, var lists, .. var rest]:
        await ServeAsync(articles, lists, rest is [var url, ..] ? url : "http://127.0.0.1:7001", rest is [_, var every, ..] ? double.Parse(every) : 60, rest is [_, _, var lasts] ? double.Parse(lasts) : 5);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static async Task ServeAsync(string articles, string lists, string url, double every, double lasts)
{
    var titles = Articles.Read(articles).ToDictionary(article => article.Id, article => article.Title);
    var related = File.ReadLines(lists).Skip(1).Select(line => line.Split('\t')).GroupBy(row => row[0])
        .ToDictionary(group => group.Key, group => group.OrderBy(row => int.Parse(row[3])).Select(row => (Id: row[1], Score: double.Parse(row[2], System.Globalization.CultureInfo.InvariantCulture))).ToList());
    var builder = WebApplication.CreateSlimBuilder();
    builder.WebHost.UseUrls(url);
    builder.Logging.SetMinimumLevel(LogLevel.Warning);
    var app = builder.Build();
    var began = DateTime.UtcNow;
    var asked = 0;
    app.MapGet("/articles/{id}/related", async (string id, int? n) =>
    {
        // The backend comes back by itself. Until then half of the requests wait for it in vain, the others are refused.
        if ((DateTime.UtcNow - began).TotalSeconds % every > every - lasts)
        {
            if (Interlocked.Increment(ref asked) % 2 == 0) await Task.Delay(TimeSpan.FromSeconds(10));
            return Results.StatusCode(503);
        }
        return related.TryGetValue(id, out var list)
            ? Results.Json(new { article = id, related = list.Take(n ?? 10).Select(one => new { id = one.Id, headline = titles[one.Id], score = one.Score }) })
            : Results.NotFound();
    });
    Console.WriteLine($"legacy: {related.Count} lists at {url}; the backend is gone for {lasts} s of every {every} s");
    await app.RunAsync();
}
