using System.Text.Json;
using System.Text.Json.Serialization;
using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Gateway.Shadowing;

/// <summary>What one side answered to a request that was compared.</summary>
/// <param name="Status">Its status; 0 when it gave none.</param>
/// <param name="Ms">How long it took until the whole answer was there.</param>
/// <param name="List">The ids of its list, best first, each once; null when there was no list to read.</param>
/// <param name="Twice">How many places of the list repeat an id.</param>
/// <param name="Self">True when the list holds the item whose list it is.</param>
public sealed record SideAnswer(int Status, double Ms, IReadOnlyList<string>? List, int Twice = 0, bool Self = false);

/// <summary>Both sides' answers to one request, and the old side's to the same request once more: what differs there is noise.</summary>
public sealed record Pair
{
    /// <summary>What the old side was asked.</summary>
    public required string Target { get; init; }

    /// <summary>The item whose list it is, as both sides know it; null when the request does not name one.</summary>
    public string? Item { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What the client got.</summary>
    public required SideAnswer Old { get; init; }

    /// <summary>What the new side said beside it.</summary>
    public required SideAnswer New { get; init; }

    /// <summary>What the old side said when it was asked again; null when it was not.</summary>
    public SideAnswer? Again { get; init; }

    /// <summary>How far the new side's answer lies from the old one's, 0..1: 1 − rank-biased overlap (p = 0.9) of their lists; 1 when the statuses differ or only one has a list.</summary>
    public double Distance { get; init; }

    /// <summary>How far the old side's second answer lies from its first; null when it was not asked again.</summary>
    public double? Noise { get; init; }

    /// <summary>The share of the first ten places that both lists fill with the same items; null when one is missing.</summary>
    public double? OverlapAt10 { get; init; }

    /// <summary>Kendall's tau-b on the items that both lists hold, −1..1; null with fewer than two.</summary>
    public double? KendallTauB { get; init; }

    /// <summary>Compares.</summary>
    internal static Pair Of(string target, string? item, DateTimeOffset at, SideAnswer old, SideAnswer young, SideAnswer? again)
    {
        var (a, b, c) = (ItemsOf(old), ItemsOf(young), ItemsOf(again));
        return new()
        {
            Target = target,
            Item = item,
            At = at,
            Old = old,
            New = young,
            Again = again,
            Distance = DistanceOf(old, a, young, b),
            Noise = again is null ? null : DistanceOf(old, a, again, c),
            OverlapAt10 = a is null || b is null ? null : RankedLists.OverlapAt(10, a, b),
            KendallTauB = a is null || b is null ? null : RankedLists.KendallTauB(a, b),
        };
    }

    /// <summary>As the store keeps it.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, PairJson.Default.Pair);

    /// <summary>Reads what the store kept.</summary>
    internal static Pair Parse(string json) => JsonSerializer.Deserialize(json, PairJson.Default.Pair)!;

    static double DistanceOf(SideAnswer one, ItemId[]? ones, SideAnswer other, ItemId[]? others) =>
        one.Status != other.Status || ones is null != others is null ? 1
        : ones is null ? 0
        : 1 - RankedLists.RankBiasedOverlap(ones, others!);

    static ItemId[]? ItemsOf(SideAnswer? answer) => answer?.List is { } list ? [.. list.Select(ItemId.Parse)] : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Pair))]
sealed partial class PairJson : JsonSerializerContext;
