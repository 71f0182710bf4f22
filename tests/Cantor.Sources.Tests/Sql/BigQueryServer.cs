using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cantor.Sources.Tests.Sql;

/// <summary>
/// Answers as the documented REST of BigQuery does: jobs.insert as a dry run, jobs.query, jobs.getQueryResults in pages, jobs.cancel. Each
/// query has the rows that are laid here. Faults are laid before requests.
/// </summary>
sealed class BigQueryServer : IAsyncDisposable
{
    const string Project = "/bigquery/v2/projects/my-project";

    readonly WebApplication _app;
    readonly ConcurrentDictionary<string, string> _jobs = new(StringComparer.Ordinal); // by request id

    BigQueryServer(WebApplication app) => _app = app;

    internal string[] Columns { get; set; } = ["id", "title"];

    /// <summary>Each page, of rows as JSON.</summary>
    internal string[][] Pages { get; set; } = [];

    /// <summary>How often the service says that the query still runs.</summary>
    internal int Running { get; set; }

    /// <summary>Looked at before each request: null for nothing, or a status and a body.</summary>
    internal Func<HttpRequest, (int Status, string Body)?> Fault { get; set; } = _ => null;

    /// <summary>What was asked: "POST /jobs", "GET /queries/job-1?…".</summary>
    internal ConcurrentQueue<string> Log { get; } = new();

    internal JsonNode? LastQuery { get; private set; }

    internal int JobsBegun => _jobs.Count;

    internal string Source(string query = "SELECT id, title FROM cms.articles", string options = "") => $"bigquery://my-project?endpoint={Uri.EscapeDataString(_app.Urls.First())}{options}&query={query}";

    internal static string Error(int code, string reason, string message) =>
        new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["errors"] = new JsonArray(new JsonObject { ["reason"] = reason, ["message"] = message }) } }.ToJsonString();

    internal static async Task<BigQueryServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new BigQueryServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        Log.Enqueue($"{request.Method} {path[Math.Min(path.Length, Project.Length)..]}{request.QueryString}");
        if (Fault(request) is { } fault)
        {
            response.StatusCode = fault.Status;
            await response.WriteAsync(fault.Body);
            return;
        }
        var body = request.Method == "POST" ? await JsonNode.ParseAsync(request.Body) : null;
        JsonNode? answer = (request.Method, path[Project.Length..]) switch
        {
            ("POST", "/jobs") when (bool?)body!["configuration"]!["dryRun"] == true => new JsonObject
            {
                ["statistics"] = new JsonObject { ["query"] = new JsonObject { ["schema"] = new JsonObject { ["fields"] = new JsonArray([.. Columns.Select(column => new JsonObject { ["name"] = column, ["type"] = "STRING" })]) } } },
            },
            ("POST", "/queries") => Begin(body!),
            ("GET", "/queries/job-1") => Results(request.Query["pageToken"].FirstOrDefault()),
            ("POST", "/jobs/job-1/cancel") => new JsonObject(),
            _ => null,
        };
        response.StatusCode = answer is null ? 404 : 200;
        await response.WriteAsync((answer ?? JsonNode.Parse(Error(404, "notFound", $"Not found: {path}"))!).ToJsonString());
    }

    JsonObject Begin(JsonNode query)
    {
        LastQuery = query;
        _jobs.TryAdd((string)query["requestId"]!, "job-1");
        return Results(null);
    }

    JsonObject Results(string? page)
    {
        var answer = new JsonObject { ["jobReference"] = new JsonObject { ["projectId"] = "my-project", ["jobId"] = "job-1", ["location"] = "EU" }, ["jobComplete"] = Running == 0 };
        if (Running > 0)
        {
            Running--;
            return answer;
        }
        var number = page is null ? 0 : int.Parse(page, System.Globalization.CultureInfo.InvariantCulture);
        if (number < Pages.Length && Pages[number].Length > 0) answer["rows"] = new JsonArray([.. Pages[number].Select(row => new JsonObject { ["f"] = new JsonArray(new JsonObject { ["v"] = row }) })]);
        if (number + 1 < Pages.Length) answer["pageToken"] = $"{number + 1}";
        return answer;
    }
}
