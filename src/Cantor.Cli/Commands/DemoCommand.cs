using System.CommandLine;
using System.Runtime.CompilerServices;
using Cantor.Cli.Demo;
using Cantor.Cli.Reports;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Server;
using Cantor.Sources.Config;

namespace Cantor.Cli.Commands;

/// <summary>The main job end to end, on content that every SDK carries.</summary>
static class DemoCommand
{
    const string Name = "dotnet";

    static readonly string[] Telling = ["System.Collections.Generic.List`1", "System.Net.Http.HttpClient", "System.Threading.SemaphoreSlim", "System.Text.Json.JsonSerializer"];

    internal static Command Make()
    {
        var (data, urls) = (Shared.Data(), ServeCommand.Urls());
        var json = new Option<bool>("--json") { Description = "Print JSON for machines, and stop." };
        var noServe = new Option<bool>("--no-serve") { Description = "Stop after printing." };
        var packs = new Option<string?>("--packs") { Description = "Where the reference packs are; the SDK's own place when not given, then the NuGet packages, where they are restored to." };
        var command = new Command("demo", "Builds, judges and serves related items of the types of .NET and ASP.NET Core, from their documentation.\n\nExample: cantor demo") { data, urls, noServe, packs, json };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var directory = parsed.GetValue(data)!;
            var docs = DotnetDocs.Read(await ReferencePacks.FilesAsync(parsed.GetValue(packs), cancellationToken), cancellationToken);
            var (asJson, read) = (parsed.GetValue(json), FormattableString.Invariant($"{docs.Items.Count:N0} public types of .NET and ASP.NET Core from {docs.Files} files of documentation"));
            if (!asJson) Console.Out.WriteLine(read);
            var report = await BuildBars.ShowAsync(asJson, progress => ReleaseBuilder.BuildAsync(Name, Stream(docs.Items, cancellationToken), null, new() { Threads = Environment.ProcessorCount },
                Path.Combine(directory, "releases"), TimeProvider.System, progress, cancellationToken));
            var published = await Publishing.PublishAsync(report, directory, PublishTarget.Live, "demo", 0, cancellationToken);
            using (var laid = await Shared.OpenLaidAsync(null, null, directory, Name, null, cancellationToken))
            {
                var quality = EvaluationResult.Of(new(laid), docs.Judgments, "the links", null, [], 0, cancellationToken);
                if (asJson)
                {
                    Shared.PrintJson(new { Read = read, Build = published, Examples = Examples(laid), Quality = EvaluationText.Json(quality, 0, ReasonLanguage.English) });
                    return Exit.Done;
                }
                Publishing.Print(published, json: false);
                foreach (var (_, title, related) in Examples(laid))
                {
                    Console.Out.WriteLine();
                    foreach (var one in related) Console.Out.WriteLine($"{title} → {one.Title}, because: {one.Because}");
                }
                Console.Out.WriteLine("\nJudged by the links that the writers of the documentation set between types (their text was left out of what was read):");
                EvaluationText.Print(quality, 0, ReasonLanguage.English);
            }
            if (parsed.GetValue(noServe)) return Exit.Done;
            return await ServeCommand.RunAsync(new() { DataDirectory = directory, Urls = parsed.GetValue(urls)! }, address => Console.Out.WriteLine($"""

                Serving at {address} until Ctrl-C. Try:
                  curl '{address}/v1/collections/{Name}/items/System.Collections.Generic.List%601/related?limit=3'
                  curl '{address}/v1/collections/{Name}/items/System.Net.Http.HttpClient/related?limit=3&explain=true'
                  curl '{address}/v1/collections'
                """), cancellationToken);
        });
        return command;
    }

    sealed record Example(string Id, string Title, IReadOnlyList<RelatedCommand.Related> Related);

    static IEnumerable<Example> Examples(LaidRelease laid) =>
        from id in Telling let title = laid.TitleOf(id) where title is not null select new Example(id, title, RelatedCommand.ListOf(laid, id, 3, ReasonLanguage.English));

    static async IAsyncEnumerable<Item> Stream(IReadOnlyList<Item> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }
}
