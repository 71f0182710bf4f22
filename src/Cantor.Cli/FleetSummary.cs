using System.Globalization;
using Cantor.Cli.Commands;
using Cantor.Fleet.Capacity;
using Cantor.Fleet.Rendering;
using Spectre.Console;

namespace Cantor.Cli;

/// <summary>What a fleet takes, service by service and in sum.</summary>
/// <param name="Files">Files that are rendered.</param>
/// <param name="Written">Those of them that were not right before.</param>
/// <param name="Deleted">Files of services that are gone.</param>
/// <param name="Services">Each service in each environment.</param>
/// <param name="Sums">Each environment as it is, and were all its collections served by one service.</param>
/// <param name="Prices">What it was reckoned with; null where the fleet has no prices.</param>
sealed record FleetSummary(int Files, int Written, int Deleted, IReadOnlyList<FleetSummary.Line> Services, IReadOnlyList<FleetSummary.Sum> Sums, FleetSummary.PricedBy? Prices)
{
    internal sealed record Line(string Service, string Environment, int Collections, long Items, int Servers, double CoresEach, long MemoryMiBEach, long DiskMiBEach, double BuildSeconds, double? Month);

    internal sealed record Sum(string Environment, int Services, int Servers, double Cores, long MemoryMiB, double CoresTogether, long MemoryMiBTogether, double? Month, double? MonthShared);

    internal sealed record PricedBy(string Currency, string AsOf, string Source);

    internal static FleetSummary Of(Fleet.Fleet fleet, int files, IReadOnlyList<Drift> written)
    {
        var all = (from service in fleet.Services from at in service.Environments select new ServiceFacts(service, at)).ToArray();
        var lines = all.Select(facts => new Line(
            facts.Service.Name, facts.At.At.Text, facts.Service.Collections.Count, facts.Service.Size.Items, facts.Servers, Math.Round(facts.Plan.Cores, 2),
            facts.Plan.MemoryBytes >> 20, facts.Plan.DiskBytes >> 20, Math.Round(facts.Plan.BuildSeconds, 1), Rounded(facts)));
        var sums = all.GroupBy(facts => facts.At.At).OrderBy(group => group.Key.Name).Select(group =>
        {
            var together = CapacityPlan.Of(Measured.Committed, group.Sum(facts => facts.Service.Size.Items), group.Sum(facts => facts.Rps), group.Sum(facts => facts.Service.Collections.Count), group.Min(facts => facts.LeastReplicas));
            return new Sum(group.Key.Text, group.Count(), group.Sum(facts => facts.Servers), Math.Round(group.Sum(facts => facts.Servers * facts.Plan.Cores), 2), group.Sum(facts => facts.Servers * (facts.Plan.MemoryBytes >> 20)),
                Math.Round(together.AllCores, 2), together.AllMemoryBytes >> 20,
                fleet.Prices is null ? null : group.Sum(facts => Rounded(facts)), fleet.Prices is { } shared ? Math.Round(shared.SharedMonth, 2) : null);
        });
        return new(files, written.Count(drift => drift.Kind != DriftKind.Surplus), written.Count(drift => drift.Kind == DriftKind.Surplus), [.. lines], [.. sums],
            fleet.Prices is { } prices ? new(prices.Currency, prices.AsOf.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), prices.Source) : null);

        double? Rounded(ServiceFacts facts) => fleet.Prices is { } by ? Math.Round(facts.Month(by), 2) : null;
    }

    internal static void Print(FleetSummary summary, string folder)
    {
        var table = new Table().Border(TableBorder.None).AddColumns("service", "environment");
        string[] numbers = ["collections", "items", "servers", "cores each", "memory each", "disk each", "build", .. summary.Prices is { } priced ? [$"{priced.Currency} a month"] : Array.Empty<string>()];
        foreach (var column in numbers) table.AddColumn(column, one => one.RightAligned());
        foreach (var line in summary.Services)
            Row($"{line.Service}", $"{line.Environment}", $"{line.Collections:N0}", $"{line.Items:N0}", $"{line.Servers:N0}", $"{line.CoresEach:0.00}", $"{line.MemoryMiBEach:N0} MiB", $"{line.DiskMiBEach:N0} MiB", $"{line.BuildSeconds:N0} s", line.Month is { } month ? (FormattableString)$"{month:N0}" : null);
        AnsiConsole.Write(table);
        foreach (var sum in summary.Sums)
            Console.Out.WriteLine(FormattableString.Invariant(
                $"{sum.Environment}: {FleetCommand.Count(sum.Services, "service")} take{(sum.Services == 1 ? "s" : "")} {FleetCommand.Count(sum.Servers, "server")}, {sum.Cores:0.0} cores and {sum.MemoryMiB:N0} MiB; as one service with all their collections it would be {sum.CoresTogether:0.0} cores and {sum.MemoryMiBTogether:N0} MiB"));
        if (summary.Prices is { } by)
        {
            foreach (var sum in summary.Sums)
                Console.Out.WriteLine(FormattableString.Invariant($"{sum.Environment}: {sum.Month:N0} {by.Currency} a month for servers, and {sum.MonthShared:N0} for what they share; builds and traffic come on top"));
            Console.Out.WriteLine($"prices as of {by.AsOf}: {by.Source}");
        }
        Console.Out.WriteLine($"{FleetCommand.Count(summary.Files, "file")} in {folder}: {summary.Written} written, {summary.Deleted} deleted");

        void Row(params FormattableString?[] cells) => table.AddRow([.. cells.OfType<FormattableString>().Select(cell => Markup.Escape(FormattableString.Invariant(cell)))]);
    }
}
