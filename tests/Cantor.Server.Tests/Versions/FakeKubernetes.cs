using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Cantor.Server.Rollouts.Versions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Cantor.Server.Tests.Versions;

/// <summary>
/// The API of Kubernetes as far as one HTTPRoute needs it: get and patch, with resource versions and conflicts, merge patches by
/// RFC 7386 and no other kind, the account's token, and the Status objects of what is refused.
/// </summary>
sealed class FakeKubernetes : IAsyncDisposable
{
    const string Path = "/apis/gateway.networking.k8s.io/v1/namespaces/cantor-news/httproutes/cantor";

    readonly WebApplication _app;
    readonly Lock _changing = new();
    readonly X509Certificate2? _certificate;
    JsonObject _route = JsonNode.Parse("""
        {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"cantor","namespace":"cantor-news","resourceVersion":"7"},
         "spec":{"parentRefs":[{"name":"cantor"}],"hostnames":["news.example.com"],"rules":[{"matches":[{"path":{"type":"PathPrefix","value":"/v1/"}}],"backendRefs":[{"name":"stable","port":80}]}]}}
        """)!.AsObject();

    FakeKubernetes(WebApplication app, X509Certificate2? certificate) => (_app, _certificate) = (app, certificate);

    /// <summary>The route's address, with neither token nor certificate: as through kubectl proxy.</summary>
    internal HttpRouteAddress Address => new(new(Url + Path), null);

    internal string Url { get; private set; } = "";

    /// <summary>What the account's token must be; null for none.</summary>
    internal string? Token { get; set; }

    /// <summary>What happens to the next requests, in this order, before they are answered; true ends the request.</summary>
    internal ConcurrentQueue<Func<HttpContext, Task<bool>>> Troubles { get; } = [];

    /// <summary>What was asked: methods.</summary>
    internal ConcurrentQueue<string> Asked { get; } = [];

    /// <summary>The route as it is; setting it is what kubectl apply does.</summary>
    internal JsonObject Route
    {
        get { lock (_changing) return _route.DeepClone().AsObject(); }
        set { lock (_changing) _route = WithNextVersion(value); }
    }

    /// <summary>The backends that get something, and how much.</summary>
    internal (string Name, int Weight)[] Backends =>
        [.. Route["spec"]!["rules"]![0]!["backendRefs"]!.AsArray().Select(backend => ((string)backend!["name"]!, (int?)backend["weight"] ?? 1))];

    internal static async Task<FakeKubernetes> StartAsync(bool tls = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        var certificate = tls ? Certificate() : null;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var fake = new FakeKubernetes(builder.Build(), certificate);
        fake._app.Run(fake.AnswerAsync);
        await fake._app.StartAsync(TestContext.Current.CancellationToken);
        fake.Url = CantorServer.Addresses(fake._app).Single();
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate?.Dispose();
    }

    /// <summary>Writes the files of a pod's account, as they are mounted.</summary>
    internal void Mount(string folder, string token)
    {
        File.WriteAllText(System.IO.Path.Combine(folder, "token"), token + "\n");
        File.WriteAllText(System.IO.Path.Combine(folder, "namespace"), "cantor-news");
        File.WriteAllText(System.IO.Path.Combine(folder, "ca.crt"), _certificate!.ExportCertificatePem());
    }

    /// <summary>Refuses a request as Kubernetes does.</summary>
    internal static Func<HttpContext, Task<bool>> Refuse(int status, string message) => async context =>
    {
        await StatusAsync(context, status, message);
        return true;
    };

    async Task AnswerAsync(HttpContext context)
    {
        Asked.Enqueue(context.Request.Method);
        if (Troubles.TryDequeue(out var trouble) && await trouble(context)) return;
        if (Token is not null && context.Request.Headers.Authorization != $"Bearer {Token}") await StatusAsync(context, 401, "Unauthorized");
        else if (context.Request.Path != Path) await StatusAsync(context, 404, $"httproutes.gateway.networking.k8s.io \"{context.Request.Path.Value!.Split('/')[^1]}\" not found");
        else if (HttpMethods.IsGet(context.Request.Method)) await SendAsync(context, 200, Route);
        else if (!HttpMethods.IsPatch(context.Request.Method)) await StatusAsync(context, 405, "the server does not allow this method on the requested resource");
        // What Kubernetes says of strategic patches of custom resources.
        else if (context.Request.ContentType?.Split(';')[0] is not "application/merge-patch+json") await StatusAsync(context, 415, "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
        else
        {
            var patch = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject();
            var (status, message) = Patch(patch);
            if (status == 200) await SendAsync(context, 200, Route);
            else await StatusAsync(context, status, message);
        }
    }

    (int Status, string Message) Patch(JsonObject patch)
    {
        lock (_changing)
        {
            if (patch["metadata"]?["resourceVersion"] is { } seen && (string?)seen != (string?)_route["metadata"]!["resourceVersion"])
                return (409, "Operation cannot be fulfilled on httproutes.gateway.networking.k8s.io \"cantor\": the object has been modified; please apply your changes to the latest version and try again");
            var merged = Merge(_route.DeepClone(), patch).AsObject();
            foreach (var backend in merged["spec"]!["rules"]!.AsArray().SelectMany(rule => rule!["backendRefs"]!.AsArray()))
                if (backend!["weight"] is { } weight && (int)weight is < 0 or > 1_000_000) return (422, "spec.rules[0].backendRefs[0].weight: Invalid value");
            _route = WithNextVersion(merged);
            return (200, "");
        }
    }

    JsonObject WithNextVersion(JsonObject route)
    {
        var next = route.DeepClone().AsObject();
        next["metadata"]!["resourceVersion"] = (int.Parse((string)_route["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return next;
    }

    static JsonNode Merge(JsonNode? target, JsonNode patch)
    {
        if (patch is not JsonObject members) return patch.DeepClone();
        var merged = target as JsonObject ?? [];
        foreach (var (name, value) in members)
            if (value is null) merged.Remove(name);
            else merged[name] = Merge(merged[name]?.DeepClone(), value);
        return merged;
    }

    static Task StatusAsync(HttpContext context, int status, string message) =>
        SendAsync(context, status, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Failure", ["message"] = message, ["code"] = status });

    static Task SendAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }

    static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(150));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
