using System.Globalization;
using System.Text.RegularExpressions;
using Cantor.Corpus;
using Cantor.Sources.Config;

namespace Cantor.Fleet.Capacity;

/// <summary>What things cost, as the fleet's <c>prices.yaml</c> says. <c>api/prices.schema.json</c> describes it for editors.</summary>
/// <param name="Currency">The currency: three letters.</param>
/// <param name="AsOf">When the prices were so.</param>
/// <param name="Source">Who said so.</param>
/// <param name="CoreHour">A processor for an hour.</param>
/// <param name="GibHour">A GiB of memory for an hour.</param>
/// <param name="MostGibPerCore">The most GiB that are sold with a processor; null where any are.</param>
/// <param name="Shared">What an environment costs in a month, whatever runs in it, by name.</param>
public sealed partial record Prices(string Currency, DateOnly AsOf, string Source, double CoreHour, double GibHour, double? MostGibPerCore, IReadOnlyList<(string Name, double Month)> Shared)
{
    /// <summary>The file's name in a fleet's folder.</summary>
    public const string File = "prices.yaml";

    const double HoursAMonth = 730, Most = 1_000_000;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputFaultException">The file cannot be read, or a field of it is wrong; the fault names line and field.</exception>
    public static Prices Load(string path)
    {
        var root = YamlFields.Load(path, ["currency", "asOf", "source", "hour", "month"]);
        var hour = root.Fields("hour", ["core", "gib", "mostGibPerCore"]);
        var month = root.Named("month");
        const string date = "a day such as 2026-06-18";
        var asOf = root.Text("asOf", Day(), date) ?? throw root.Fault("asOf", $"is missing; expected {date}: prices change");
        return new(
            root.Text("currency", Letters(), "three letters such as USD") ?? throw root.Fault("currency", "is missing; expected three letters such as USD"),
            DateOnly.TryParseExact(asOf, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : throw root.Fault("asOf", $"is {asOf}; expected {date}"),
            root.Text("source", Line(), "one line") ?? throw root.Fault("source", "is missing; expected who said so"),
            hour.Number("core", 0, Most) ?? throw hour.Fault("core", "is missing; expected what a processor costs for an hour"),
            hour.Number("gib", 0, Most) ?? throw hour.Fault("gib", "is missing; expected what a GiB of memory costs for an hour"),
            hour.Number("mostGibPerCore", .1, 1000),
            [.. month.Names.Select(name => (name, month.Number(name, 0, Most) ?? throw month.Fault(name, "expected a number")))]);
    }

    /// <summary>What processors and memory cost in a month.</summary>
    public double Month(double cores, long memoryBytes)
    {
        var gib = memoryBytes / (double)(1 << 30);
        if (MostGibPerCore is { } most) cores = Math.Max(cores, gib / most);
        return HoursAMonth * (cores * CoreHour + gib * GibHour);
    }

    /// <summary>What an environment costs in a month, whatever runs in it.</summary>
    public double SharedMonth => Shared.Sum(shared => shared.Month);

    [GeneratedRegex(@"^[A-Z]{3}\z")]
    private static partial Regex Letters();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z")]
    private static partial Regex Day();

    [GeneratedRegex(@"^[^\r\n]*\S[^\r\n]*\z")]
    private static partial Regex Line();
}
