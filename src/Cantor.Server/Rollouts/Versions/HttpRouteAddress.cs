using Cantor.Corpus;

namespace Cantor.Server.Rollouts.Versions;

/// <summary>Where a route of the Gateway API is, and how this server may change it.</summary>
/// <param name="Address">The whole address of the HTTPRoute in the API of Kubernetes.</param>
/// <param name="Account">The folder of the pod's account, with the files token and ca.crt; null where the address needs neither, such as that of kubectl proxy.</param>
public sealed record HttpRouteAddress(Uri Address, string? Account)
{
    const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
    const string What = "CANTOR_HTTPROUTE";

    /// <summary>What it is called.</summary>
    internal string Name => Uri.UnescapeDataString(Address.Segments[^1]);

    /// <summary>Reads what the variable CANTOR_HTTPROUTE says: a route's name, in the namespace of this pod, or its whole address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="environment">Gives variables, by which a pod finds its cluster.</param>
    /// <exception cref="InputFaultException">It is neither, or this is no pod.</exception>
    public static HttpRouteAddress Parse(string text, Func<string, string?> environment)
    {
        if (text.Contains("://", StringComparison.Ordinal))
            return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.AbsolutePath.Contains("/httproutes/", StringComparison.Ordinal) && !address.AbsolutePath.EndsWith('/')
                ? new(address, null)
                : throw new InputFaultException(What, null, $"expected the name of an HTTPRoute, or its whole address such as http://127.0.0.1:8001/apis/gateway.networking.k8s.io/v1/namespaces/NAMESPACE/httproutes/NAME, found {text}");
        if (text.Length > 253 || !text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '.'))
            throw new InputFaultException(What, null, $"expected the name of an HTTPRoute, a-z, 0-9, - and dots, found {text}");
        if (environment("KUBERNETES_SERVICE_HOST") is not { Length: > 0 } host || environment("KUBERNETES_SERVICE_PORT") is not { Length: > 0 } port)
            throw new InputFaultException(What, null, $"names the route {text}, and this is no pod of Kubernetes, which would have the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT; expected the route's whole address");
        var (folder, file) = (environment("CANTOR_ACCOUNT") is { Length: > 0 } given ? given : AccountFolder, "namespace");
        try
        {
            var name = File.ReadAllText(Path.Combine(folder, file)).Trim();
            return new(new($"https://{(host.Contains(':') ? $"[{host}]" : host)}:{port}/apis/gateway.networking.k8s.io/v1/namespaces/{name}/httproutes/{text}"), folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputFaultException(What, null, $"the account of this pod cannot be read: {fault.Message}; its token is to be mounted (automountServiceAccountToken)", fault);
        }
    }
}
