using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Ranking;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>
/// Every request, from its raw target to its answer, in one terminal delegate: read the target, lease the release, write the
/// whole body, return the lease, hand the body to the connection. Nothing here waits, and nothing touches a disk or a database.
/// </summary>
sealed class Api(LiveReleases live, DrainLifetime lifetime, ILogger<Api> logger)
{
    const string Json = "application/json";
    const string ProblemJson = "application/problem+json";

    static readonly byte[] OpenApi = ReadOpenApi();
    static readonly string OpenApiTag = Etag.Of(OpenApi);

    internal Task HandleAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers["X-Request-Id"] = context.TraceIdentifier;
        if (lifetime.Draining) response.Headers.Connection = "close";
        try
        {
            if (Answer(context) is { } problem) Refuse(context, problem);
        }
#pragma warning disable CA1031 // The last place where a fault can become an answer.
        catch (Exception fault) when (!response.HasStarted)
#pragma warning restore CA1031
        {
            Log.RequestFailed(logger, fault, context.TraceIdentifier, TraceIdOf(context));
            response.Headers.Remove("ETag");
            Refuse(context, new(ProblemKind.Internal, "the server failed to answer; its log has the traceId"));
        }
        return Task.CompletedTask;
    }

    Problem? Answer(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var target = Target.Parse(raw);
        if (target.Route is Route.None)
            return new(ProblemKind.UnknownRoute, $"there is nothing at {Problem.Shown(raw)}; /openapi/v1.json lists what there is");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            return new(ProblemKind.MethodNotAllowed, $"the method is {Problem.Shown(context.Request.Method)}; expected GET or HEAD");
        }
        return target.Route switch
        {
            Route.Related or Route.Item => AnswerItem(context, target),
            _ when Parameters.ReadNone(target) is { } problem => problem,
            Route.Collections => AnswerCollections(context),
            Route.Ready => AnswerReady(context),
            Route.OpenApi => AnswerOpenApi(context),
            _ => AnswerLive(context),
        };
    }

    // ── /v1/collections/{c}/items/{id}[/related] and the twins with ?id= ──

    Problem? AnswerItem(HttpContext context, Target target)
    {
        if (!TryLease(target.Collection, out var served))
            return new(ProblemKind.UnknownCollection, $"the collection \"{Problem.Shown(target.Collection.ToString())}\" is not known; /v1/collections lists those that are");
        try
        {
            if (Parameters.Read(target, out var parameters) is { } wrong) return wrong;
            Span<byte> id = stackalloc byte[ItemId.MaxBytes];
            if (DecodeId(target, parameters, ref id) is { } noId) return noId;
            if (served is null)
                return new(ProblemKind.NoRelease, $"the collection {target.Collection} has no live release that can be served; build one and publish it");
            if (!served.Release.TryFind(id, out var item)) return NotFound(id, target.Collection);

            var tag = served.TagOf(target.Route, parameters);
            if (IsUnchanged(context, tag)) return null;
            var answer = Server.Answer.Begin();
            if (target.Route is Route.Related)
                RelatedAnswer.Write(answer, served, item, parameters, context.TraceIdentifier);
            else
                WriteItem(answer, served, item, parameters, context.TraceIdentifier);
            Send(context, 200, Json, answer.Written);
            return null;
        }
        finally
        {
            served?.Return();
        }
    }

    bool TryLease(ReadOnlySpan<char> name, out ServedRelease? served)
    {
        if (!name.Contains('%')) return live.TryLease(name, out served);
        // Needless escapes of plain letters mean the same address: RFC 3986 §6.2.2.2.
        served = null;
        Span<byte> utf8 = stackalloc byte[CollectionName.MaxLength];
        return PercentText.Decode(name, plusIsSpace: false, utf8, out var length) is Decoding.Done
            && live.TryLease(Encoding.UTF8.GetString(utf8[..length]), out served);
    }

    static Problem? DecodeId(Target target, in Parameters parameters, ref Span<byte> id)
    {
        var sent = target.IdInQuery ? parameters.Id : target.Id;
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
    static Problem NotFound(ReadOnlySpan<byte> id, ReadOnlySpan<char> collection)
    {
        var text = Encoding.UTF8.GetString(id);
        return ItemId.Check(text, out _) is { } fault
            ? new(ProblemKind.InvalidId, fault)
            : new(ProblemKind.UnknownItem, $"the collection {collection} has no item \"{Problem.Shown(text)}\"");
    }

    static void WriteItem(Answer to, ServedRelease served, Ordinal item, in Parameters parameters, string requestId)
    {
        to.Put("{\"itemId\":"u8);
        to.Put(served.Release.IdJsonOf(item));
        to.Put(served.AfterId);
        to.PutPlain(requestId);
        to.Put("\",\"fields\":"u8);
        parameters.Fields.Write(served.Release, item, to);
        to.Put("}"u8);
    }

    // ── /v1/collections, /health, /openapi ──

    Problem? AnswerCollections(HttpContext context)
    {
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("requestId"u8, context.TraceIdentifier);
            json.WriteStartArray("collections"u8);
            foreach (var collection in live.Current.InOrder)
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
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Send(context, 200, Json, answer.Written, "no-store");
        return null;
    }

    static Problem? AnswerLive(HttpContext context)
    {
        Send(context, 200, Json, "{\"status\":\"live\"}"u8, "no-store");
        return null;
    }

    Problem? AnswerReady(HttpContext context)
    {
        var current = live.Current;
        var faults = current.InOrder
            .Where(collection => collection.Fault is not null)
            .Select(collection => $"{collection.Name}: release {collection.Wanted}: {collection.Fault}; serving {collection.Release?.Version.ToString() ?? "nothing"}")
            .ToList();
        if (!current.Ready) return new(ProblemKind.NotReady, string.Join("; ", faults));
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ready"u8);
            json.WriteStartArray("faults"u8);
            foreach (var fault in faults) json.WriteStringValue(fault);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Send(context, 200, Json, answer.Written, "no-store");
        return null;
    }

    static Problem? AnswerOpenApi(HttpContext context)
    {
        if (!IsUnchanged(context, OpenApiTag)) Send(context, 200, Json, OpenApi);
        return null;
    }

    static byte[] ReadOpenApi()
    {
        using var stream = typeof(Api).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    // ── how an answer leaves ──

    static bool IsUnchanged(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "private, no-cache";
        if (context.Request.Headers.IfNoneMatch is not { Count: > 0 } known || !Etag.Matches(known, tag)) return false;
        context.Response.StatusCode = 304;
        return true;
    }

    static void Refuse(HttpContext context, Problem problem)
    {
        var answer = Server.Answer.Begin();
        using (var json = new Utf8JsonWriter(answer, Server.Answer.JsonOptions))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "urn:cantor:problem:" + problem.Kind.Code);
            json.WriteString("title"u8, problem.Kind.Title);
            json.WriteNumber("status"u8, problem.Kind.Status);
            json.WriteString("detail"u8, problem.Detail);
            json.WriteString("code"u8, problem.Kind.Code);
            json.WriteString("traceId"u8, TraceIdOf(context));
            json.WriteEndObject();
        }
        Send(context, problem.Kind.Status, ProblemJson, answer.Written, "no-store");
    }

    static void Send(HttpContext context, int status, string type, ReadOnlySpan<byte> body, string? cacheControl = null)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = body.Length;
        if (cacheControl is not null) response.Headers.CacheControl = cacheControl;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var writer = response.BodyWriter;
        body.CopyTo(writer.GetSpan(body.Length));
        writer.Advance(body.Length);
    }

    // The caller's trace when it sent a traceparent, else one of our own: whoever reads the log finds the request by it.
    static string TraceIdOf(HttpContext context)
    {
        if (Activity.Current is { } activity) return activity.TraceId.ToHexString();
        return ActivityContext.TryParse(context.Request.Headers.TraceParent, null, out var caller)
            ? caller.TraceId.ToHexString()
            : ActivityTraceId.CreateRandom().ToHexString();
    }
}
