using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>How much a dump holds, or a restoration brought.</summary>
/// <param name="Items">Items that were pushed, patched, deleted or hidden.</param>
/// <param name="Rules">Editorial rules.</param>
/// <param name="Events">Events.</param>
/// <param name="KeptDown">Items that stay deleted because the store that was restored into says so.</param>
/// <param name="KeptNewer">Items and rules that were changed in that store after the dump's were.</param>
public sealed record BackupCounts(long Items, long Rules, long Events, long KeptDown = 0, long KeptNewer = 0);

/// <summary>
/// Everything that callers told a store about one collection, in a file of JSON Lines: its configuration, what items and rules
/// came to, events. A first line says what it is, a last one that it is whole. Releases are not in it: they are files already.
/// </summary>
public static class Backup
{
    const int Format = 1, PerTransaction = 1_000;
    static readonly DateTimeOffset FarFuture = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes one state of a collection, while others write.</summary>
    /// <exception cref="InputFaultException">There is no such collection.</exception>
    public static async Task<BackupCounts> DumpAsync(Store store, string collection, Stream to, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(to, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        var counts = await store.Database.SnapshotAsync(async session =>
        {
            if (await Collections.FindAsync(session, collection) is not { } stored)
                throw new InputFaultException(collection, null, $"is no collection of {store.Name}");
            await writer.WriteLineAsync(new JsonObject { ["cantor"] = "dump", ["format"] = Format, ["collection"] = collection, ["config"] = stored.Config, ["at"] = Times.Text(time.GetUtcNow()) }.ToJsonString(MergePatch.Plain));
            var (items, rules) = (await DumpStatesAsync(session, collection, "item", writer), await DumpStatesAsync(session, collection, "rule", writer));
            return new BackupCounts(items, rules, await DumpEventsAsync(session, collection, writer));
        }, cancellationToken);
        await writer.WriteLineAsync(new JsonObject { ["end"] = new JsonObject { ["items"] = counts.Items, ["rules"] = counts.Rules, ["events"] = counts.Events } }.ToJsonString(MergePatch.Plain));
        await writer.FlushAsync(cancellationToken);
        return counts;
    }

    /// <summary>
    /// Brings a dump into a store, of either kind; the collection is made when it is not there. What the store has deleted stays
    /// deleted, what it has hidden stays hidden, and what was changed there after the dump stays as it is. Done again, it changes
    /// nothing more: a restoration that was interrupted is simply repeated.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="open">Opens the dump; it is read twice, so that a damaged one changes nothing.</param>
    /// <param name="name">The file's name, for faults.</param>
    /// <param name="cancellationToken">Stops between two transactions.</param>
    /// <exception cref="InputFaultException">The file is no whole dump; the message names the line.</exception>
    public static async Task<(string Collection, BackupCounts Counts)> RestoreAsync(Store store, Func<Stream> open, string name, CancellationToken cancellationToken)
    {
        var head = await CheckAsync(open, name, cancellationToken);
        var collection = (string)head["collection"]!;
        var config = (string)head["config"]!;
        if (await store.Collections.CreateAsync(collection, config, cancellationToken) is null) await KeepSaltsAsync(store, collection, config, cancellationToken);
        var counts = new BackupCounts(0, 0, 0);
        var states = new List<(string Subject, ItemState State)>();
        var events = new List<StoredEvent>();
        await foreach (var (_, line) in LinesAsync(open, name, cancellationToken))
        {
            if (line["item"] is JsonObject item) states.Add(("item", StateOf(item)));
            else if (line["rule"] is JsonObject rule) states.Add(("rule", StateOf(rule)));
            else if (line["event"] is JsonObject one) events.Add(EventOf(one));
            if (states.Count == PerTransaction) await PutAsync();
            if (events.Count == PerTransaction) await AddAsync();
        }
        await PutAsync();
        await AddAsync();
        return (collection, counts);

        async Task PutAsync()
        {
            var (down, newer) = await store.Database.WriteAsync(session => PutStatesAsync(session, collection, states), cancellationToken);
            counts = counts with
            {
                Items = counts.Items + states.Count(one => one.Subject == "item"),
                Rules = counts.Rules + states.Count(one => one.Subject == "rule"),
                KeptDown = counts.KeptDown + down,
                KeptNewer = counts.KeptNewer + newer,
            };
            states.Clear();
        }

        async Task AddAsync()
        {
            await store.Events.AddAsync(collection, events, cancellationToken);
            counts = counts with { Events = counts.Events + events.Count };
            events.Clear();
        }
    }

    // Without what the dump's events were hashed with nobody could find a unit's among them.
    static async Task KeepSaltsAsync(Store store, string collection, string config, CancellationToken cancellationToken)
    {
        while (await store.Collections.FindAsync(collection, cancellationToken) is { } there
            && CollectionSettings.WithSaltsOf(config, there.Config) is { } merged
            && await store.Collections.ConfigureAsync(collection, merged, there.ConfigVersion, cancellationToken) is null)
        {
            // Somebody else was first.
        }
    }

    // ── out ──

    static async Task<long> DumpStatesAsync(Session session, string collection, string subject, StreamWriter writer)
    {
        var count = 0L;
        for (var after = ""; ;)
        {
            var page = await Changes.StatesAsync(session, collection, subject, 0, after);
            foreach (var state in page) await writer.WriteLineAsync(new JsonObject { [subject] = JsonOf(state) }.ToJsonString(MergePatch.Plain));
            count += page.Count;
            if (page.Count == 0) return count;
            after = page[^1].Id;
        }
    }

    static async Task<long> DumpEventsAsync(Session session, string collection, StreamWriter writer)
    {
        var count = 0L;
        for (var (at, id) = (long.MinValue, ""); ;)
        {
            var page = await Events.PageAsync(session, collection, at, id, FarFuture.ToUnixTimeMilliseconds());
            foreach (var one in page)
                await writer.WriteLineAsync(new JsonObject
                {
                    ["event"] = new JsonObject { ["id"] = one.Id, ["type"] = (int)one.Type, ["unit"] = one.Unit, ["item"] = one.Item, ["at"] = one.At.ToUnixTimeMilliseconds(), ["requestId"] = one.RequestId, ["position"] = one.Position },
                }.ToJsonString(MergePatch.Plain));
            count += page.Count;
            if (page.Count == 0) return count;
            (at, id) = (page[^1].At.ToUnixTimeMilliseconds(), page[^1].Id);
        }
    }

    static JsonObject JsonOf(ItemState state) => new()
    {
        ["id"] = state.Id,
        ["payload"] = state.Payload,
        ["whole"] = state.Whole,
        ["written"] = JsonOf(state.Written),
        ["deleted"] = JsonOf(state.Deleted),
        ["hidden"] = JsonOf(state.Hidden),
    };

    static JsonObject? JsonOf(Act? act) => act is null ? null : new() { ["at"] = Times.Text(act.At), ["by"] = act.By };

    // ── in ──

    static ItemState StateOf(JsonObject json) =>
        new((string)Must(json, "id")!, 0, (string?)json["payload"], (bool)Must(json, "whole"), ActOf(json["written"]), ActOf(json["deleted"]), ActOf(json["hidden"]));

    static Act? ActOf(JsonNode? json) => json is null ? null : new(Times.Parse((string)Must(json, "at")!), (string)Must(json, "by")!);

    static StoredEvent EventOf(JsonObject json) => new(
        (string)Must(json, "id")!, (EventType)(int)Must(json, "type"), (string)Must(json, "unit")!, (string)Must(json, "item")!,
        DateTimeOffset.FromUnixTimeMilliseconds((long)Must(json, "at")), (string?)json["requestId"], (int?)json["position"]);

    static JsonNode Must(JsonNode json, string name) => json[name] ?? throw new FormatException($"has no {name}");

    static async Task<JsonObject> CheckAsync(Func<Stream> open, string name, CancellationToken cancellationToken)
    {
        JsonObject? head = null, last = null;
        var (items, rules, events) = (0L, 0L, 0L);
        await foreach (var (number, line) in LinesAsync(open, name, cancellationToken))
        {
            if (head is null)
                head = (string?)line["cantor"] == "dump" && (int?)line["format"] <= Format && line["collection"] is not null && line["config"] is not null ? line
                    : throw new InputFaultException(name, number, $"is no dump of format {Format} or before");
            else if (last is not null) throw new InputFaultException(name, number, "something follows the dump's end");
            else if (line["end"] is not null) last = line;
            else
                try
                {
                    if (line["item"] is JsonObject item && StateOf(item) is not null) items++;
                    else if (line["rule"] is JsonObject rule && StateOf(rule) is not null) rules++;
                    else if (line["event"] is JsonObject one && EventOf(one) is not null) events++;
                    else throw new FormatException("is neither an item, a rule, an event nor the end");
                }
                catch (Exception fault) when (fault is FormatException or InvalidOperationException or ArgumentException)
                {
                    throw new InputFaultException(name, number, fault is FormatException ? fault.Message : "holds what a dump has not there", fault);
                }
        }
        if (head is null || last?["end"] is not { } end) throw new InputFaultException(name, null, "is not whole: it has no last line");
        return ((long?)end["items"], (long?)end["rules"], (long?)end["events"]) == (items, rules, events)
            ? head
            : throw new InputFaultException(name, null, $"is not whole: it has {items} items, {rules} rules and {events} events, its last line says {end.ToJsonString()}");
    }

    static async IAsyncEnumerable<(long Number, JsonObject Line)> LinesAsync(Func<Stream> open, string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(open(), Encoding.UTF8);
        var number = 0L;
        while (await reader.ReadLineAsync(cancellationToken) is { } text)
        {
            number++;
            JsonObject? line = null;
            try
            {
                line = JsonNode.Parse(text) as JsonObject;
            }
            catch (JsonException)
            {
                // Told below.
            }
            yield return (number, line ?? throw new InputFaultException(name, number, "is no JSON object"));
        }
    }

    static async Task<(long Down, long Newer)> PutStatesAsync(Session session, string collection, List<(string Subject, ItemState State)> restored)
    {
        await session.LockAsync(collection);
        var (last, _) = await Changes.SequenceAsync(session, collection);
        var (put, log) = (new List<(string, ItemState)>(), new List<object?[]>());
        var (down, newer) = (0L, 0L);
        foreach (var subject in restored.GroupBy(one => one.Subject, one => one.State))
        {
            var there = (await Changes.StatesOfAsync(session, collection, subject.Key, [.. subject.Select(state => state.Id)])).ToDictionary(state => state.Id);
            foreach (var state in subject)
            {
                var known = there.GetValueOrDefault(state.Id);
                var merged = state with { Hidden = known?.Hidden ?? state.Hidden };
                if (known?.Deleted is not null && state.Deleted is null)
                {
                    down++;
                    merged = merged with { Payload = null, Whole = false, Written = null, Deleted = known.Deleted };
                }
                else if (known?.Written?.At > (state.Written?.At ?? state.Deleted?.At))
                {
                    newer++;
                    merged = merged with { Payload = known.Payload, Whole = known.Whole, Written = known.Written, Deleted = null };
                }
                if (known is not null && merged with { Number = known.Number } == known) continue; // nothing new: no change
                merged = merged with { Number = ++last };
                put.Add((subject.Key, merged));
                var act = merged.Deleted ?? merged.Written ?? merged.Hidden!;
                log.Add([collection, last, KindOf(subject.Key, merged).Text(), merged.Id, merged.Payload, Times.Text(act.At), act.By]);
            }
        }
        await session.ExecuteAsync("UPDATE sequences SET last = @last WHERE collection = @collection", ("@collection", collection), ("@last", last));
        await session.InsertAsync("INSERT INTO changes (collection, number, kind, id, payload, at, by)", log);
        await Changes.PutStatesAsync(session, collection, put);
        return (down, newer);
    }

    static ChangeKind KindOf(string subject, ItemState state) =>
        subject == "rule" ? ChangeKind.Rule
        : state.Deleted is not null ? ChangeKind.Delete
        : state.Payload is null ? state.Hidden is null ? ChangeKind.Unhide : ChangeKind.Hide
        : state.Whole ? ChangeKind.Upsert
        : ChangeKind.Patch;
}
