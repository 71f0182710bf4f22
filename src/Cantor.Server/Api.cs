using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Judging;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Server.Rollouts;
using Cantor.Server.Rollouts.Versions;
using Cantor.Storage;
using Cantor.Storage.Rollouts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Every request, from its raw target to its answer, in one terminal delegate. For a question: read the target, lease the release,
/// write the whole body, return the lease, hand the body to the connection. Nothing here waits, and nothing touches a disk or a
/// database; what writes, or asks the store, is handed to <see cref="Writes"/>.
/// </summary>
sealed class Api(ServerOptions options, LiveReleases live, Access access, Writes writes, Builds builds, VersionTraffic version, DrainLifetime lifetime, ILogger<Api> logger)
{
    const string Shadow = "X-Cantor-Shadow";

    static readonly byte[] OpenApi = ReadOpenApi();
    static readonly string OpenApiTag = Etag.Of(OpenApi);

    internal Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers["X-Request-Id"] = context.TraceIdentifier;
        if (lifetime.Draining) response.Headers.Connection = "close";
        try
        {
            var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            var method = context.Request.Method;
            var target = Target.Parse(raw, HttpMethods.IsPost(method));
            if (target.Route is Route.None)
                Leaving.Refuse(context, new(ProblemKind.UnknownRoute, $"there is nothing at {Problem.Shown(raw)}; /openapi/v1.json lists what there is"));
            else if (MethodsOf(target.Route) is var methods && !methods.Contains(method))
            {
                response.Headers.Allow = string.Join(", ", methods);
                Leaving.Refuse(context, new(ProblemKind.MethodNotAllowed, $"the method is {Problem.Shown(method)}; expected {string.Join(" or ", methods)}"));
            }
            else if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) || target.Route is Route.Releases or Route.Rollouts or Route.Rollout or Route.Keys)
                return writes.HandleAsync(context, target);
            else if (Answer(context, target) is { } problem)
                Leaving.Refuse(context, problem);
        }
#pragma warning disable CA1031 // The last place where a fault can become an answer.
        catch (Exception fault) when (!response.HasStarted)
#pragma warning restore CA1031
        {
            Leaving.Fail(context, fault, logger);
        }
        return Task.CompletedTask;
    }

    static readonly string[] Read = ["GET", "HEAD"], Posted = ["POST"], OfItem = ["GET", "HEAD", "PUT", "PATCH", "DELETE"], OfCollection = ["GET", "HEAD", "PUT", "DELETE"],
        OfEvents = ["POST", "DELETE"], OfRollouts = ["GET", "HEAD", "POST"], OfKeys = ["GET", "HEAD", "POST"];

    /// <summary>What may be done at an address.</summary>
    internal static string[] MethodsOf(Route route) => route switch
    {
        Route.Item => OfItem,
        Route.Collection => OfCollection,
        Route.Events => OfEvents,
        Route.Rollouts => OfRollouts,
        Route.Keys => OfKeys,
        Route.Hide or Route.Unhide or Route.Batch or Route.Build or Route.Promote or Route.Rollback or Route.Prune or Route.RolloutAct or Route.RotateKey or Route.RevokeKey => Posted,
        _ => Read,
    };

    Problem? Answer(HttpContext context, Target target) => target.Route switch
    {
        Route.Related or Route.Item => AnswerItem(context, target),
        _ when Parameters.ReadNone(target) is { } problem => problem,
        Route.Collections => AnswerCollections(context),
        Route.Collection => AnswerCollection(context, target),
        Route.Ready => AnswerReady(context),
        Route.OpenApi => AnswerOpenApi(context),
        _ => AnswerLive(context),
    };

    // ── /v1/collections/{c}/items/{id}[/related] and the twins with ?id= ──

    /// <summary>Answers a question, and counts how it went while a version of the server is rolled out.</summary>
    Problem? AnswerItem(HttpContext context, Target target)
    {
        if (version.Side is not { } side || context.Request.Headers.ContainsKey(Shadow)) return AnswerItem(context, target, out _);
        var (began, outcome) = (options.Time.GetTimestamp(), (Outcome?)Outcome.Failed);
        try
        {
            var problem = AnswerItem(context, target, out outcome);
            // A version that refuses what the other one answers must not look good.
            if (problem is not null) outcome = problem.Kind.Status >= 500 ? Outcome.Failed : Outcome.Empty;
            return problem;
        }
        catch
        {
            outcome = Outcome.Failed;
            throw;
        }
        finally
        {
            side.Add(options.Time.GetUtcNow(), options.Time.GetElapsedTime(began), outcome ?? Outcome.Good);
        }
    }

    Problem? AnswerItem(HttpContext context, Target target, out Outcome? outcome)
    {
        outcome = null;
        var name = NameOf(target.Collection);
        if (access.HasKeys && access.Check(context.Request, Scopes.Read, name, out _) is { } refused) return refused;
        if (live.Staleness(options.Time) is var staleness && staleness > options.MaxStaleness)
        {
            if (options.RefuseWhenStale) return new(ProblemKind.Stale, "the store is away; what was taken down meanwhile is not known here", RetryAfter: 1);
            context.Response.Headers["Cantor-Stale"] = ((long)staleness.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }
        if (!live.Current.TryFind(name, out var collection)) return Unknown(name);
        if (Parameters.Read(target, out var parameters) is { } wrong) return wrong;
        Span<byte> id = stackalloc byte[ItemId.MaxBytes];
        if (DecodeId(target, parameters.Id, ref id) is { } noId) return noId;
        Span<byte> unit = stackalloc byte[Assignment.MaxUnitBytes];
        unit = unit[..(parameters.Unit.IsEmpty ? 0 : Parameters.DecodeUnit(parameters.Unit, unit))];
        if (!live.TryLease(name, parameters.Release, unit, context.TraceIdentifier, out var choice)) return Unknown(name);
        if (choice is not { } chosen) return new(ProblemKind.UnknownRelease, $"this server has no release {parameters.Release} of {name} open; expected live, canary or previous, where there is one");
        // Asked beside an answer, by a gateway: nobody waits for it, so it is nobody's question.
        var shadow = context.Request.Headers.ContainsKey(Shadow);
        if (target.Route is Route.Related && !shadow) collection.Queries?.Add(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, options.Time.GetUtcNow());
        return target.Route is Route.Related && chosen.Traffic is { } traffic && !shadow
            ? AnswerCounted(context, target, chosen, traffic, id, parameters, out outcome)
            : AnswerItem(context, target, chosen.Served, id, parameters, out outcome);
    }

    /// <summary>Answers for one side of a rollout, and counts how it went.</summary>
    Problem? AnswerCounted(HttpContext context, Target target, Choice chosen, Traffic traffic, ReadOnlySpan<byte> id, in Parameters parameters, out Outcome? outcome)
    {
        // Whoever sends events with this id says by it which release they are about.
        if (chosen.Served.Release is { } release) context.Response.Headers["X-Request-Id"] = context.TraceIdentifier += release.RequestMark;
        var began = options.Time.GetTimestamp();
        outcome = Outcome.Failed;
        try
        {
            var problem = AnswerItem(context, target, chosen.Served, id, parameters, out outcome);
            if (problem is not null) outcome = problem.Kind.Status >= 500 ? Outcome.Failed : problem.Kind == ProblemKind.UnknownItem ? Outcome.Empty : null;
            return problem;
        }
        catch
        {
            outcome = Outcome.Failed;
            throw;
        }
        finally
        {
            if (outcome is { } counted)
                traffic.Side(chosen.IsCanary).Add(options.Time.GetUtcNow(), options.Time.GetElapsedTime(began) > traffic.SlowAfter ? counted | Outcome.Slow : counted);
        }
    }

    /// <summary>Answers from one release, and returns its lease.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">What it asks for.</param>
    /// <param name="served">The release, leased, and what lies over it.</param>
    /// <param name="id">The item's id.</param>
    /// <param name="parameters">The rest.</param>
    /// <param name="outcome">How it went; null when nothing was answered anew, so that there is nothing to count.</param>
    static Problem? AnswerItem(HttpContext context, Target target, ServedCollection served, ReadOnlySpan<byte> id, in Parameters parameters, out Outcome? outcome)
    {
        outcome = null;
        try
        {
            if (Find(served, id, out var subject) is { } unknown) return unknown;

            var tag = served.Release?.TagOf(target.Route, parameters, served.Overlay.Edition)
                ?? Etag.Text(Etag.HashOf(target.Route, XxHash64.HashToUInt64(MemoryMarshal.AsBytes(served.Name.AsSpan())) ^ served.Overlay.Edition, parameters));
            if (Leaving.IsUnchanged(context, tag)) return null;
            var answer = Server.Answer.Begin();
            if (target.Route is Route.Item)
                WriteItem(answer, served, subject, parameters, context.TraceIdentifier);
            else
                outcome = WriteRelated(answer, served, subject, parameters, context.TraceIdentifier) ? Outcome.Good : Outcome.Empty;
            Leaving.Send(context, 200, Leaving.Json, answer.Written);
            return null;
        }
        finally
        {
            served.Release?.Return();
        }
    }

    /// <summary>Writes an item's related items.</summary>
    /// <returns>False when there is none.</returns>
    internal static bool WriteRelated(Answer to, ServedCollection served, Hit subject, in Parameters parameters, string requestId) =>
        served.Overlay.IsEmpty && IsHeldReady(served.Release!.Release, subject.Item, parameters)
            ? RelatedAnswer.Write(to, served.Release!, subject.Item, parameters, requestId)
            : RelatedAnswer.Write(to, served, subject, parameters, requestId);

    // A list that is shorter than k is all there is.
    static bool IsHeldReady(Release release, Ordinal item, in Parameters parameters) =>
        release.NeighborsOf(item).Length is var length && (length < release.Summary.K || parameters.Offset + parameters.Limit <= length);

    /// <summary>Finds what is served under an id: a pushed item, or one of the release that may be shown.</summary>
    internal static Problem? Find(ServedCollection served, ReadOnlySpan<byte> id, out Hit subject)
    {
        subject = default;
        var overlay = served.Overlay;
        if (overlay.Items.Count > 0 && overlay.Items.TryGetValue(Encoding.UTF8.GetString(id), out var laid))
        {
            if (laid.Fields is null) return NotFound(id, served.Name);
            subject = new(new(laid.Row), laid, 0, 0, -1);
            return null;
        }
        if (served.Release is null)
            return !served.LacksRelease && overlay.Number > 0
                ? NotFound(id, served.Name)
                : new(ProblemKind.NoRelease, $"the collection {served.Name} has no live release that can be served; build one and publish it");
        if (!served.Release.Release.TryFind(id, out var item) || overlay.IsMasked(item)) return NotFound(id, served.Name);
        subject = new(item, null, 0, 0, -1);
        return null;
    }

    // Needless escapes of plain letters mean the same address: RFC 3986 §6.2.2.2.
    string NameOf(ReadOnlySpan<char> sent)
    {
        if (live.Current.TryFind(sent, out var known)) return known.Name;
        Span<byte> utf8 = stackalloc byte[CollectionName.MaxLength];
        return sent.Contains('%') && PercentText.Decode(sent, plusIsSpace: false, utf8, out var length) is Decoding.Done
            ? Encoding.UTF8.GetString(utf8[..length])
            : sent.ToString();
    }

    Problem Unknown(string name) => live.Current.IsKnown ? UnknownCollection(name) : NotKnownYet;

    static Problem NotKnownYet => new(ProblemKind.NotReady, "the store was not reached since this server started, and there is nothing here to answer from meanwhile", RetryAfter: 1);

    internal static Problem UnknownCollection(string name) =>
        new(ProblemKind.UnknownCollection, $"the collection \"{Problem.Shown(name)}\" is not known; /v1/collections lists those that are");

    /// <summary>Decodes the id, from the path or the query.</summary>
    internal static Problem? DecodeId(Target target, ReadOnlySpan<char> idInQuery, ref Span<byte> id)
    {
        var sent = target.IdInQuery ? idInQuery : target.Id;
        var decoding = PercentText.Decode(sent, plusIsSpace: target.IdInQuery, id, out var length);
        id = id[..length];
        return decoding switch
        {
            Decoding.Done when length == 0 => new(ProblemKind.InvalidId, "the id is empty; expected 1 to 512 bytes of UTF-8"),
            Decoding.Done => null,
            Decoding.BadEscape => new(ProblemKind.InvalidId, $"the id \"{Problem.Shown(sent.ToString())}\" has a character or percent sign that is not escaped; expected UTF-8 with %XX"),
            Decoding.BadUtf8 => new(ProblemKind.InvalidId, $"the id \"{Problem.Shown(sent.ToString())}\" is not UTF-8 once its %XX are decoded"),
            _ => new(ProblemKind.InvalidId, $"the id has more than {ItemId.MaxBytes} bytes; expected 1 to {ItemId.MaxBytes}"),
        };
    }

    // No release holds a text that is no id, so the check is made only when it was not found.
    static Problem NotFound(ReadOnlySpan<byte> id, string collection)
    {
        var text = Encoding.UTF8.GetString(id);
        return ItemId.Check(text, out _) is { } fault
            ? new(ProblemKind.InvalidId, fault)
            : new(ProblemKind.UnknownItem, $"the collection {collection} has no item \"{Problem.Shown(text)}\"");
    }

    static void WriteItem(Answer to, ServedCollection served, Hit subject, in Parameters parameters, string requestId)
    {
        to.Put("{\"itemId\":"u8);
        to.Put(subject.Pushed is { } pushed ? pushed.IdJson.Span : served.Release!.Release.IdJsonOf(subject.Item));
        to.Put(served.AfterId);
        to.PutPlain(requestId);
        to.Put("\",\"fields\":"u8);
        if (subject.Pushed?.Fields is { } fields) parameters.Fields.Write(fields, to);
        else parameters.Fields.Write(served.Release!.Release, subject.Item, to);
        to.Put("}"u8);
    }

    // ── /v1/collections, /health, /openapi ──

    Problem? AnswerCollections(HttpContext context)
    {
        if (access.HasKeys && access.Check(context.Request, Scopes.Read, null, out _) is { Kind: var kind } refused && kind == ProblemKind.Unauthorized) return refused;
        if (!live.Current.IsKnown) return NotKnownYet;
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteStartArray("collections"u8);
            foreach (var collection in live.Current.InOrder)
                if (access.Check(context.Request, Scopes.Read, collection.Name, out _) is null)
                    WriteCollection(json, collection, context.Request);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    Problem? AnswerCollection(HttpContext context, Target target)
    {
        var name = NameOf(target.Collection);
        if (access.Check(context.Request, Scopes.Read, name, out _) is { } refused) return refused;
        if (!live.Current.TryFind(name, out var collection)) return Unknown(name);
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions)) WriteCollection(json, collection, context.Request);
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    void WriteCollection(Utf8JsonWriter json, ServedCollection collection, HttpRequest request)
    {
        var release = collection.Release?.Summary;
        json.WriteStartObject();
        json.WriteString("name"u8, collection.Name);
        json.WriteString("release"u8, collection.Release?.Version.ToString());
        if (release is not null)
        {
            json.WriteNumber("items"u8, release.Items);
            json.WriteString("provenance"u8, release.Provenance);
            json.WriteBoolean("calibrated"u8, release.Calibrated);
        }
        if (collection.Traffic is { } traffic)
        {
            json.WriteStartObject("rollout"u8);
            json.WriteNumber("number"u8, traffic.Rollout.Number);
            json.WriteString("candidate"u8, traffic.Rollout.Candidate);
            json.WriteNumber("percent"u8, traffic.Weight / 100.0);
            json.WriteEndObject();
        }
        json.WriteNumber("change"u8, collection.Overlay.Number);
        json.WriteNumber("pushed"u8, collection.Overlay.Pushed);
        if (builds.StateOf(collection.Name) is { } build)
        {
            json.WriteString("build"u8, build.State);
            // It may name an item that is hidden: it is for those who may build.
            if (build.Fault is not null && access.Check(request, Scopes.Admin, collection.Name, out _) is null) json.WriteString("buildFault"u8, build.Fault);
        }
        json.WriteEndObject();
    }

    Problem? AnswerLive(HttpContext context)
    {
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "live"u8);
            WriteVersion(json);
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    void WriteVersion(Utf8JsonWriter json)
    {
        json.WriteString("version"u8, options.Version);
        json.WriteString("track"u8, options.Track is Track.Canary ? "canary"u8 : "stable"u8);
    }

    Problem? AnswerReady(HttpContext context)
    {
        var current = live.Current;
        var faults = current.InOrder
            .Where(collection => collection.Fault is not null)
            .Select(collection => $"{collection.Name}: release {collection.Wanted}: {collection.Fault}; serving {collection.Release?.Version.ToString() ?? "nothing"}")
            .ToList();
        if (!current.IsKnown) return NotKnownYet;
        if (!current.Ready) return new(ProblemKind.NotReady, string.Join("; ", faults));
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ready"u8);
            WriteVersion(json);
            json.WriteStartArray("faults"u8);
            foreach (var fault in faults) json.WriteStringValue(fault);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Leaving.Send(context, 200, Leaving.Json, answer.Written, "no-store");
        return null;
    }

    static Problem? AnswerOpenApi(HttpContext context)
    {
        if (!Leaving.IsUnchanged(context, OpenApiTag)) Leaving.Send(context, 200, Leaving.Json, OpenApi);
        return null;
    }

    static byte[] ReadOpenApi()
    {
        using var stream = typeof(Api).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
