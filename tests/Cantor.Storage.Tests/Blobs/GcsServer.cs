using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cantor.Storage.Tests.Blobs;

/// <summary>
/// One bucket that answers as the documented JSON REST of Google Cloud Storage does: resumable uploads with 308 and Range,
/// media downloads with ranges, lists in pages. Beside it a metadata server and a token endpoint. Faults are laid before requests.
/// </summary>
sealed class GcsServer : IAsyncDisposable
{
    const int PageSize = 2, ChunkUnit = 256 << 10;

    readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, (string Name, long Length, MemoryStream Bytes)> _uploads = new(StringComparer.Ordinal);
    readonly WebApplication _app;

    GcsServer(WebApplication app) => _app = app;

    internal string Url => _app.Urls.First();

    internal string Bucket => "cantor-test";

    /// <summary>Only a request with this token is served; null for all.</summary>
    internal string? Token { get; set; }

    /// <summary>How many tokens were given.</summary>
    internal int TokensGiven { get; private set; }

    /// <summary>What a service account showed for its last token.</summary>
    internal string? LastAssertion { get; private set; }

    /// <summary>"METHOD status" of all requests for objects.</summary>
    internal ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Looked at before each request: what is to go wrong now. Null for nothing; a status; -1 for "cut in the middle", -2 for "silent from the middle on".</summary>
    internal Func<HttpRequest, int?> Fault { get; set; } = _ => null;

    internal static async Task<GcsServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var server = new GcsServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(cancellationToken);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        if (path.Contains("/token", StringComparison.Ordinal))
        {
            var fromMetadata = request.Method == "GET" && request.Headers["Metadata-Flavor"] == "Google";
            if (request.HasFormContentType) LastAssertion = request.Form["assertion"];
            response.StatusCode = fromMetadata || LastAssertion is not null ? 200 : 403;
            TokensGiven++;
            Token = FormattableString.Invariant($"token-{TokensGiven}");
            await response.WriteAsync($$"""{"access_token":"{{Token}}","expires_in":3600,"token_type":"Bearer"}""");
            return;
        }
        var fault = Fault(request);
        if (Token is not null && request.Headers.Authorization != "Bearer " + Token) fault = 401;
        if (fault is > 0) response.StatusCode = fault.Value;
        else await ObjectsAsync(context, cut: fault == -1, silent: fault == -2);
        Log.Enqueue(FormattableString.Invariant($"{request.Method} {response.StatusCode}"));
    }

    async Task ObjectsAsync(HttpContext context, bool cut, bool silent)
    {
        var (request, response) = (context.Request, context.Response);
        var raw = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        var objects = $"/storage/v1/b/{Bucket}/o";
        if (request.Method == "POST" && raw == "/upload" + objects)
        {
            var id = FormattableString.Invariant($"{_uploads.Count}");
            _uploads[id] = (request.Query["name"]!, long.Parse(request.Headers["X-Upload-Content-Length"]!, CultureInfo.InvariantCulture), new());
            response.Headers.Location = $"{Url}/upload/session/{id}";
        }
        else if (request.Method == "PUT" && raw.StartsWith("/upload/session/", StringComparison.Ordinal))
            await UploadAsync(context, _uploads[raw["/upload/session/".Length..]], cut);
        else if (request.Method == "GET" && raw == objects)
            await ListAsync(context);
        else if (raw.StartsWith(objects + "/", StringComparison.Ordinal) && _objects.TryGetValue(Uri.UnescapeDataString(raw[(objects.Length + 1)..]), out var bytes))
        {
            if (request.Method == "GET" && request.Query["alt"] == "media") await DownloadAsync(context, bytes, cut, silent);
            else if (request.Method == "DELETE") response.StatusCode = _objects.TryRemove(Uri.UnescapeDataString(raw[(objects.Length + 1)..]), out _) ? 204 : 404;
            else response.StatusCode = 400;
        }
        else
            response.StatusCode = 404;
    }

    async Task UploadAsync(HttpContext context, (string Name, long Length, MemoryStream Bytes) upload, bool cut)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var range = context.Request.Headers.ContentRange.ToString();
        if (range != $"bytes */{upload.Length}")
        {
            var first = long.Parse(range["bytes ".Length..].Split('-')[0], CultureInfo.InvariantCulture);
            if (first != upload.Bytes.Length || (first + body.Length != upload.Length && body.Length % ChunkUnit != 0))
            {
                context.Response.StatusCode = 400;
                return;
            }
            // Cut: half of it is kept, in whole units, and nobody is told.
            upload.Bytes.Write(body.GetBuffer(), 0, cut ? (int)(body.Length / 2 / ChunkUnit * ChunkUnit) : (int)body.Length);
            if (cut)
            {
                context.Abort();
                return;
            }
        }
        if (upload.Bytes.Length == upload.Length)
        {
            _objects[upload.Name] = upload.Bytes.ToArray();
            await context.Response.WriteAsync($$"""{"kind":"storage#object","name":"{{upload.Name}}"}""");
            return;
        }
        context.Response.StatusCode = 308;
        if (upload.Bytes.Length > 0) context.Response.Headers["Range"] = FormattableString.Invariant($"bytes=0-{upload.Bytes.Length - 1}");
    }

    static async Task DownloadAsync(HttpContext context, byte[] bytes, bool cut, bool silent)
    {
        var range = context.Request.Headers.Range.ToString();
        var first = range.Length == 0 ? 0 : int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        if (range.Length > 0 && first >= bytes.Length)
        {
            context.Response.StatusCode = 416;
            return;
        }
        if (range.Length > 0) context.Response.StatusCode = 206;
        context.Response.ContentLength = bytes.Length - first;
        await context.Response.Body.WriteAsync(bytes.AsMemory(first, cut || silent ? (bytes.Length - first) / 2 : bytes.Length - first));
        await context.Response.Body.FlushAsync();
        if (silent) await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        if (cut) context.Abort();
    }

    async Task ListAsync(HttpContext context)
    {
        var (prefix, after) = (context.Request.Query["prefix"].ToString(), context.Request.Query["pageToken"].ToString());
        var names = _objects.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(name, after) > 0).Order(StringComparer.Ordinal).ToList();
        var page = names.Take(PageSize).ToList();
        var items = string.Join(',', page.Select(name => $$"""{"name":"{{name}}"}"""));
        var next = names.Count > PageSize ? $",\"nextPageToken\":\"{page[^1]}\"" : "";
        await context.Response.WriteAsync(page.Count == 0 ? "{}" : $"{{\"kind\":\"storage#objects\",\"items\":[{items}]{next}}}");
    }
}
