using Cantor.Corpus;

namespace Cantor.Storage.Blobs;

/// <summary>What <c>s3://bucket/prefix?endpoint=http://host:port&amp;region=eu-west-1</c> or <c>gs://bucket/prefix</c> means.</summary>
/// <param name="Name">The address without options.</param>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">What stands before each name: empty, or ending in "/".</param>
/// <param name="Options">By name.</param>
sealed record BucketAddress(string Name, string Bucket, string Prefix, IReadOnlyDictionary<string, string> Options)
{
    /// <param name="address">What the user wrote.</param>
    /// <param name="scheme">Its beginning, "s3://".</param>
    /// <param name="known">The options there are.</param>
    /// <exception cref="InputFaultException">No bucket, or an option that is not known.</exception>
    internal static BucketAddress Parse(string address, string scheme, params string[] known)
    {
        var mark = address.IndexOf('?', StringComparison.Ordinal);
        var name = (mark < 0 ? address : address[..mark]).TrimEnd('/');
        var place = name.Length > scheme.Length ? name[scheme.Length..] : "";
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = slash < 0 ? (place, "") : (place[..slash], place[(slash + 1)..] + "/");
        if (bucket.Length == 0) throw new InputFaultException(scheme, null, $"names no bucket; expected {scheme}bucket/prefix");
        // Whoever writes credentials there must not find them in a log.
        if (!bucket.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_'))
            throw new InputFaultException(scheme, null, $"what stands there is no bucket's name; expected {scheme}bucket/prefix, the credentials where the tools of the cloud look for them");
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var option in mark < 0 ? [] : address[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = option.IndexOf('=', StringComparison.Ordinal);
            var key = at < 0 ? option : option[..at];
            if (!known.Contains(key)) throw new InputFaultException(name, null, $"there is no option \"{key}\"; expected {string.Join(" or ", known)}");
            options[key] = at < 0 ? "" : Uri.UnescapeDataString(option[(at + 1)..]);
        }
        if (options.TryGetValue("endpoint", out var endpoint) && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.UserInfo.Length == 0))
            throw new InputFaultException(name, null, "endpoint is no address; expected http://host:port or https://host");
        return new(name, bucket, prefix, options);
    }

    internal string? Endpoint => Options.GetValueOrDefault("endpoint")?.TrimEnd('/');
}
