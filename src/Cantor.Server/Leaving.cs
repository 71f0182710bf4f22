using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cantor.Server;

/// <summary>How an answer leaves.</summary>
static class Leaving
{
    internal const string Json = "application/json";
    const string ProblemJson = "application/problem+json";

    /// <summary>Sets the tag; when the caller has that answer already, says so.</summary>
    internal static bool IsUnchanged(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.CacheControl = "private, no-cache";
        if (context.Request.Headers.IfNoneMatch is not { Count: > 0 } known || !Etag.Matches(known, tag)) return false;
        context.Response.StatusCode = 304;
        return true;
    }

    /// <summary>Sends a problem.</summary>
    internal static void Refuse(HttpContext context, Problem problem)
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
        if (problem.Kind == ProblemKind.Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        if (problem.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        Send(context, problem.Kind.Status, ProblemJson, answer.Written, "no-store");
    }

    /// <summary>Answers for a fault that nobody foresaw.</summary>
    internal static void Fail(HttpContext context, Exception fault, ILogger logger)
    {
        Log.RequestFailed(logger, fault, context.TraceIdentifier, TraceIdOf(context));
        context.Response.Headers.Remove("ETag");
        Refuse(context, new(ProblemKind.Internal, "the server failed to answer; its log has the traceId"));
    }

    /// <summary>Sends a whole body.</summary>
    internal static void Send(HttpContext context, int status, string type, ReadOnlySpan<byte> body, string? cacheControl = null)
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
    internal static string TraceIdOf(HttpContext context)
    {
        if (Activity.Current is { } activity) return activity.TraceId.ToHexString();
        return ActivityContext.TryParse(context.Request.Headers.TraceParent, null, out var caller)
            ? caller.TraceId.ToHexString()
            : ActivityTraceId.CreateRandom().ToHexString();
    }
}
