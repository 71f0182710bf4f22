using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Server.Rollouts;
using Cantor.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// What changes the store. A write is answered once it is committed; this server has laid it over what it serves by then, the
/// others have within a second.
/// </summary>
sealed class Writes(ServerOptions options, LiveReleases live, Access access, StoreWatch watch, EventQueue events, Builds builds, ReleaseMoves releases, RolloutRoutes rollouts, KeyChanges keys, ShownLists shown, ILogger<Writes> logger)
{
    const int MaxBatchBytes = 64 << 20;
    const int MaxConfigBytes = 64 << 10;
    const int MaxEventsBytes = 4 << 20;
    const int ChangesPerTransaction = 1_000;

    /// <summary>A write taken out of its target, which cannot wait.</summary>
    /// <param name="Route">What is to be written.</param>
    /// <param name="Collection">Where.</param>
    /// <param name="Id">The item's id; where events are forgotten, the unit's; where a release is promoted, its version; where one is rolled back, whether on this server alone; where a key is changed, its id.</param>
    sealed record Asked(Route Route, string Collection, string Id);

    /// <summary>Answers a write.</summary>
    internal Task HandleAsync(HttpContext context, Target target)
    {
        Span<byte> id = stackalloc byte[ItemId.MaxBytes];
        var parameter = target.Route is Route.Events ? HttpMethods.IsDelete(context.Request.Method) ? "unit" : ""
            : target.Route is Route.Rollback && !target.Query.IsEmpty ? "local"
            : target.IdInQuery ? "id" : "";
        var problem = Parameters.ReadOne(target, parameter, out var value);
        if (problem is null && target.Route is Route.Rollback && value is not ("" or "true" or "false"))
            problem = new(ProblemKind.InvalidParameter, $"local is \"{Problem.Shown(value.ToString())}\"; expected true or false");
        if (problem is null && target.Route is Route.Item or Route.Hide or Route.Unhide) problem = Api.DecodeId(target, value, ref id);
        else id = [];
        var unit = "";
        if (problem is null && target.Route is Route.Events && value.Length > 0) unit = Uri.UnescapeDataString(value.ToString().Replace('+', ' '));
        if (problem is not null)
        {
            Leaving.Refuse(context, problem);
            return Task.CompletedTask;
        }
        var name = target.Route switch
        {
            Route.Events => unit,
            Route.Promote or Route.Rollout or Route.RolloutAct or Route.RotateKey or Route.RevokeKey => target.Id.ToString(),
            Route.Rollback => value.ToString(),
            _ => Encoding.UTF8.GetString(id),
        };
        return HandleAsync(context, new Asked(target.Route, Uri.UnescapeDataString(target.Collection.ToString()), name));
    }

    async Task HandleAsync(HttpContext context, Asked asked)
    {
        try
        {
            if (await AnswerAsync(context, asked) is { } problem) Leaving.Refuse(context, problem);
        }
        catch (StoreUnavailableException fault) when (!context.Response.HasStarted)
        {
            Log.WriteRefused(logger, asked.Collection, fault.Message);
            Leaving.Refuse(context, new(ProblemKind.StoreUnavailable, "the store does not answer; the write may have been made or not, sending it again is safe", RetryAfter: 1));
        }
        catch (InputFaultException gone) when (gone.Source == asked.Collection && asked.Route is Route.Item or Route.Hide or Route.Unhide or Route.Batch or Route.Events && !context.Response.HasStarted)
        {
            // Deleted at another server, of which this one has not heard yet.
            Leaving.Refuse(context, Api.UnknownCollection(asked.Collection));
        }
        catch (InputFaultException refused) when (refused.Source is Store.TextFault && !context.Response.HasStarted)
        {
            Leaving.Refuse(context, new(ProblemKind.InvalidParameter, refused.Message));
        }
        catch (BadHttpRequestException refused) when (!context.Response.HasStarted)
        {
            Leaving.Refuse(context, refused.StatusCode == 413
                ? new(ProblemKind.TooLarge, $"the body is too long; expected at most {context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize} bytes")
                : new(ProblemKind.InvalidItem, refused.Message));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
#pragma warning disable CA1031 // The last place where a fault can become an answer.
        catch (Exception fault) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            Leaving.Fail(context, fault, logger);
        }
    }

    async Task<Problem?> AnswerAsync(HttpContext context, Asked asked)
    {
        var isDelete = HttpMethods.IsDelete(context.Request.Method);
        var scope = asked.Route switch
        {
            Route.Collection or Route.Build or Route.Promote or Route.Rollback or Route.Prune or Route.RolloutAct or Route.Keys or Route.RotateKey or Route.RevokeKey => Scopes.Admin,
            Route.Rollouts when HttpMethods.IsPost(context.Request.Method) => Scopes.Admin,
            Route.Releases or Route.Rollouts or Route.Rollout => Scopes.Read,
            Route.Events => isDelete ? Scopes.Admin : Scopes.Events,
            _ => Scopes.Write,
        };
        var isOfVersion = asked.Route is Route.Rollouts or Route.Rollout or Route.RolloutAct && asked.Collection.Length == 0;
        var isOfAll = isOfVersion || asked.Route is Route.Collection or Route.Keys or Route.RotateKey or Route.RevokeKey;
        if (access.Check(context.Request, scope, isOfAll ? null : asked.Collection, out var by) is { } refused) return refused;
        if (asked.Route is Route.Keys or Route.RotateKey or Route.RevokeKey) return await keys.AnswerAsync(context, asked.Route, asked.Id, by);
        if (isOfVersion) return await rollouts.AnswerAsync(context, asked.Route, null, asked.Id, by);
        if (asked.Route is Route.Collection)
            return HttpMethods.IsPut(context.Request.Method) ? await CreateAsync(context, asked) : await DropAsync(context, asked, by);
        if (!live.Current.TryFind(asked.Collection, out var served))
            return live.Current.IsKnown ? Api.UnknownCollection(asked.Collection) : new(ProblemKind.StoreUnavailable, "the store was not reached since this server started", RetryAfter: 1);
        if (asked.Route is Route.Rollouts or Route.Rollout or Route.RolloutAct) return await rollouts.AnswerAsync(context, asked.Route, served, asked.Id, by);
        if (asked.Route is Route.Releases or Route.Promote or Route.Rollback or Route.Prune) return await releases.AnswerAsync(context, asked.Route, served.Name, asked.Id, by);
        if (asked.Route is Route.Build) return await BuildAsync(context, served);
        if (asked.Route is Route.Batch) return await BatchAsync(context, served, by);
        if (asked.Route is Route.Events) return isDelete ? await ForgetUnitAsync(context, served, asked.Id) : await TakeEventsAsync(context, served);
        var (change, problem) = await ReadChangeAsync(context, asked, served);
        if (problem is not null) return problem;
        return await WriteAsync(context, served, change!, by);
    }

    // ── one item ──

    async Task<(NewChange? Change, Problem? Problem)> ReadChangeAsync(HttpContext context, Asked asked, ServedCollection served)
    {
        if (ItemId.Check(asked.Id, out _) is { } noId) return (null, new(ProblemKind.InvalidId, noId));
        if (asked.Route is Route.Hide) return (new(ChangeKind.Hide, asked.Id), null);
        if (asked.Route is Route.Unhide) return (new(ChangeKind.Unhide, asked.Id), null);
        if (HttpMethods.IsDelete(context.Request.Method)) return (new(ChangeKind.Delete, asked.Id), null);
        var sent = await ReadBodyAsync(context, options.MaxItemBytes);
        var (payload, fault) = Incoming.Item(sent, asked.Id);
        if (fault is not null) return (null, new(ProblemKind.InvalidItem, fault));
        if (IsFull(served, 1) is { } full) return (null, full);
        if (HttpMethods.IsPut(context.Request.Method))
            return Incoming.Check(payload!) is { } wrong ? (null, new(ProblemKind.InvalidItem, wrong)) : (new(ChangeKind.Upsert, asked.Id, payload), null);
        var state = await watch.Store.Changes.FindAsync(served.Name, asked.Id, context.RequestAborted);
        return CheckPatch(served, state, asked.Id, payload!) is { } unfit ? (null, unfit) : (new(ChangeKind.Patch, asked.Id, payload), null);
    }

    async Task<Problem?> WriteAsync(HttpContext context, ServedCollection served, NewChange change, string by)
    {
        if (await watch.Store.Changes.AppendAsync(served.Name, [change], by, context.RequestAborted) is not [{ } number])
            return new(ProblemKind.UnknownItem, $"the item \"{Problem.Shown(change.Id)}\" is deleted; only PUT brings it back");
        await watch.AppliedAsync(served.Name, number, context.RequestAborted);
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("itemId"u8, change.Id);
            json.WriteString("collection"u8, served.Name);
            json.WriteNumber("change"u8, number);
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    /// <summary>Null when the item with the patch over it is an item still.</summary>
    /// <param name="served">What is served, for items of the release.</param>
    /// <param name="state">What the store knows of the item; null for nothing.</param>
    /// <param name="id">The item.</param>
    /// <param name="patch">The patch.</param>
    Problem? CheckPatch(ServedCollection served, ItemState? state, string id, string patch)
    {
        string? known = null;
        if (state is { Payload: { } payload, Whole: true }) known = payload;
        else if (state?.Deleted is null && live.TryLease(served.Name, out var leased))
            try
            {
                // A release keeps no body: some text there is.
                if (leased.Release?.Release is { } release && release.TryFind(Encoding.UTF8.GetBytes(id), out var item))
                    known = MergePatch.Apply(Encoding.UTF8.GetString(release.FieldsOf(item, all: true)), """{"body":"-"}""");
            }
            finally
            {
                leased.Release?.Return();
            }
        if (known is null) return new(ProblemKind.UnknownItem, $"the collection {served.Name} has no item \"{Problem.Shown(id)}\" to patch; PUT makes one");
        return Incoming.Check(Incoming.Named(MergePatch.Apply(known, patch), id)) is { } fault ? new(ProblemKind.InvalidItem, fault) : null;
    }

    Problem? IsFull(ServedCollection served, int more)
    {
        var most = served.Release is null ? 100L * options.OverlayMax : options.OverlayMax;
        return served.Overlay.Pushed + more <= most
            ? null
            : new(ProblemKind.RebuildNeeded, $"{served.Overlay.Pushed} items were pushed since the last build, {most} are allowed: build a release, which folds them in", RetryAfter: 60);
    }

    // ── many items ──

    async Task<Problem?> BatchAsync(HttpContext context, ServedCollection served, string by)
    {
        var body = await ReadBodyAsync(context, MaxBatchBytes);
        var (lines, places, place) = (new List<(NewChange? Change, string? Id, Problem? Problem)>(), new List<int>(), 0);
        foreach (var range in body.AsSpan().Split((byte)'\n'))
        {
            place++; // empty lines count: the number is the one that an editor shows
            var line = body.AsSpan()[range].Trim(" \r\t"u8);
            if (line.IsEmpty) continue;
            lines.Add(Incoming.Line(line, options.MaxItemBytes));
            places.Add(place);
        }
        var pushing = lines.Count(line => line.Change?.Kind is ChangeKind.Upsert or ChangeKind.Patch);
        if (pushing > 0 && IsFull(served, pushing) is { } full) return full;
        await CheckPatchesAsync(served, lines, context.RequestAborted);

        var numbers = new long?[lines.Count];
        foreach (var chunk in Enumerable.Range(0, lines.Count).Where(i => lines[i].Change is not null).Chunk(ChangesPerTransaction))
        {
            var made = await watch.Store.Changes.AppendAsync(served.Name, [.. chunk.Select(i => lines[i].Change!)], by, context.RequestAborted);
            for (var i = 0; i < chunk.Length; i++) numbers[chunk[i]] = made[i];
        }
        if (numbers.Max() is { } last) await watch.AppliedAsync(served.Name, last, context.RequestAborted);

        var answer = Answer.Begin();
        for (var i = 0; i < lines.Count; i++)
        {
            using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions)) WriteResult(json, places[i], lines[i], numbers[i]);
            answer.Put("\n"u8);
        }
        Leaving.Send(context, 200, "application/x-ndjson", answer.Written, "no-store");
        return null;
    }

    // The store is asked for all of them together; a patch of an item that an earlier line pushes is fit.
    async Task CheckPatchesAsync(ServedCollection served, List<(NewChange? Change, string? Id, Problem? Problem)> lines, CancellationToken cancellationToken)
    {
        var ids = lines.Select(line => line.Change).Where(change => change is { Kind: ChangeKind.Patch }).Select(change => change!.Id).Distinct().ToList();
        if (ids.Count == 0) return;
        var states = (await watch.Store.Changes.FindAsync(served.Name, ids, cancellationToken)).ToDictionary(state => state.Id, StringComparer.Ordinal);
        var pushed = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count; i++)
            if (lines[i].Change is { Kind: ChangeKind.Upsert } upsert) pushed.Add(upsert.Id);
            else if (lines[i].Change is { Kind: ChangeKind.Patch } patch && !pushed.Contains(patch.Id) && CheckPatch(served, states.GetValueOrDefault(patch.Id), patch.Id, patch.Payload!) is { } unfit)
                lines[i] = (null, patch.Id, unfit);
    }

    static void WriteResult(Utf8JsonWriter json, int line, (NewChange? Change, string? Id, Problem? Problem) asked, long? number)
    {
        var problem = asked.Problem ?? (number is null ? new(ProblemKind.UnknownItem, "the item is deleted; only an upsert brings it back") : null);
        json.WriteStartObject();
        json.WriteNumber("line"u8, line);
        if ((asked.Change?.Id ?? asked.Id) is { } id) json.WriteString("itemId"u8, id);
        if (problem is null) json.WriteNumber("change"u8, number!.Value);
        else
        {
            json.WriteString("code"u8, problem.Kind.Code);
            json.WriteString("detail"u8, problem.Detail);
        }
        json.WriteEndObject();
    }

    // ── events ──

    async Task<Problem?> TakeEventsAsync(HttpContext context, ServedCollection served)
    {
        var body = await ReadBodyAsync(context, MaxEventsBytes);
        var (taken, fault) = IncomingEvents.Read(body, options.Time.GetUtcNow());
        if (fault is not null) return new(ProblemKind.InvalidEvent, fault);
        if (served.Settings.UnitSalt is not null) taken = [.. taken.Select(one => one with { Unit = served.Settings.Unit(one.Unit) })];
        if (events.Offer(served.Name, taken) is not { } written)
            return new(ProblemKind.TooMany, $"{EventQueue.MaxWaiting} events wait to be stored; send these again", RetryAfter: 1);
        await written.WaitAsync(context.RequestAborted);
        shown.Count(served, taken);
        SendCount(context, served.Name, "accepted"u8, taken.Count);
        return null;
    }

    async Task<Problem?> ForgetUnitAsync(HttpContext context, ServedCollection served, string unit)
    {
        if (unit.Length == 0) return new(ProblemKind.InvalidParameter, "unit is empty; expected the user or session whose events are to be deleted");
        var deleted = 0;
        foreach (var stored in served.Settings.Units(unit)) deleted += await watch.Store.Events.DeleteUnitAsync(served.Name, stored, context.RequestAborted);
        SendCount(context, served.Name, "deleted"u8, deleted);
        return null;
    }

    static void SendCount(HttpContext context, string collection, ReadOnlySpan<byte> name, int count)
    {
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, collection);
            json.WriteNumber(name, count);
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
    }

    // ── collections ──

    async Task<Problem?> BuildAsync(HttpContext context, ServedCollection served)
    {
        var started = await builds.BuildAsync(served.Name, context.RequestAborted);
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("collection"u8, served.Name);
            json.WriteString("build"u8, started ? "started"u8 : "running"u8);
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 202, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    async Task<Problem?> CreateAsync(HttpContext context, Asked asked)
    {
        if (CollectionName.Check(asked.Collection) is { } fault) return new(ProblemKind.InvalidParameter, $"\"{Problem.Shown(asked.Collection)}\": {fault}");
        var body = await ReadBodyAsync(context, MaxConfigBytes);
        if (body.Length > 0 && Incoming.ObjectOf(body, out var wrong) is null) return new(ProblemKind.InvalidParameter, $"the configuration: {wrong}");
        var config = body.Length == 0 ? "{}" : Encoding.UTF8.GetString(body);
        try
        {
            var before = await watch.Store.Collections.FindAsync(asked.Collection, context.RequestAborted);
            config = CollectionSettings.ToStored(config, before?.Config);
            if (await watch.Store.Collections.CreateAsync(asked.Collection, config, context.RequestAborted) is null
                && await watch.Store.Collections.FindAsync(asked.Collection, context.RequestAborted) is { } there
                && !JsonNode.DeepEquals(JsonNode.Parse(there.Config), JsonNode.Parse(config))
                && await watch.Store.Collections.ConfigureAsync(asked.Collection, config, there.ConfigVersion, context.RequestAborted) is null)
                return new(ProblemKind.CollectionExists, "somebody else changed its configuration at the same time; look again");
        }
        catch (InputFaultException refused)
        {
            return new(ProblemKind.InvalidParameter, refused.Message);
        }
        await watch.LookedAsync(context.RequestAborted);
        SendName(context, asked.Collection);
        return null;
    }

    async Task<Problem?> DropAsync(HttpContext context, Asked asked, string by)
    {
        if (!await watch.Store.Collections.DeleteAsync(asked.Collection, by, context.RequestAborted)) return Api.UnknownCollection(asked.Collection);
        await watch.LookedAsync(context.RequestAborted);
        SendName(context, asked.Collection);
        return null;
    }

    static void SendName(HttpContext context, string collection)
    {
        var answer = Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, collection);
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
    }

    // Kestrel refuses a body as soon as it is longer than this, and slow senders by its least data rate.
    internal static async Task<byte[]> ReadBodyAsync(HttpContext context, int most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = most;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }
}
