using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Cantor.Corpus;

namespace Cantor.Sources.Sql;

/// <summary>
/// What <c>bigquery://project?location=EU&amp;query=SELECT …</c> means. Every part is URL-decoded; the query comes last and reaches to the
/// end, so that <c>&amp;</c>, <c>?</c> and <c>#</c> in it stand for themselves.
/// </summary>
/// <param name="Name">The source without its query, for messages.</param>
/// <param name="Project">The project that the query runs in and that pays for it.</param>
/// <param name="Location">Where it runs; null for where its tables are.</param>
/// <param name="Endpoint">Who is asked instead of Google, without a token; null for Google.</param>
/// <param name="Query">The SQL.</param>
sealed partial record BigQueryUrl(string Name, string Project, string? Location, string? Endpoint, string Query)
{
    const string Scheme = "bigquery://";

    internal static bool IsOne(string source) => source.StartsWith(Scheme, StringComparison.Ordinal);

    /// <exception cref="InputFaultException">It has another form.</exception>
    internal static BigQueryUrl Parse(string source)
    {
        var (project, options) = Cut(source[Scheme.Length..], '?');
        var name = Scheme + project;
        if (!ProjectId().IsMatch(project)) Throw<int>(name, "expected the id of a Google Cloud project behind bigquery://");
        string? location = null, endpoint = null;
        while (options.Length > 0 && !options.StartsWith("query=", StringComparison.Ordinal))
        {
            var (option, more) = Cut(options, '&');
            var (key, text) = Cut(option, '=');
            var value = Uri.UnescapeDataString(text);
            if (key == "location") location = LocationName().IsMatch(value) ? value : Throw<string>(name, $"location is \"{value}\"; expected one such as EU or europe-west1");
            else if (key == "endpoint") endpoint = Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? value.TrimEnd('/') : Throw<string>(name, $"endpoint is \"{value}\"; expected http://host:port or https://host");
            else Throw<int>(name, $"there is no option \"{key}\"; expected endpoint, location, and query at the end");
            options = more;
        }
        var query = options.Length > 0 ? Uri.UnescapeDataString(options["query=".Length..]).Trim().TrimEnd(';') : "";
        return query.Length > 0 ? new(name, project, location, endpoint, query) : Throw<BigQueryUrl>(name, "no query; expected …?query=SELECT … at the end");
    }

    static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var i and >= 0 ? (text[..i], text[(i + 1)..]) : (text, "");

    [DoesNotReturn]
    static T Throw<T>(string name, string fault) => throw new InputFaultException(name, null, fault);

    // Old projects have their domain in front: example.com:project.
    [GeneratedRegex(@"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]\z")]
    private static partial Regex ProjectId();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9-]{1,40}\z")]
    private static partial Regex LocationName();
}
