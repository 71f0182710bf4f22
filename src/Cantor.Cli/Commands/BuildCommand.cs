using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text;
using Cantor.Corpus;
using Cantor.Corpus.Rows;
using Cantor.Onnx;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Releases.Shards;
using Cantor.Sources;
using Cantor.Sources.Config;
using Cantor.Storage;

namespace Cantor.Cli.Commands;

static class BuildCommand
{
    internal static Command Make()
    {
        var (collection, items, config, data, map, skipBad, json) =
            (new Argument<string?>("COLLECTION") { Description = "The collection's name: 1 to 64 of a-z, 0-9, - and _; may be left out when --config says it.", Arity = ArgumentArity.ZeroOrOne }, Shared.Items(), new Option<string?>("--config") { Description = "A cantor.yaml, or env:NAME for a variable that holds one; options given here win over it." }, Shared.Data(), Shared.Map(), Shared.SkipBad(), Shared.AsJson());
        var events = new Option<string[]>("--events") { Description = "Where events come from (unit, item, time, type): what units looked at relates items too.", AllowMultipleArgumentsPerToken = true };
        var ordered = new Option<bool>("--ordered") { Description = "The order of a unit's events is real, not that of a catalog: nearer ones count more." };
        var coviews = new Option<double?>("--coviews-weight") { Description = "What events count beside text, 0 (editorial) to 2 (next click); 1 when not given." };
        var terms = new Option<string?>("--terms") { Description = "A file of terms that stay whole: on each line a term, then its variants and synonyms, with commas or tabs between them." };
        var encoder = new Option<string?>("--encoder") { Description = "A directory with model.onnx and its tokenizer.json or vocab.txt: the model makes a vector of every item's text." };
        var (k, threads) = (Shared.K(), Shared.Threads());
        var seed = new Option<ulong?>("--seed") { Description = "What chance is seeded with." };
        var asOf = new Option<string?>("--as-of") { Description = "The time to look from, as ISO 8601." };
        var duplicates = new Option<Duplicates?>("--duplicates") { Description = "Items that say nearly the same as a better one: auto makes copies its variants, and near-duplicates where they crowd the lists; collapse; keep." };
        var diversity = new Option<double?>("--diversity") { Description = "How much different neighbors are preferred to closer ones, 0 to 1; 0 when not given." };
        var candidates = new Option<Candidates?>("--candidates") { Description = "Which items are scored for an item: auto (all up to 1,000, the nearest above), all, nearest." };
        var minRecall = new Option<double?>("--min-recall") { Description = "Fail when the nearest hold a smaller share of the ten truly closest, 0 to 1." };
        var publish = new Option<PublishTarget?>("--publish") { Description = "Where the release goes: live (default), canary or none. A collection's first always goes live." };
        var shard = new Option<string?>("--shard") { Description = "Rank only a part, I/N with I from 0: the file is kept in --blobs, else in --data, for --assemble." };
        var assemble = new Option<int?>("--assemble") { Description = "Make the release of the N shards that --shard 0/N to N-1/N wrote with the same options; no source is read." };
        var wait = new Option<int?>("--wait") { Description = "With --assemble, how many seconds to wait for shards, of those begun within this time; 0 when not given." };
        var (store, blobs) = (Shared.Store(), Shared.Blobs());
        var command = new Command("build", "Builds a release of a collection from its items, and from what was pushed to and deleted from it over the API.\n\nExample: cantor build articles --items articles.jsonl.gz")
        {
            collection, store, blobs, items, events, ordered, coviews, terms, encoder, duplicates, diversity, candidates, minRecall, config, data, k, threads, seed, asOf, publish, shard, assemble, wait, map, skipBad, json,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var file = parsed.GetValue(config) is { } path ? CollectionConfig.Load(path, Environment.GetEnvironmentVariable) : null;
            var name = parsed.GetValue(collection) ?? file?.Collection ?? throw new InputFaultException("COLLECTION", null, file is null ? "is missing; cantor build --help says what it takes" : $"is missing, and {parsed.GetValue(config)} does not say it");
            if (file?.Serving is { } told) CheckServing(parsed.GetValue(config)!, told);
            if (file?.Collection is { } about && about != name)
                throw new InputFaultException("COLLECTION", null, $"{parsed.GetValue(config)} is about {about}, found {name}");
            var sources = parsed.GetValue(items) is { Length: > 0 } given ? given : file?.Items ?? [];
            var workers = Shared.Between(1, parsed.GetValue(threads) ?? Environment.ProcessorCount, 1024, "--threads");
            var defaults = new SourceOptions { Threads = workers };
            var options = Shared.Options(file?.ItemOptions(defaults) ?? defaults, parsed.GetValue(map), parsed.GetValue(skipBad));
            if (parsed.GetValue(items) is { Length: > 0 }) options = options with { WorkingDirectory = null };
            var counts = new SourceCounts();
            var asked = Shared.BuildOptions(file, workers);
            var build = asked with
            {
                K = Shared.Between(1, parsed.GetValue(k) ?? asked.K, 1000, "--k"),
                Seed = parsed.GetValue(seed) ?? asked.Seed,
                AsOf = parsed.GetValue(asOf) is { } time ? TimeOf(time) : asked.AsOf,
                Dictionary = (parsed.GetValue(terms) ?? file?.Terms) is { } termFile ? TermFile.Read(termFile) : null,
                CoViews = parsed.GetValue(ordered) ? asked.CoViews with { Ordered = true } : asked.CoViews,
                Duplicates = parsed.GetValue(duplicates) ?? asked.Duplicates,
                Candidates = parsed.GetValue(candidates) ?? asked.Candidates,
                MinRecall = Shared.Between(0, parsed.GetValue(minRecall) ?? asked.MinRecall, 1, "--min-recall"),
                Diversity = Shared.Between(0, parsed.GetValue(diversity) ?? asked.Diversity, 1, "--diversity"),
            };
            if (parsed.GetValue(coviews) is { } dial)
                build = build with { CoViews = build.CoViews with { Weight = dial is >= 0 and <= 2 ? dial : throw new InputFaultException("--coviews-weight", null, FormattableString.Invariant($"expected 0 to 2, found {dial}")) } };
            var directory = parsed.GetValue(data)!;
            var eventSources = parsed.GetValue(events) is { Length: > 0 } named ? named : file?.Events ?? [];
            var eventOptions = file?.EventOptions(defaults) ?? defaults;
            if (parsed.GetValue(events) is { Length: > 0 }) eventOptions = eventOptions with { WorkingDirectory = null };
            eventOptions = eventOptions with { SkipBad = parsed.GetValue(skipBad) ?? eventOptions.SkipBad, StandardInput = Console.OpenStandardInput() };
            var part = BuildShards.Of(parsed.GetValue(shard), parsed.GetValue(assemble), parsed.GetValue(wait));
            if (CollectionName.Check(name) is { } noName) throw new InputFaultException("COLLECTION", null, noName);
            await using var opened = await Storage.Store.OpenAsync(parsed.GetValue(store) ?? directory, TimeProvider.System, cancellationToken);
            using var registry = opened.Registry(directory);
            using var place = parsed.GetValue(blobs) is { } at ? ReleaseBlobs.Open(at, TimeProvider.System) : null;
            var standing = registry.Standing(name);
            var settings = CollectionSettings.Known((await opened.Collections.FindAsync(name, cancellationToken))?.Config ?? "{}");
            build = build with { K = parsed.GetValue(k) ?? file?.K ?? settings.K ?? build.K, Lang = file?.Lang ?? settings.Lang };
            var shards = part is null ? null : new ShardPlace(Path.Combine(directory, "shards"), place);
            Fold? fold = null;
            BuildReport report;
            if (part is { Index: null })
            {
                report = await BuildShards.AssembleAsync(shards!, name, build, part, registry.ReleasesDirectory, cancellationToken);
            }
            else
            {
                using var textEncoder = (parsed.GetValue(encoder) ?? file?.Encoder) is { } model ? TextEncoder.Open(model, threads: workers) : null;
                fold = await Fold.ReadAsync(opened, name, cancellationToken);
                if (sources.Count == 0 && fold.LastChange == 0)
                    throw new InputFaultException("--items", null, "no source is given, here or in --config, and nothing was pushed to the collection; expected one of them");
                if (sources.Count == 0) fold.CheckWithoutSources(registry);
                build = build with { LastChange = fold.LastChange };
                var read = fold.OverAsync(ItemSource.ReadAsync(sources, options, counts, cancellationToken), cancellationToken);
                if (textEncoder is not null)
                {
                    read = textEncoder.AddVectorsAsync(read, cancellationToken);
                    build = build with { Vectors = build.Vectors with { Encoder = textEncoder.Provenance } };
                }
                // Shards are begun one after another and must read the same: events until the time that is given, else until midnight.
                var now = TimeProvider.System.GetUtcNow();
                var until = part is null ? now : build.AsOf ?? new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
                var stored = opened.Events.ReadAsync(name, DateTimeOffset.UnixEpoch, until, cancellationToken).Select(EventOf);
                var allEvents = eventSources.Count > 0 ? EventSource.ReadAsync(eventSources, eventOptions, counts, cancellationToken).Concat(stored)
                    : await stored.AnyAsync(cancellationToken) ? stored
                    : null;
                if (part?.Index is { } index)
                {
                    var ranked = await BuildBars.ShowAsync(parsed.GetValue(json), progress => ShardedBuild.BuildAsync(
                        name, read, allEvents, build, index, part.Count, shards!.Directory, TimeProvider.System, progress, cancellationToken));
                    await shards!.KeepAsync(ranked, cancellationToken);
                    foreach (var fault in counts.Faults) await Console.Error.WriteLineAsync($"passed over: {fault}");
                    BuildShards.Print(ranked, parsed.GetValue(json));
                    return Exit.Done;
                }
                report = await BuildBars.ShowAsync(parsed.GetValue(json), progress => ReleaseBuilder.BuildAsync(
                    name, read, allEvents, build, registry.ReleasesDirectory, TimeProvider.System, progress, cancellationToken));
            }
            if (place is not null) await place.PublishAsync(name, report.Summary.Version, report.Path, cancellationToken);
            var target = parsed.GetValue(publish) ?? file?.Publish ?? (settings.PublishCanary ? PublishTarget.Canary : PublishTarget.Live);
            if (file?.Serving is { } serving) await ServeAsync(opened, name, serving, cancellationToken);
            foreach (var fault in counts.Faults) await Console.Error.WriteLineAsync($"passed over: {fault}");
            var published = await Publishing.PublishAsync(report, opened, registry, target, standing, "build", counts.BadRows, fold, cancellationToken);
            await opened.PruneAsync(registry, place, name, file?.Keep ?? settings.Keep, cancellationToken);
            if (shards is not null) await shards.RemoveAsync(name, cancellationToken);
            Publishing.Print(published, parsed.GetValue(json));
            return Exit.Done;
        });
        return command;
    }

    // What the store would refuse after the build, which may take hours.
    static void CheckServing(string file, JsonObject serving)
    {
        try
        {
            CollectionSettings.Parse(serving.ToJsonString());
        }
        catch (InputFaultException fault)
        {
            throw new InputFaultException(file, null, fault.Fault, fault);
        }
    }

    /// <summary>Puts what a cantor.yaml says of serving into the store, in place of what stood there of the same name.</summary>
    static async Task ServeAsync(Store store, string collection, JsonObject serving, CancellationToken cancellationToken)
    {
        await store.Collections.CreateAsync(collection, "{}", cancellationToken);
        while (true)
        {
            var stored = (await store.Collections.FindAsync(collection, cancellationToken))!;
            var config = JsonNode.Parse(stored.Config)!.AsObject();
            foreach (var (part, value) in serving) config[part] = value!.DeepClone();
            CollectionSettings.Parse(config.ToJsonString());
            if (await store.Collections.ConfigureAsync(collection, config.ToJsonString(), stored.ConfigVersion, cancellationToken) is not null) return;
        }
    }

    static Event EventOf(StoredEvent stored) => new(stored.Unit, ItemId.Parse(stored.Item), stored.At, stored.Type);

    static DateTimeOffset TimeOf(string text) =>
        TimeText.TryParse(Encoding.UTF8.GetBytes(text), out var time) ? time : throw new InputFaultException("--as-of", null, $"expected {TimeText.Expected}, found \"{text}\"");
}
