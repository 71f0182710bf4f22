using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>What came of giving a route a weight.</summary>
/// <param name="Percent">The canary's share that it has now; null when that is not known.</param>
/// <param name="Fault">Why it does not have the share that it should; null when it has.</param>
/// <param name="Passing">True when it may be otherwise the next time by itself.</param>
readonly record struct Given(double? Percent, string? Fault, bool Passing = false);

/// <summary>
/// An HTTPRoute of Kubernetes: read, and patched where its weights are not what they should be. The patch names the version that was read, so that
/// nothing of what others changed meanwhile is lost.
/// </summary>
sealed class HttpRoute(HttpRouteAddress at)
{
    /// <summary>How long it takes at the most to give a weight, whatever Kubernetes does.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    const int MostConflicts = 3;
    const int MostBytes = 4 << 20;

    /// <summary>Gives the route's canary a share, in hundredths of a percent.</summary>
    internal async Task<Given> GiveAsync(int weight, CancellationToken cancellationToken)
    {
        // A client each time: the account's token and the cluster's certificates are renewed while the server runs.
        using var client = Client();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        double? percent = null;
        try
        {
            for (var conflicts = 0; ; conflicts++)
            {
                var (status, route) = await SendAsync(client, HttpMethod.Get, null, limit.Token);
                if (status is not HttpStatusCode.OK || route is not JsonObject found) return new(null, Told(status, route), IsPassing(status));
                var share = BackendWeights.Of(found);
                percent = share / 100;
                if (share is { } has && Math.Abs(has - weight) < .5) return new(weight / 100.0, null);
                var (rules, fault) = BackendWeights.With(found, weight);
                if (rules is null) return new(percent, fault);
                var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = found["metadata"]?["resourceVersion"]?.DeepClone() }, ["spec"] = new JsonObject { ["rules"] = rules } };
                (status, route) = await SendAsync(client, HttpMethod.Patch, patch, limit.Token);
                if (status is HttpStatusCode.OK) return new(weight / 100.0, null);
                if (status is not HttpStatusCode.Conflict || conflicts == MostConflicts) return new(percent, Told(status, route), IsPassing(status));
            }
        }
        catch (HttpRequestException fault)
        {
            return new(percent, $"Kubernetes cannot be reached: {fault.InnerException?.Message ?? fault.Message}", Passing: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(percent, FormattableString.Invariant($"Kubernetes did not answer within {Timeout.TotalSeconds} s"), Passing: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return new(percent, fault.Message, Passing: true);
        }
    }

    HttpClient Client()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false };
        if (at.Account is { } account)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(Path.Combine(account, "ca.crt"));
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        return new(handler) { Timeout = Timeout, MaxResponseContentBufferSize = MostBytes };
    }

    async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpClient client, HttpMethod method, JsonObject? patch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, at.Address);
        request.Headers.Accept.Add(new("application/json"));
        if (at.Account is { } account) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(account, "token"), cancellationToken)).Trim());
        // Custom resources take no strategic merge; in a JSON merge patch (RFC 7386) a list is replaced whole.
        if (patch is not null) request.Content = new StringContent(patch.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await client.SendAsync(request, cancellationToken);
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType is "application/json" ? JsonNode.Parse(body) : null);
    }

    string Told(HttpStatusCode status, JsonNode? body)
    {
        // What Kubernetes calls a Status says what is wrong.
        var message = body is JsonObject && body["kind"]?.ToString() is "Status" && body["message"] is { } told ? told.ToString() : null;
        return $"Kubernetes answered {(int)status} for the HTTPRoute {at.Name}{(message is null ? "" : $": {message}")}{status switch
        {
            HttpStatusCode.Forbidden => "; the pod's account may not get and patch it, which a Role gives",
            HttpStatusCode.Unauthorized => "; the token of the pod's account is not taken",
            HttpStatusCode.NotFound => "; there is no such route in this namespace",
            _ => "",
        }}";
    }

    static bool IsPassing(HttpStatusCode status) => status is HttpStatusCode.Conflict or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;
}
