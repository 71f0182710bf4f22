using System.Globalization;

namespace Cantor.Fleet;

/// <summary>
/// A schedule as EventBridge Scheduler reads it: six fields, days of the week from 1, and one of the two days left open. Cron runs on
/// either day where both are given, which are two schedules there.
/// </summary>
static class AwsSchedule
{
    internal static IReadOnlyList<string> Of(string cron)
    {
        var fields = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (minute, hour, day, month, weekday) = (Listed(0), Listed(1), Listed(2), Listed(3), Listed(4));
        if (weekday == "*") return [Schedule(day, "?")];
        return day == "*" ? [Schedule("?", weekday)] : [Schedule(day, "?"), Schedule("?", weekday)];

        string Schedule(string onDay, string onWeekday) => $"cron({minute} {hour} {onDay} {month} {onWeekday} *)";

        string Listed(int field) => fields[field] == "*" ? "*" : string.Join(',', CronText.Values(fields[field], field).Select(value => (field == 4 ? value + 1 : value).ToString(CultureInfo.InvariantCulture)));
    }
}
