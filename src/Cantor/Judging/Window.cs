namespace Cantor.Judging;

/// <summary>What one side answered in one window. No field is negative. Default: nothing.</summary>
/// <param name="Requests">How many requests it got.</param>
/// <param name="Errors">How many of them failed.</param>
/// <param name="Slow">How many of them, failed or not, took longer than the collection's limit.</param>
/// <param name="Empty">How many of those that did not fail got an empty list.</param>
/// <param name="Impressions">How many lists were shown to somebody.</param>
/// <param name="Clicks">How many of these were clicked, one a list at most; counted in the window the click came in.</param>
public readonly record struct SideCounts(long Requests, long Errors = 0, long Slow = 0, long Empty = 0, long Impressions = 0, long Clicks = 0)
{
    /// <summary>Both together.</summary>
    public static SideCounts operator +(SideCounts a, SideCounts b) =>
        new(a.Requests + b.Requests, a.Errors + b.Errors, a.Slow + b.Slow, a.Empty + b.Empty, a.Impressions + b.Impressions, a.Clicks + b.Clicks);

    /// <summary>What <paramref name="a"/> has more than <paramref name="b"/>, which is a part of it.</summary>
    public static SideCounts operator -(SideCounts a, SideCounts b) =>
        new(a.Requests - b.Requests, a.Errors - b.Errors, a.Slow - b.Slow, a.Empty - b.Empty, a.Impressions - b.Impressions, a.Clicks - b.Clicks);

    /// <summary>The bad answers that a metric counts, and of how many.</summary>
    internal (long Bad, long Total) Of(Metric metric) => metric switch
    {
        Metric.Errors => (Errors, Requests),
        Metric.Slow => (Slow, Requests),
        Metric.Empty => (Empty, Requests - Errors),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "expected Errors, Slow or Empty"),
    };

    /// <summary>Null, or in plain words which field is wrong and what was expected.</summary>
    internal string? Fault() =>
        Requests < 0 ? $"requests is {Requests}; expected 0 or more"
        : Errors < 0 || Errors > Requests ? $"errors is {Errors}; expected 0 to the {Requests} requests"
        : Slow < 0 || Slow > Requests ? $"slow is {Slow}; expected 0 to the {Requests} requests"
        : Empty < 0 || Empty > Requests - Errors ? $"empty is {Empty}; expected 0 to the {Requests - Errors} requests that did not fail"
        : Impressions < 0 ? $"impressions is {Impressions}; expected 0 or more"
        : Clicks < 0 ? $"clicks is {Clicks}; expected 0 or more"
        : null;
}

/// <summary>
/// What both sides answered in the same stretch of time, frozen: what is counted later is not part of it. Stretches without a
/// request may be one long window.
/// </summary>
/// <param name="Start">Its begin, included.</param>
/// <param name="End">Its end, not included; after <paramref name="Start"/>.</param>
/// <param name="Canary">What is being tried.</param>
/// <param name="Live">What is served to everybody else.</param>
public sealed record Window(DateTimeOffset Start, DateTimeOffset End, SideCounts Canary, SideCounts Live);
