using System.Globalization;

namespace Cantor.Fleet;

/// <summary>The five fields of a schedule as Kubernetes reads them: numbers, ranges, steps and lists, no names.</summary>
static class CronText
{
    static readonly (string Name, int From, int To)[] Fields = [("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6)];

    /// <summary>What is wrong with it; null when nothing is.</summary>
    internal static string? Fault(string cron)
    {
        var parts = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length) return $"expected five fields of cron such as 0 3 * * *, found \"{cron}\"";
        for (var i = 0; i < parts.Length; i++)
            if (parts[i].Split(',').Any(item => Item(item, Fields[i].From, Fields[i].To) is null))
                return string.Create(CultureInfo.InvariantCulture, $"the {Fields[i].Name} is \"{parts[i]}\"; expected *, numbers from {Fields[i].From} to {Fields[i].To}, ranges such as 1-5 or steps such as */2");
        return null;
    }

    /// <summary>Every value of a field that has no fault, ascending.</summary>
    internal static IEnumerable<int> Values(string text, int field) =>
        text.Split(',').SelectMany(item =>
        {
            var (first, last, step) = Item(item, Fields[field].From, Fields[field].To)!.Value;
            return Enumerable.Range(first, last - first + 1).Where(value => (value - first) % step == 0);
        }).Distinct().Order();

    // One number with a step begins there, and goes to the end.
    static (int First, int Last, int Step)? Item(string item, int from, int to)
    {
        var (range, step) = item.Split('/') switch
        {
            [var all] => (all, null),
            [var all, var every] => (all, (string?)every),
            _ => ("", null),
        };
        if (step is not null && Number(step) is not > 0) return null;
        var (first, last) = range == "*" ? (from, to) : range.Split('-') switch
        {
            [var one] => (Number(one), step is null ? Number(one) : to),
            [var low, var high] => (Number(low), Number(high)),
            _ => ((int?)null, null),
        };
        return first is { } begin && last is { } end && begin >= from && begin <= end && end <= to ? (begin, end, step is null ? 1 : Number(step)!.Value) : null;
    }

    static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
