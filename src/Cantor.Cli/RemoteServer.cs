using System.CommandLine;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Server;

namespace Cantor.Cli;

/// <summary>A server that a command speaks to instead of a store.</summary>
sealed class RemoteServer : IDisposable
{
    readonly HttpClient _client;

    RemoteServer(Uri url)
    {
        _client = new() { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        if (Environment.GetEnvironmentVariable("CANTOR_KEY") is { Length: > 0 } key) _client.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    internal static Option<string?> Option() => new("--server") { Description = "A server's address, to act over its API with the key in the variable CANTOR_KEY." };

    /// <summary>Null when no server is named.</summary>
    /// <exception cref="InputFaultException">It is no address.</exception>
    internal static RemoteServer? Of(string? url) =>
        url is null ? null
        : ServerOptions.AddressOf(url) is { } address ? new(address)
        : throw new InputFaultException("--server", null, "expected a server's address, http://HOST:PORT or https://HOST and no path behind it, and the key in the variable CANTOR_KEY");

    public void Dispose() => _client.Dispose();

    /// <summary>Sends a request; what is refused is told as the server tells it.</summary>
    internal async Task<JsonNode?> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) };
        try
        {
            using var answer = await _client.SendAsync(request, cancellationToken);
            var said = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode) return JsonNode.Parse(said);
            var problem = answer.Content.Headers.ContentType?.MediaType is "application/problem+json" ? JsonNode.Parse(said) : null;
            throw new InputFaultException(_client.BaseAddress!.ToString(), null, problem is null ? $"answered {(int)answer.StatusCode}" : $"{(string?)problem["detail"]} ({(string?)problem["code"]})");
        }
        catch (HttpRequestException fault)
        {
            throw new InputFaultException(_client.BaseAddress!.ToString(), null, $"cannot be reached: {fault.Message}", fault);
        }
        catch (TaskCanceledException fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InputFaultException(_client.BaseAddress!.ToString(), null, "did not answer within 30 s", fault);
        }
    }
}
