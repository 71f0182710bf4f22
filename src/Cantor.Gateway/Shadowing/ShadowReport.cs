using Cantor.Evaluation;
using Cantor.Gateway.Config;
using Cantor.Judging;
using Cantor.Storage.Gateways;

namespace Cantor.Gateway.Shadowing;

/// <summary>A kind of fault that the new side may have where the old one has none.</summary>
public enum Trouble
{
    /// <summary>Another status.</summary>
    Status,

    /// <summary>No list, or an empty one, where the old side has one.</summary>
    Empty,

    /// <summary>A list that is shorter than the old side's.</summary>
    Shorter,

    /// <summary>A list that holds an item twice.</summary>
    Twice,

    /// <summary>A list that holds the item whose list it is.</summary>
    Self,

    /// <summary>An answer that takes longer than the route's slowMs, where the old side's did not.</summary>
    Slow,
}

/// <summary>How often the new side has a trouble that the old one's answer to the same request has not.</summary>
/// <param name="Trouble">Which.</param>
/// <param name="New">In how many pairs.</param>
/// <param name="Pairs">Of how many.</param>
/// <param name="Again">In how many pairs the old side's second answer has it where its first has not: noise.</param>
/// <param name="Noises">Of how many.</param>
/// <param name="Counts">True when it is more than noise, and enough to matter.</param>
public sealed record Finding(Trouble Trouble, int New, int Pairs, int Again, int Noises, bool Counts)
{
    // As Diffy tells differences from noise: by a fifth of both, and by three in ten thousand of all. Of slow answers one in a
    // hundred: a process that has just started has some.
    const double LeastRelative = .2, LeastAbsolute = .0003, LeastSlow = .01;

    internal static Finding Of(Trouble trouble, IReadOnlyList<Pair> pairs, int slowMs)
    {
        var twice = pairs.Where(pair => pair.Again is not null).ToList();
        var (young, again) = (pairs.Count(pair => Has(trouble, pair.Old, pair.New, slowMs)), twice.Count(pair => Has(trouble, pair.Old, pair.Again!, slowMs)));
        var (raw, noise) = (Share(young, pairs.Count), Share(again, twice.Count));
        return new(trouble, young, pairs.Count, again, twice.Count,
            raw > noise && (raw - noise) / (raw + noise) > LeastRelative && raw - noise > (trouble is Trouble.Slow ? LeastSlow : LeastAbsolute));
    }

    static bool Has(Trouble trouble, SideAnswer old, SideAnswer other, int slowMs) => trouble switch
    {
        Trouble.Status => other.Status != old.Status,
        Trouble.Empty => old.List is { Count: > 0 } && other.Status == old.Status && other.List is not { Count: > 0 },
        Trouble.Shorter => other.List is { Count: > 0 } list && list.Count < (old.List?.Count ?? 0),
        Trouble.Twice => other.Twice > 0 && old.Twice == 0,
        Trouble.Self => other.Self && !old.Self,
        _ => other.Ms > slowMs && old.Ms <= slowMs,
    };

    static double Share(int part, int all) => all == 0 ? 0 : (double)part / all;
}

/// <summary>What comparing both sides of a route found out.</summary>
public sealed record ShadowReport
{
    const int DistanceBins = 20, TimeBins = 20;

    /// <summary>The route.</summary>
    public required string Route { get; init; }

    /// <summary>What the new side's lists are to be.</summary>
    public required Lists Lists { get; init; }

    /// <summary>Since when pairs count.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The verdict.</summary>
    public required Likeness Verdict { get; init; }

    /// <summary>Why, in plain words.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>How many requests were compared.</summary>
    public required int Pairs { get; init; }

    /// <summary>For how many of them the old side was asked twice: the verdict rests on these.</summary>
    public required int Noises { get; init; }

    /// <summary>
    /// How much further the new side's answer lies from the old one's than the old one's second: of lists by rank-biased overlap;
    /// where any lists will do, in how many pairs more there is a trouble.
    /// </summary>
    public required Equivalence Equivalence { get; init; }

    /// <summary>Troubles of the new side.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The mean share of the first ten places that both lists fill with the same items; null without lists.</summary>
    public required double? OverlapAt10 { get; init; }

    /// <summary>The mean of Kendall's tau-b; null where no two lists share two items.</summary>
    public required double? KendallTauB { get; init; }

    /// <summary>How far the new answers lie from the old ones; null without pairs.</summary>
    public required Distribution? Distances { get; init; }

    /// <summary>How far the old side's second answers lie from its first.</summary>
    public required Distribution? Noise { get; init; }

    /// <summary>How long the old side took, in ms.</summary>
    public required Distribution? OldMs { get; init; }

    /// <summary>How long the new side took, in ms.</summary>
    public required Distribution? NewMs { get; init; }

    /// <summary>The pairs that lie furthest apart, beyond noise; the furthest first.</summary>
    public required IReadOnlyList<Pair> Worst { get; init; }

    /// <summary>Reads what the store kept and judges it.</summary>
    /// <param name="table">The store's gateways.</param>
    /// <param name="config">The gateway.</param>
    /// <param name="route">One of its routes.</param>
    /// <param name="since">Since when pairs count; null for since the route was last put at shadow.</param>
    /// <param name="worst">How many of the worst pairs are told.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ShadowReport> ReadAsync(GatewayTable table, GatewayConfig config, RouteConfig route, DateTimeOffset? since, int worst, CancellationToken cancellationToken)
    {
        since ??= (await table.HistoryAsync(config.Name, int.MaxValue, cancellationToken)).FirstOrDefault(state => state.Route == route.Name && state.Mode is RouteMode.Shadow)?.At ?? DateTimeOffset.UnixEpoch;
        var stored = await table.PairsAsync(config.Name, route.Name, since.Value, cancellationToken);
        return Of(route, since.Value, [.. stored.Select(pair => Pair.Parse(pair.Body))], worst);
    }

    /// <summary>Judges pairs.</summary>
    internal static ShadowReport Of(RouteConfig route, DateTimeOffset since, IReadOnlyList<Pair> pairs, int worst)
    {
        Finding[] findings = [.. Enum.GetValues<Trouble>().Select(trouble => Finding.Of(trouble, pairs, route.SlowMs))];
        var twice = pairs.Where(pair => pair.Noise is not null).ToList();
        var equivalence = Equivalence.Of([.. twice.Select(pair => route.Lists is Lists.Same ? pair.Distance - pair.Noise!.Value : Troubled(pair.Old, pair.New) - Troubled(pair.Old, pair.Again!))]);
        var counted = findings.Where(finding => finding.Counts).ToList();
        // Both sides' times by one scale, its last bin for the few that took longer.
        var reach = 1.5 * pairs.SelectMany(pair => new[] { pair.Old.Ms, pair.New.Ms }).Order().Skip(pairs.Count * 19 / 10).DefaultIfEmpty(1).First();
        var verdict = counted.Count > 0 ? Likeness.Different : equivalence.Likeness;
        return new()
        {
            Route = route.Name,
            Lists = route.Lists,
            Since = since,
            Verdict = verdict,
            Reasons = [.. counted.Select(Told), .. ToldOf(route, equivalence, verdict, pairs.Count)],
            Pairs = pairs.Count,
            Noises = twice.Count,
            Equivalence = equivalence,
            Findings = findings,
            OverlapAt10 = MeanOf(pairs.Select(pair => pair.OverlapAt10)),
            KendallTauB = MeanOf(pairs.Select(pair => pair.KendallTauB)),
            Distances = Distribution.Of([.. pairs.Select(pair => pair.Distance)], 0, 1, DistanceBins),
            Noise = Distribution.Of([.. twice.Select(pair => pair.Noise!.Value)], 0, 1, DistanceBins),
            OldMs = Distribution.Of([.. pairs.Select(pair => pair.Old.Ms)], 0, reach, TimeBins),
            NewMs = Distribution.Of([.. pairs.Select(pair => pair.New.Ms)], 0, reach, TimeBins),
            Worst = [.. pairs.Where(pair => pair.Distance > 0 || pair.New.Twice > 0 || pair.New.Self).OrderByDescending(pair => pair.Distance - (pair.Noise ?? 0)).ThenBy(pair => pair.Target, StringComparer.Ordinal).DistinctBy(pair => pair.Target).Take(worst)],
        };
    }

    /// <summary>A trouble in plain words.</summary>
    internal static string Told(Finding finding)
    {
        var what = finding.Trouble switch
        {
            Trouble.Status => "another status than the old side's",
            Trouble.Empty => "no list where the old side has one",
            Trouble.Shorter => "a shorter list than the old side's",
            Trouble.Twice => "an item twice in a list",
            Trouble.Self => "the item itself in its list",
            _ => "a slow answer where the old side's is not",
        };
        return FormattableString.Invariant($"{what} in {finding.New:N0} of {finding.Pairs:N0} pairs (the old side asked again: {finding.Again:N0} of {finding.Noises:N0})");
    }

    static IEnumerable<string> ToldOf(RouteConfig route, Equivalence equivalence, Likeness verdict, int pairs)
    {
        var (lists, margin) = (route.Lists is Lists.Same, equivalence.Margin);
        var measured = lists
            ? FormattableString.Invariant($"the lists lie {equivalence.Mean:0.0000} ({equivalence.Low:0.0000} to {equivalence.High:0.0000}) further apart than the old side's own")
            : FormattableString.Invariant($"troubles are in {equivalence.Mean:P2} ({equivalence.Low:P2} to {equivalence.High:P2}) more of the pairs than the old side's own");
        if (pairs > 0 && equivalence.Pairs == 0) yield return "the old side was never asked a second time: shadow.noise is 0";
        else if (equivalence.Likeness is Likeness.Equivalent) yield return $"{measured}, which is less than {margin.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        else if (equivalence.Likeness is Likeness.Different) yield return $"{measured}, which is more than {margin.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        else if (verdict is Likeness.NotEnoughData)
            yield return equivalence.Pairs == 0 ? "nothing was compared yet" : FormattableString.Invariant($"{measured}; {equivalence.Pairs:N0} pairs are too few to tell whether that is less than {margin}: about {equivalence.More:N0} more, if nothing differs");
    }

    static double Troubled(SideAnswer old, SideAnswer other) =>
        other.Status != old.Status || old.List is { Count: > 0 } && other.List is not { Count: > 0 } || other.List?.Count < old.List?.Count || other.Twice > old.Twice || other.Self && !old.Self ? 1 : 0;

    static double? MeanOf(IEnumerable<double?> values)
    {
        var (sum, count) = (0.0, 0);
        foreach (var value in values)
        {
            if (value is not { } number) continue;
            sum += number;
            count++;
        }
        return count == 0 ? null : sum / count;
    }
}
