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
            if (!parts[i].Split(',').All(item => IsItem(item, Fields[i].From, Fields[i].To)))
                return string.Create(CultureInfo.InvariantCulture, $"the {Fields[i].Name} is \"{parts[i]}\"; expected *, numbers from {Fields[i].From} to {Fields[i].To}, ranges such as 1-5 or steps such as */2");
        return null;
    }

    static bool IsItem(string item, int from, int to)
    {
        var (range, step) = item.Split('/') switch
        {
            [var all] => (all, "1"),
            [var all, var every] => (all, every),
            _ => ("", ""),
        };
        if (Number(step) is not > 0) return false;
        return range == "*" || range.Split('-') switch
        {
            [var one] => Number(one) is { } value && value >= from && value <= to,
            [var first, var last] => Number(first) is { } low && Number(last) is { } high && low >= from && low <= high && high <= to,
            _ => false,
        };
    }

    static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
