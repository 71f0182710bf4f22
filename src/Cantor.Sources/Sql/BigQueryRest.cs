using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Google;

namespace Cantor.Sources.Sql;

/// <summary>
/// The few requests of BigQuery's REST that a query takes. What the service says is passing (408, 429, 5xx, and 403 for asking too fast) is
/// asked again with growing waits; everything else is a fault with the service's own words.
/// </summary>
sealed class BigQueryRest : IDisposable
{
    const int Attempts = 6;

    /// <summary>How long one request waits for a query that runs.</summary>
    internal static readonly TimeSpan Poll = TimeSpan.FromSeconds(10);

    // Reasons of 403 that pass by themselves.
    static readonly string[] Passing = ["rateLimitExceeded", "jobRateLimitExceeded", "userRateLimitExceeded"];

    readonly BigQueryUrl _url;
    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(240) };
    readonly GoogleTokens? _tokens;
    readonly TimeProvider _time;
    readonly TimeSpan _firstWait;
    readonly string _base;

    internal BigQueryRest(BigQueryUrl url, TimeProvider time, TimeSpan firstWait)
    {
        (_url, _time, _firstWait) = (url, time, firstWait);
        _tokens = url.Endpoint is null ? GoogleTokens.OfThisProcess(GoogleTokens.BigQuery, _http, time) : null;
        _base = $"{url.Endpoint ?? "https://bigquery.googleapis.com"}/bigquery/v2/projects/{Uri.EscapeDataString(url.Project)}";
    }

    public void Dispose()
    {
        _tokens?.Dispose();
        _http.Dispose();
    }

    /// <summary>The columns of a query, which is not run: that costs nothing.</summary>
    internal async Task<IReadOnlyList<string>> ColumnsAsync(string query, CancellationToken cancellationToken)
    {
        var job = new JsonObject { ["configuration"] = new JsonObject { ["dryRun"] = true, ["query"] = new JsonObject { ["query"] = query, ["useLegacySql"] = false } } };
        if (_url.Location is not null) job["jobReference"] = new JsonObject { ["projectId"] = _url.Project, ["location"] = _url.Location };
        using var answer = await AskAsync(() => Post("/jobs", job), cancellationToken);
        return answer.RootElement.TryGetProperty("statistics", out var statistics) && statistics.TryGetProperty("query", out var told) && told.TryGetProperty("schema", out var schema)
            ? [.. schema.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString()!)]
            : throw new InputFaultException(_url.Name, null, "the query gives no rows; expected one SELECT");
    }

    /// <summary>Begins a query.</summary>
    /// <param name="query">The SQL.</param>
    /// <param name="timeout">After which the service ends it.</param>
    /// <param name="requestId">Asked again under the same, it is not begun twice.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>Its first answer, rows or not.</returns>
    internal Task<JsonDocument> BeginAsync(string query, TimeSpan timeout, string requestId, CancellationToken cancellationToken)
    {
        var request = new JsonObject
        {
            ["query"] = query,
            ["useLegacySql"] = false,
            ["timeoutMs"] = (long)Poll.TotalMilliseconds,
            ["jobTimeoutMs"] = ((long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
            ["requestId"] = requestId,
        };
        if (_url.Location is not null) request["location"] = _url.Location;
        return AskAsync(() => Post("/queries", request), cancellationToken);
    }

    /// <summary>The next rows of a query, or that it still runs.</summary>
    internal Task<JsonDocument> GoOnAsync(string job, string? location, string? page, CancellationToken cancellationToken)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/queries/{Uri.EscapeDataString(job)}?timeoutMs={Poll.TotalMilliseconds}");
        if (location is not null) path += $"&location={Uri.EscapeDataString(location)}";
        if (page is not null) path += $"&pageToken={Uri.EscapeDataString(page)}";
        return AskAsync(() => new(HttpMethod.Get, _base + path), cancellationToken);
    }

    /// <summary>Ends a query that nobody waits for any more; whether that comes through does not matter.</summary>
    internal async Task CancelAsync(string job, string? location)
    {
        using var soon = new CancellationTokenSource(Poll, _time);
        try
        {
            (await AskAsync(() => Post($"/jobs/{Uri.EscapeDataString(job)}/cancel{(location is null ? "" : $"?location={Uri.EscapeDataString(location)}")}", []), soon.Token)).Dispose();
        }
        catch (Exception fault) when (fault is InputFaultException or OperationCanceledException)
        {
            // It ends by its own time.
        }
    }

    HttpRequestMessage Post(string path, JsonObject body) => new(HttpMethod.Post, _base + path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };

    async Task<JsonDocument> AskAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        string? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            string fault;
            try
            {
                using var request = make();
                if (_tokens is not null) request.Headers.Authorization = new("Bearer", await _tokens.GetAsync(refused, cancellationToken));
                using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (answer.IsSuccessStatusCode) return await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                var (message, reason) = Told(await answer.Content.ReadAsStringAsync(cancellationToken));
                fault = string.Create(CultureInfo.InvariantCulture, $"{message ?? answer.ReasonPhrase} ({reason ?? "HTTP"} {(int)answer.StatusCode})");
                if (answer.StatusCode is HttpStatusCode.Unauthorized && refused is null && request.Headers.Authorization is { Parameter: { } token }) refused = token;
                else if (!Passes(answer.StatusCode, reason)) throw new InputFaultException(_url.Name, null, fault);
            }
            catch (Exception failed) when (failed is HttpRequestException or IOException or JsonException || failed is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                fault = $"the service cannot be reached: {failed.Message}";
            }
            if (attempt == Attempts) throw new InputFaultException(_url.Name, null, fault);
            await Task.Delay(_firstWait * (1 << (attempt - 1)), _time, cancellationToken);
        }
    }

    static bool Passes(HttpStatusCode status, string? reason) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
        || status is HttpStatusCode.Forbidden && Passing.Contains(reason);

    /// <summary>What an answer that is no success says: the service's words, and its name for the fault.</summary>
    static (string? Message, string? Reason) Told(string body)
    {
        try
        {
            var error = JsonNode.Parse(body)?["error"];
            return ((string?)error?["message"], (string?)error?["errors"]?[0]?["reason"]);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return (null, null); // somebody on the way answered
        }
    }
}
