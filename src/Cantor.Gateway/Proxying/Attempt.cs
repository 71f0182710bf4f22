using System.Net;
using System.Text.Json;
using Cantor.Gateway.Adapting;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Cantor.Gateway.Proxying;

/// <summary>
/// One try of a request at one side, as YARP's forwarder makes it: what the side is asked, and what becomes of its answer. An
/// answer that may be replaced by another side's is held back until it is whole.
/// </summary>
sealed class Attempt(Side side, string name, string target) : HttpTransformer, IDisposable
{
    /// <summary>The header by which an answer tells which side it is from.</summary>
    internal const string SideHeader = "Cantor-Side";

    /// <summary>The header by which a side knows that nobody waits for the answer.</summary>
    internal const string ShadowHeader = "X-Cantor-Shadow";

    /// <summary>True to read the whole answer first: because it may be replaced, or its body is looked at.</summary>
    internal bool Holds { get; init; }

    /// <summary>Tells whether there is time and a side for another try, when this one has failed.</summary>
    internal Func<bool> MayFollow { get; init; } = static () => false;

    /// <summary>What the answer is made into; null to leave it.</summary>
    internal AnswerShape? Shape { get; init; }

    /// <summary>True when the side answered with a server error; the answer was let go when another try may follow.</summary>
    internal bool Refused { get; private set; }

    /// <summary>True when the answer was let go: another try follows.</summary>
    internal bool Discarded { get; private set; }

    /// <summary>True when an answer that should have been shaped cannot be.</summary>
    internal bool Misshapen { get; private set; }

    /// <summary>The side's status; 0 when it gave none.</summary>
    internal int Status { get; private set; }

    /// <summary>How the body was packed; empty for not.</summary>
    internal string Encoding { get; private set; } = "";

    /// <summary>The whole body, as the side sent it; null when it was passed on as it came.</summary>
    internal Body? Held { get; private set; }

    /// <summary>What the client gets in place of <see cref="Held"/>.</summary>
    internal ReadOnlyMemory<byte>? Shaped { get; private set; }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        headers.Host = null;
        headers.Remove(ShadowHeader);
        // What is shaped must be read.
        if (Shape is not null) headers.Remove("Accept-Encoding");
        if (httpContext.Connection.RemoteIpAddress is { } address) headers.TryAddWithoutValidation("X-Forwarded-For", address.ToString());
        headers.Remove("X-Forwarded-Host");
        headers.TryAddWithoutValidation("X-Forwarded-Host", httpContext.Request.Host.Value);
        headers.Remove("X-Forwarded-Proto");
        headers.TryAddWithoutValidation("X-Forwarded-Proto", httpContext.Request.Scheme);
        side.Mark(proxyRequest);
        proxyRequest.RequestUri = side.UriOf(target);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null) return true;
        Status = (int)proxyResponse.StatusCode;
        Refused = Status >= 500;
        if (Refused && MayFollow()) return Discard();
        var content = proxyResponse.Content;
        if (Holds && httpContext.Request.Method is not "HEAD" && proxyResponse.StatusCode is not (HttpStatusCode.NotModified or HttpStatusCode.NoContent or HttpStatusCode.SwitchingProtocols)
            && (content.Headers.ContentLength <= Body.MostBytes || content.Headers.ContentLength is null && IsJson(content)))
        {
            var (body, whole) = await Body.ReadAsync(await content.ReadAsStreamAsync(cancellationToken), content.Headers.ContentLength, cancellationToken);
            Held = body;
            Encoding = string.Join(",", content.Headers.ContentEncoding);
            if (!whole)
            {
                // Too long to be held: what was read leaves, and the forwarder passes on the rest.
                Held = null;
                using (body)
                {
                    await HeadersAsync(httpContext, proxyResponse, cancellationToken);
                    await httpContext.Response.Body.WriteAsync(body.Bytes, cancellationToken);
                }
                return true;
            }
            if (Shape is not null && Status == 200 && !TryShape() && MayFollow()) return Discard();
        }
        await HeadersAsync(httpContext, proxyResponse, cancellationToken);
        if (Held is null) return true;
        httpContext.Response.Headers.TransferEncoding = default;
        httpContext.Response.ContentLength = Shaped?.Length ?? Held.Bytes.Length;
        if (Shaped is not null)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            httpContext.Response.Headers.ContentEncoding = default;
        }
        return false;
    }

    async ValueTask HeadersAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await base.TransformResponseAsync(context, response, cancellationToken);
        context.Response.Headers[SideHeader] = name;
    }

    bool TryShape()
    {
        try
        {
            Shaped = Shape!.Apply(IdReader.Unpack(Held!.Bytes, Encoding));
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidDataException or InvalidOperationException)
        {
            Misshapen = true;
            return false;
        }
    }

    bool Discard()
    {
        Discarded = true;
        return false;
    }

    static bool IsJson(HttpContent content) => content.Headers.ContentType?.MediaType is { } type && (type is "application/json" || type.EndsWith("+json", StringComparison.Ordinal));

    public void Dispose() => Held?.Dispose();
}
