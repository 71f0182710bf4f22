using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cantor.Corpus;
using Cantor.Gateway.Adapting;
using Cantor.Server;
using Cantor.Sources.Config;
using Cantor.Storage.Rollouts;

namespace Cantor.Gateway.Config;

/// <summary>Reads a <c>gateway.yaml</c>; what is wrong in it is told with line and field.</summary>
public static partial class GatewayFile
{
    const string Name = "1 to 64 of a-z, 0-9, - and _, a letter or digit first";
    const string Span = "a time such as 500ms, 2s or 1m";
    const string Units = "header:NAME, cookie:NAME or query:NAME";

    // What stands above the routes and may stand in each of them.
    static readonly string[] Everywhere = ["timeout", "budget", "rescue", "breaker", "shadow", "lists", "rollout"];

    /// <summary>What stands in a file beside its name, where it listens, and the two sides.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["units", "queue", "workers", .. Everywhere, "routes"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="environment">Gives the value of a variable of the environment, or null.</param>
    /// <exception cref="InputFaultException">The file cannot be read, or a field of it is wrong; the fault names line and field.</exception>
    public static GatewayConfig Load(string path, Func<string, string?> environment)
    {
        var root = YamlFields.Load(path, ["name", "urls", "old", "new", .. Fields]);
        return Read(root, Path.GetDirectoryName(Path.GetFullPath(path))!) with
        {
            Name = root.Text("name", NameText(), Name) ?? "gateway",
            Urls = root.Texts("urls", text => (text, ListenUrls.IsOne(text) ? null : "expected http://HOST:PORT")) is { Count: > 0 } urls ? urls : ["http://127.0.0.1:9090"],
            Old = ReadSide(root, "old", environment),
            New = ReadSide(root, "new", environment),
            Hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)).AsSpan(0, 4)),
        };
    }

    /// <summary>Reads <see cref="Fields"/>, in whatever file they stand.</summary>
    /// <param name="root">They and, maybe, others.</param>
    /// <param name="directory">What paths of files are relative to.</param>
    /// <exception cref="InputFaultException">A field is wrong.</exception>
    public static GatewayConfig Read(YamlFields root, string directory)
    {
        var names = root.NamesOf("routes", NameText(), Name);
        if (names.Count == 0) throw root.FaultOf("routes", "expected at least one route, such as related: {path: /articles/{id}/related}");
        var routes = root.Fields("routes", [.. names]);
        var usual = Common(new() { Name = "" }, root);
        return new()
        {
            Units = [.. root.Texts("units", text => (text, UnitText().IsMatch(text) ? null : $"expected {Units}")).Select(text => text.Split(':', 2) is [var kind, var name] ? new UnitSource(kind, name) : throw new FormatException(Units))],
            Queue = (int?)root.Whole("queue", 1, 100_000) ?? 1_000,
            Workers = (int?)root.Whole("workers", 1, 256) ?? 4,
            Routes = [.. names.Select(name => RouteOf(usual with { Name = name }, routes.Fields(name, ["path", "methods", "newPath", "ids", "newIds", "self", "answer", .. Everywhere]), directory))],
            Other = usual with { Rescue = usual.Rescue is Rescue.None ? Rescue.None : Rescue.Retry },
        };
    }

    /// <summary>Reads a side.</summary>
    /// <param name="root">Where it stands.</param>
    /// <param name="name">The field that holds it.</param>
    /// <param name="environment">Gives the value of a variable of the environment, or null.</param>
    /// <param name="url">Its address where that is known; null to read it.</param>
    /// <exception cref="InputFaultException">A field is wrong.</exception>
    public static SideConfig ReadSide(YamlFields root, string name, Func<string, string?> environment, string? url = null)
    {
        var side = root.Fields(name, url is null ? ["url", "headers"] : ["headers"]);
        url ??= side.Converted("url", "an address", text => IsUrl(text) ? (text.TrimEnd('/'), null) : ((string?)null, "expected http://HOST:PORT or https://HOST, a path behind it if need be")) ?? throw root.FaultOf(name, "expected url: http://HOST:PORT");
        var names = side.NamesOf("headers", HeaderText(), "the name of a header");
        var headers = side.Fields("headers", [.. names]);
        return new(url, [.. names.Select(header => KeyValuePair.Create(header, headers.Converted(header, "a text", text => Expand(text, environment)) ?? throw headers.FaultOf(header, "expected a text")))]);
    }

    static (string?, string?) Expand(string text, Func<string, string?> environment)
    {
        string? fault = null;
        var expanded = VariableText().Replace(text, match =>
        {
            if (environment(match.Groups[1].Value) is { } value) return value;
            fault ??= $"the variable {match.Groups[1].Value} is not set; expected one that is";
            return "";
        });
        return fault is not null ? (null, fault) : expanded.AsSpan().IndexOfAny('\r', '\n') >= 0 ? (null, "expected one line") : (expanded, null);
    }

    static RouteConfig Common(RouteConfig route, YamlFields fields)
    {
        var (breaker, shadow) = (fields.Fields("breaker", ["failures", "pause"]), fields.Fields("shadow", ["sample", "mostPerSecond", "noise"]));
        var plan = ServingFields.ReadRoute(fields);
        try
        {
            return route with
            {
                Timeout = SpanOf(fields, "timeout") ?? route.Timeout,
                Budget = SpanOf(fields, "budget") ?? route.Budget,
                Rescue = fields.OneOf<Rescue>("rescue") ?? route.Rescue,
                Lists = fields.OneOf<Lists>("lists") ?? route.Lists,
                BreakerFailures = (int?)breaker.Whole("failures", 1, 1_000) ?? route.BreakerFailures,
                BreakerPause = SpanOf(breaker, "pause") ?? route.BreakerPause,
                Sample = shadow.Number("sample", 0, 1) ?? route.Sample,
                MostPerSecond = (int?)shadow.Whole("mostPerSecond", 1, 10_000) ?? route.MostPerSecond,
                Noise = shadow.Number("noise", 0, 1) ?? route.Noise,
                Rollout = plan.Count > 0 ? RolloutPlan.Of(JsonNode.Parse(plan.ToJsonString())!.AsObject()) : route.Rollout,
            };
        }
        catch (InputFaultException fault) when (fault.Source is "the configuration")
        {
            throw fields.FaultOf("rollout", fault.Fault);
        }
    }

    static RouteConfig RouteOf(RouteConfig usual, YamlFields fields, string directory)
    {
        var route = Common(usual, fields) with
        {
            Path = fields.Converted("path", "a path", text => PathPattern.Parse(text)) ?? throw fields.FaultOf("path", "expected a path such as /articles/{id}/related"),
            Methods = fields.Texts("methods", text => (text, MethodText().IsMatch(text) ? null : "expected methods in capitals, such as GET")),
            NewPath = fields.Converted("newPath", "a path", text => TargetTemplate.Parse(text)),
            Self = fields.Text("self", HoleText(), "the name of a hole of the path, or of a parameter of the query") ?? usual.Self,
            Answer = ShapeOf(fields),
        };
        var ids = IdsOf(fields, "ids", directory);
        var newIds = IdsOf(fields, "newIds", directory);
        if (newIds is not null && ids is null) throw fields.FaultOf("newIds", "expected ids too: where the old side's list stands");
        if (route.Answer is not null && newIds is null && ids is not null) throw fields.FaultOf("answer", "expected newIds too: where the list stands in the new side's answer before it is shaped");
        if (route.Budget < route.Timeout) throw fields.FaultOf(fields.Text("budget", AnyText(), Span) is null ? "timeout" : "budget", "expected a budget that is not shorter than the timeout");
        return route with { OldIds = ids, NewIds = newIds ?? ids };
    }

    static AnswerShape? ShapeOf(YamlFields fields)
    {
        if (fields.Json("answer", AnswerShape.Fault) is not { } shape) return null;
        try
        {
            return AnswerShape.Of(shape);
        }
        catch (FormatException fault)
        {
            throw fields.FaultOf("answer", fault.Message);
        }
    }

    static IdReader? IdsOf(YamlFields route, string name, string directory)
    {
        var ids = route.Fields(name, ["at", "strip", "prefix", "map"]);
        var path = ids.Converted("at", "a path", text => (JsonPath.Parse(text), JsonPath.Parse(text) is null ? JsonPath.Expected : null));
        var (strip, prefix, file) = (ids.Text("strip", AnyText(), "a text"), ids.Text("prefix", AnyText(), "a text"), ids.Text("map", AnyText(), "the path of a file"));
        if (path is null) return strip is null && prefix is null && file is null ? null : throw ids.FaultOf("at", JsonPath.Expected);
        return new(path, strip ?? "", prefix ?? "", file is null ? new Dictionary<string, string>() : ReadMap(Path.Combine(directory, file)));
    }

    // A line an id: the side's, a tab, the shared one.
    static Dictionary<string, string> ReadMap(string path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var (number, line) in File.ReadLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true)).Index())
            {
                if (line.Length == 0) continue;
                if (line.Split('\t') is not [{ Length: > 0 } from, { Length: > 0 } to]) throw new InputFaultException(path, number + 1, "expected two ids with a tab between them");
                if (!map.TryAdd(from, to)) throw new InputFaultException(path, number + 1, $"the id {from} is there twice");
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new InputFaultException(path, null, $"cannot be read: {fault.Message}", fault);
        }
        return map;
    }

    static TimeSpan? SpanOf(YamlFields fields, string name)
    {
        if (fields.Text(name, SpanText(), Span) is not { } text) return null;
        var digits = text.AsSpan().TrimEnd("ms");
        var count = int.Parse(digits, CultureInfo.InvariantCulture);
        var span = text[digits.Length..] switch { "ms" => TimeSpan.FromMilliseconds(count), "s" => TimeSpan.FromSeconds(count), _ => TimeSpan.FromMinutes(count) };
        return span >= TimeSpan.FromMilliseconds(10) && span <= TimeSpan.FromHours(1) ? span : throw fields.FaultOf(name, "expected 10ms to 60m");
    }

    static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && text.AsSpan().IndexOfAny('?', '#') < 0;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9_-]{0,63}\z")]
    private static partial Regex NameText();

    [GeneratedRegex(@"^[0-9]{1,6}(ms|s|m)\z")]
    private static partial Regex SpanText();

    [GeneratedRegex(@"^(header|cookie|query):[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex UnitText();

    [GeneratedRegex(@"^[A-Z]{1,20}\z")]
    private static partial Regex MethodText();

    [GeneratedRegex(@"^[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex HeaderText();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex HoleText();

    [GeneratedRegex(@"\S")]
    private static partial Regex AnyText();

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex VariableText();
}
