using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Google;

namespace Cantor.Storage.Blobs;

/// <summary>
/// Objects in a bucket of Google Cloud Storage, by its JSON REST. Uploads are resumable, downloads go on where they broke;
/// what the service says is passing (408, 429, 5xx) is tried again with growing waits; where nobody is reached, less often: people wait for a command to say so.
/// </summary>
sealed class GcsBlobs : IBlobs
{
    internal const string Scheme = "gs://";
    const int Attempts = 6, AttemptsToConnect = 4;

    // The service takes multiples of 256 KiB.
    internal const int ChunkBytes = 8 << 20;

    readonly BucketAddress _address;
    readonly HttpClient _http;
    readonly GoogleTokens? _tokens;
    readonly TimeProvider _time;
    readonly TimeSpan _firstWait, _mostSilence;
    readonly string _endpoint;

    /// <param name="address">gs://bucket/prefix; with an endpoint of one's own, nobody is asked for a token.</param>
    /// <param name="http">Owned from now on.</param>
    /// <param name="tokens">Who gives tokens, owned too; null for requests without.</param>
    /// <param name="time">What waits are measured by.</param>
    /// <param name="firstWait">The wait before the second attempt; doubled each time.</param>
    /// <param name="mostSilence">How long a download may bring nothing before it is begun anew where it is.</param>
    internal GcsBlobs(BucketAddress address, HttpClient http, GoogleTokens? tokens, TimeProvider time, TimeSpan firstWait, TimeSpan mostSilence)
    {
        (_address, _http, _tokens, _time, _firstWait, _mostSilence) = (address, http, tokens, time, firstWait, mostSilence);
        _endpoint = address.Endpoint ?? "https://storage.googleapis.com";
    }

    internal static GcsBlobs Open(string address, TimeProvider time)
    {
        var parsed = BucketAddress.Parse(address, Scheme, "endpoint");
        // 308 is no redirection here but "Resume Incomplete".
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(100) };
        return new(parsed, http, parsed.Endpoint is null ? GoogleTokens.OfThisProcess(GoogleTokens.Storage, http, time) : null, time, TimeSpan.FromSeconds(1), Arrival.MostSilence);
    }

    public string Name => _address.Name;

    string Objects => $"{_endpoint}/storage/v1/b/{Uri.EscapeDataString(_address.Bucket)}/o";

    public async Task PutAsync(string name, string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var session = await BeginUploadAsync(name, file.Length, cancellationToken);
        var chunk = new byte[(int)Math.Min(ChunkBytes, Math.Max(1, file.Length))];
        for (var (sent, stuck) = (0L, 0); sent >= 0;)
        {
            file.Position = sent;
            var count = await file.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancellationToken);
            var next = await UploadAsync(session, chunk.AsMemory(0, count), sent, file.Length, cancellationToken);
            stuck = next == sent ? stuck + 1 : 0;
            if (stuck == Attempts) throw new StoreUnavailableException(Name, $"the upload of {name} does not get beyond byte {sent}", new InvalidDataException("308 without progress"));
            sent = next;
        }
    }

    async Task<Uri> BeginUploadAsync(string name, long length, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(_ => new(HttpMethod.Post, $"{_endpoint}/upload/storage/v1/b/{Uri.EscapeDataString(_address.Bucket)}/o?uploadType=resumable&name={Uri.EscapeDataString(_address.Prefix + name)}")
        {
            Headers = { { "X-Upload-Content-Type", "application/octet-stream" }, { "X-Upload-Content-Length", length.ToString(CultureInfo.InvariantCulture) } },
            Content = new ByteArrayContent([]),
        }, cancellationToken);
        Check(answer);
        return answer.Headers.Location ?? throw new StoreUnavailableException(Name, "an upload began without an address to go on at", new InvalidDataException("no Location"));
    }

    /// <summary>Sends one chunk. After a failed attempt the service is asked how far it came, and what it lacks is sent.</summary>
    /// <returns>Where the next chunk begins; -1 when the service has everything.</returns>
    async Task<long> UploadAsync(Uri session, ReadOnlyMemory<byte> chunk, long at, long length, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(again =>
        {
            // Again: only the question how much is there. Its answer is that of a chunk.
            var content = new ReadOnlyMemoryContent(again ? ReadOnlyMemory<byte>.Empty : chunk);
            content.Headers.TryAddWithoutValidation("Content-Range", again || chunk.Length == 0
                ? string.Create(CultureInfo.InvariantCulture, $"bytes */{length}")
                : string.Create(CultureInfo.InvariantCulture, $"bytes {at}-{at + chunk.Length - 1}/{length}"));
            return new(HttpMethod.Put, session) { Content = content };
        }, cancellationToken);
        if (answer.StatusCode is not HttpStatusCode.PermanentRedirect) // "308 Resume Incomplete"
        {
            Check(answer);
            return -1;
        }
        // Range: bytes=0-N, or none when nothing has come yet.
        return answer.Headers.TryGetValues("Range", out var ranges) && long.TryParse(ranges.First().Split('-')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last + 1 : 0;
    }

    public async Task<bool> GetAsync(string name, FileStream to, CancellationToken cancellationToken)
    {
        for (var broken = 0; ; broken++)
        {
            using var answer = await AskAsync(_ => new(HttpMethod.Get, $"{Objects}/{Uri.EscapeDataString(_address.Prefix + name)}?alt=media")
            {
                Headers = { Range = to.Position > 0 ? new RangeHeaderValue(to.Position, null) : null },
            }, cancellationToken);
            if (answer.StatusCode is HttpStatusCode.NotFound) return false;
            if (answer.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable && to.Position > 0) return true; // it broke behind the last byte
            Check(answer);
            if (answer.StatusCode is not HttpStatusCode.PartialContent) to.SetLength(to.Position = 0);
            try
            {
                await using var from = await answer.Content.ReadAsStreamAsync(cancellationToken);
                await Arrival.CopyAsync(from, to, _mostSilence, cancellationToken);
                return true;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                if (broken == Arrival.MostBreaks) throw new StoreUnavailableException(Name, $"{name} broke off {broken + 1} times: {fault.Message}", fault);
            }
        }
    }

    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        for (string? page = ""; page is not null;)
        {
            var url = $"{Objects}?prefix={Uri.EscapeDataString(_address.Prefix)}&delimiter=%2F&fields=items(name),nextPageToken{(page.Length > 0 ? "&pageToken=" + Uri.EscapeDataString(page) : "")}";
            using var answer = await AskAsync(_ => new(HttpMethod.Get, url), cancellationToken);
            Check(answer);
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            if (json.RootElement.TryGetProperty("items", out var items))
                names.AddRange(items.EnumerateArray().Select(item => item.GetProperty("name").GetString()![_address.Prefix.Length..]));
            page = json.RootElement.TryGetProperty("nextPageToken", out var next) ? next.GetString() : null;
        }
        return names;
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        using var answer = await AskAsync(_ => new(HttpMethod.Delete, $"{Objects}/{Uri.EscapeDataString(_address.Prefix + name)}"), cancellationToken);
        if (answer.StatusCode is not HttpStatusCode.NotFound) Check(answer);
    }

    public void Dispose()
    {
        _tokens?.Dispose();
        _http.Dispose();
    }

    /// <summary>Sends a request until it is answered for good.</summary>
    /// <param name="make">Makes the request; told whether an attempt was made before.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    async Task<HttpResponseMessage> AskAsync(Func<bool, HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        string? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            Exception? fault = null;
            try
            {
                using var request = make(attempt > 1);
                if (_tokens is not null) request.Headers.Authorization = new("Bearer", await _tokens.GetAsync(refused, cancellationToken));
                var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                var status = answer.StatusCode;
                if (status is HttpStatusCode.Unauthorized && refused is null && request.Headers.Authorization is { Parameter: { } token }) refused = token;
                else if (status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests) and < HttpStatusCode.InternalServerError) return answer;
                answer.Dispose();
                if (attempt == Attempts) throw new StoreUnavailableException(Name, $"answers {(int)status}", new HttpRequestException(null, null, status));
            }
            catch (HttpRequestException failed)
            {
                fault = failed;
            }
            catch (TaskCanceledException slow) when (!cancellationToken.IsCancellationRequested)
            {
                fault = slow;
            }
            if (fault is not null && attempt >= (IsNobodyThere(fault) ? AttemptsToConnect : Attempts)) throw new StoreUnavailableException(Name, fault.Message, fault);
            await Task.Delay(_firstWait * (1 << (attempt - 1)), _time, cancellationToken);
        }
    }

    static bool IsNobodyThere(Exception fault) => fault is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    void Check(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
            throw new InputFaultException(Name, null, $"{answer.RequestMessage!.Method} is refused: {(int)answer.StatusCode} {answer.ReasonPhrase}");
    }
}
