using System.Text.Json;
using Cantor.Gateway.Config;
using Cantor.Gateway.Shadowing;
using Cantor.Server.Rollouts;
using Cantor.Storage.Gateways;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Cantor.Gateway.Proxying;

/// <summary>
/// Answers requests by one side or the other. A request that may be asked twice (GET, HEAD, OPTIONS without a body) and that its
/// side fails is asked again, within the route's budget: of the old side when the new one failed, and as the route's rescue says
/// when the old one did.
/// </summary>
sealed class Proxy(IHttpForwarder forwarder, LiveRoutes routes, ShadowQueue shadows, TimeProvider time, ILogger<Proxy> logger)
{
    // With less time left another try is not worth it.
    static readonly TimeSpan LeastTry = TimeSpan.FromMilliseconds(20);

    internal Task HandleAsync(HttpContext context)
    {
        var routing = routes.Current;
        var target = TargetOf(context);
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? target.AsSpan() : target.AsSpan(0, question);
        if (path.StartsWith("/.gateway/", StringComparison.Ordinal)) return AnswerOwnAsync(context, path);
        var query = question < 0 ? default : target.AsSpan(question + 1);
        Span<Range> filled = stackalloc Range[PathPattern.MostHoles];
        var route = Find(routing, context.Request.Method, path, filled);
        var unit = route.Draws || route.Config.NewPath is { NeedsUnit: true } ? UnitOf(context.Request, routing.Config.Units, query) : null;
        var newTarget = route == routing.Other ? null : route.Config.NewPath is { } template ? template.Fill(route.Config.Path, path, filled, query, unit) : target;
        var toNew = newTarget is not null && (route.Mode is RouteMode.Cutover || route.Draws && route.IsNew(unit, context.TraceIdentifier));
        var repeatable = IsRepeatable(context);
        ShadowAsk? shadow = null;
        if (route.Mode is RouteMode.Shadow && repeatable && newTarget is not null && route.Health.Draw(route.Config.Sample, route.Config.MostPerSecond))
            shadow = new(routing, route, target, newTarget, SelfOf(route.Config, path, filled, query));
        return AnswerAsync(context, new(routing, route, target, newTarget, toNew, repeatable), shadow);
    }

    /// <summary>What is known of a request before it is answered.</summary>
    readonly record struct Request(Routing Routing, LiveRoute Route, string Target, string? NewTarget, bool ToNew, bool Repeatable);

    async Task AnswerAsync(HttpContext context, Request request, ShadowAsk? shadow)
    {
        var (route, health) = (request.Route, request.Route.Health);
        var (began, toNew) = (time.GetTimestamp(), FirstSide(request));
        var diverted = toNew != request.ToNew;
        if (diverted)
        {
            health.Diverted();
            // Whoever is kept from a side because it fails is one whom it fails.
            Count(route, request.ToNew, Outcome.Failed);
        }
        int askedOld = 0, askedNew = 0;
        for (var first = true; ; first = false)
        {
            _ = toNew ? askedNew++ : askedOld++;
            var left = route.Config.Budget - time.GetElapsedTime(began);
            var timeout = left < route.Config.Timeout ? left : route.Config.Timeout;
            var counted = first && !diverted && route.Tallies is not null;
            bool? Next(bool timedOut, bool anyTime) => anyTime || route.Config.Budget - time.GetElapsedTime(began) >= LeastTry ? NextSide(request, toNew, askedOld, askedNew, timedOut) : null;
            using var attempt = new Attempt(toNew ? request.Routing.New : request.Routing.Old, toNew ? "new" : "old", toNew ? request.NewTarget! : request.Target)
            {
                Holds = request.Repeatable && (counted || shadow is not null || toNew || route.Config.Rescue is not Rescue.None),
                MayFollow = () => Next(timedOut: false, anyTime: false) is not null,
                Shape = toNew ? route.Config.Answer : null,
            };
            var asked = time.GetTimestamp();
            var side = toNew ? request.Routing.New : request.Routing.Old;
            var error = await forwarder.SendAsync(context, side.Config.Url, side.Client, timeout == route.Config.Timeout ? route.Request : new() { ActivityTimeout = timeout }, attempt);
            var took = time.GetElapsedTime(asked);
            if (context.RequestAborted.IsCancellationRequested) return; // nobody waits for it any more
            var failed = error is not ForwarderError.None || attempt.Refused || attempt.Misshapen;
            Tell(toNew ? health.New : health.Old, failed, toNew, route);
            if (counted) Count(route, toNew, OutcomeOf(route, attempt, failed, took, toNew));
            if (failed && !context.Response.HasStarted && (attempt.Discarded || error is not ForwarderError.None)
                && Next(error is not ForwarderError.None && took >= timeout * .9, attempt.Discarded) is { } next)
            {
                context.Response.Clear();
                toNew = next;
                continue;
            }
            if (failed) health.Failed();
            else
            {
                health.Answered(toNew);
                if (!first || diverted) health.Rescued();
            }
            if (shadow is not null && !toNew && first && !failed) shadows.Offer(shadow.Taken(context.Request, attempt, took, time.GetUtcNow()));
            if (error is not ForwarderError.None && !context.Response.HasStarted) await RefuseAsync(context, took >= timeout * .9);
            else if (attempt.Held is { } held) await context.Response.Body.WriteAsync(attempt.Shaped ?? held.Bytes, context.RequestAborted);
            return;
        }
    }

    // ── which side ──

    /// <summary>The side that was drawn, or the other one where its breaker is open.</summary>
    static bool FirstSide(in Request request)
    {
        var health = request.Route.Health;
        // Only what may be asked twice tries a side that is out.
        if (request.ToNew) return (request.Repeatable ? health.New.Allows() : !health.New.IsOpen) || health.Old.IsOpen;
        return request.Repeatable && request.NewTarget is not null && request.Route.Config.Rescue is Rescue.New && !health.Old.Allows() && !health.New.IsOpen;
    }

    /// <summary>Which side is asked when one has failed; null for none.</summary>
    static bool? NextSide(in Request request, bool failedNew, int askedOld, int askedNew, bool timedOut)
    {
        if (!request.Repeatable) return null;
        var (health, rescue) = (request.Route.Health, request.Route.Config.Rescue);
        if (failedNew) return askedOld == 0 && (request.ToNew || !health.Old.IsOpen) ? false : null;
        // A side that let the time run out is not waited for a second time.
        if (rescue is not Rescue.None && askedOld == 1 && !timedOut) return false;
        return rescue is Rescue.New && askedNew == 0 && request.NewTarget is not null && !health.New.IsOpen ? true : null;
    }

    static LiveRoute Find(Routing routing, string method, ReadOnlySpan<char> path, Span<Range> filled)
    {
        foreach (var route in routing.Routes)
            if ((route.Config.Methods.Count == 0 || route.Config.Methods.Contains(method)) && route.Config.Path.Matches(path, filled)) return route;
        return routing.Other;
    }

    static string? UnitOf(HttpRequest request, IReadOnlyList<UnitSource> units, ReadOnlySpan<char> query)
    {
        foreach (var unit in units)
        {
            var value = unit.Kind switch
            {
                "header" => request.Headers[unit.Name].ToString(),
                "cookie" => request.Cookies[unit.Name],
                _ => Uri.UnescapeDataString(TargetTemplate.InQuery(query, unit.Name).ToString()),
            };
            if (!string.IsNullOrEmpty(value)) return value;
        }
        return null;
    }

    static string? SelfOf(RouteConfig route, ReadOnlySpan<char> path, ReadOnlySpan<Range> filled, ReadOnlySpan<char> query)
    {
        var hole = Array.IndexOf(route.Path.Holes, route.Self);
        var value = hole >= 0 ? path[filled[hole]] : TargetTemplate.InQuery(query, route.Self);
        return value.IsEmpty ? null : Uri.UnescapeDataString(value.ToString());
    }

    static bool IsRepeatable(HttpContext context) =>
        context.Request.Method is "GET" or "HEAD" or "OPTIONS" && context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true };

    // As the client sent it: nothing is decoded, so nothing can be decoded once too often.
    static string TargetOf(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (raw is ['/', ..]) return raw;
        var host = raw.IndexOf("://", StringComparison.Ordinal);
        var slash = host < 0 ? -1 : raw.IndexOf('/', host + 3);
        return slash < 0 ? "/" : raw[slash..];
    }

    // ── what is counted ──

    void Tell(Breaker breaker, bool failed, bool isNew, LiveRoute route)
    {
        if (!failed) breaker.Succeeded();
        else if (breaker.Failed()) Log.SideOut(logger, route.Config.Name, isNew ? "new" : "old", route.Config.BreakerFailures, route.Config.BreakerPause.TotalSeconds);
    }

    void Count(LiveRoute route, bool isNew, Outcome outcome)
    {
        if (route.Tallies is var (old, young)) (isNew ? young : old).Add(time.GetUtcNow(), outcome);
    }

    static Outcome OutcomeOf(LiveRoute route, Attempt attempt, bool failed, TimeSpan took, bool isNew)
    {
        var outcome = took.TotalMilliseconds > route.Rollout!.Plan.SlowMs ? Outcome.Slow : Outcome.Good;
        if (failed) return outcome | Outcome.Failed;
        if ((isNew ? route.Config.NewIds : route.Config.OldIds) is not { } ids) return outcome;
        var empty = attempt.Status == 404 || attempt is { Status: 200, Held: { } held } && ids.Read(held.Bytes, attempt.Encoding, out _) is not { Count: > 0 };
        return empty ? outcome | Outcome.Empty : outcome;
    }

    // ── what the gateway answers itself ──

    static Task RefuseAsync(HttpContext context, bool timedOut)
    {
        context.Response.Clear();
        return WriteAsync(context, timedOut ? 504 : 502, "application/problem+json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["type"] = "urn:cantor:problem:no-side",
            ["title"] = "No side answered",
            ["status"] = timedOut ? 504 : 502,
            ["detail"] = timedOut ? "the side behind the gateway did not answer in time" : "the side behind the gateway cannot be reached",
            ["code"] = "no-side",
        }));
    }

    Task AnswerOwnAsync(HttpContext context, ReadOnlySpan<char> path) => path switch
    {
        "/.gateway/live" => WriteAsync(context, 200, "application/json", """{"status":"live"}"""),
        "/.gateway/ready" => WriteAsync(context, 200, "application/json", JsonSerializer.Serialize(new { status = "ready", change = routes.Current.Change, config = routes.Current.Config.Hash }, JsonSerializerOptions.Web)),
        _ => WriteAsync(context, 404, "application/json", """{"status":"unknown"}"""),
    };

    static Task WriteAsync(HttpContext context, int status, string type, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(body, context.RequestAborted);
    }
}
