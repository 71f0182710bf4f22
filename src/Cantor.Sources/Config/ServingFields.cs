using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Cantor.Sources.Config;

/// <summary>What a <c>cantor.yaml</c> says of serving, and a <c>gateway.yaml</c> of its routes: how something new is tried. It is kept in the store, where servers read it.</summary>
public static partial class ServingFields
{
    const string Span = "a time such as 90s, 15m, 6h or 1d";

    enum AtDeadline
    {
        Hold,
        Promote,
        Abort,
    }

    enum OnNewRelease
    {
        Supersede,
        Queue,
    }

    enum Anonymous
    {
        Live,
        Hash,
    }

    /// <summary>Null when the file says nothing of it.</summary>
    internal static JsonObject? Read(YamlFields root)
    {
        var rollout = root.Fields("rollout", ["steps", "dwell", "deadline", "atDeadline", "onNewRelease", "anonymous", "slowMs", "clickMargin", "leastLive"]);
        var gate = root.Fields("gate", ["minItems", "maxCoverageLoss", "minOverlap", "judgments", "maxQualityLoss", "replay"]);
        var serving = new JsonObject();
        Put(serving, "rollout", RolloutOf(rollout));
        Put(serving, "gate", new()
        {
            ["minItems"] = gate.Number("minItems", 0, 1),
            ["maxCoverageLoss"] = gate.Number("maxCoverageLoss", 0, 1),
            ["minOverlap"] = gate.Number("minOverlap", 0, 1),
            ["judgments"] = gate.Text("judgments", AnyText(), "the path of a file on the servers"),
            ["maxQualityLoss"] = gate.Number("maxQualityLoss", 0, 1),
            ["replay"] = gate.Whole("replay", 0, 10_000),
        });
        return serving.Count == 0 ? null : serving;
    }

    /// <summary>The part <c>rollout</c> of a gateway's route, as the store keeps it: without what only releases have.</summary>
    public static JsonObject ReadRoute(YamlFields route) => Present(RolloutOf(route.Fields("rollout", ["steps", "dwell", "deadline", "atDeadline", "anonymous", "slowMs", "leastLive"])));

    static JsonObject RolloutOf(YamlFields rollout) => new()
    {
        ["steps"] = StepsOf(rollout),
        ["dwell"] = rollout.Text("dwell", SpanText(), Span),
        ["deadline"] = rollout.Text("deadline", SpanText(), Span),
        ["atDeadline"] = Word(rollout.OneOf<AtDeadline>("atDeadline")),
        ["onNewRelease"] = Word(rollout.OneOf<OnNewRelease>("onNewRelease")),
        ["anonymous"] = Word(rollout.OneOf<Anonymous>("anonymous")),
        ["slowMs"] = rollout.Whole("slowMs", 1, 60_000),
        ["clickMargin"] = rollout.Number("clickMargin", .0001, .9999),
        ["leastLive"] = rollout.Whole("leastLive", 1, 1_000_000),
    };

    static void Put(JsonObject to, string name, JsonObject fields)
    {
        if (Present(fields).Count > 0) to[name] = fields;
    }

    static JsonObject Present(JsonObject fields)
    {
        foreach (var absent in fields.Where(field => field.Value is null).Select(field => field.Key).ToList()) fields.Remove(absent);
        return fields;
    }

    static JsonArray? StepsOf(YamlFields rollout)
    {
        var before = 0m;
        var steps = rollout.Texts("steps", text =>
        {
            if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is < .01m or > 100 || percent != decimal.Round(percent, 2) || percent <= before)
                return (text, "expected percentages from 0.01 to 100 with at most two decimals, each greater than the one before");
            before = percent;
            return (text, null);
        });
        return steps.Count == 0 ? null : new([.. steps.Select(text => JsonValue.Create(decimal.Parse(text, CultureInfo.InvariantCulture)))]);
    }

    static string? Word<T>(T? value) where T : struct, Enum => value?.ToString().ToLowerInvariant();

    [GeneratedRegex(@"^[0-9]{1,6}[smhd]\z")]
    private static partial Regex SpanText();

    [GeneratedRegex(@"\S")]
    private static partial Regex AnyText();
}
