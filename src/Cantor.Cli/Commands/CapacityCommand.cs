using System.CommandLine;
using Cantor.Fleet.Capacity;
using Spectre.Console;

namespace Cantor.Cli.Commands;

static class CapacityCommand
{
    internal static Command Make()
    {
        var items = new Option<long>("--items") { Description = "How many items there are, in all collections together.", Required = true };
        var rps = new Option<int>("--rps") { Description = "How many requests a second there are at the busiest time.", Required = true };
        var collections = new Option<int?>("--collections") { Description = "How many collections share the servers; 1 when not given." };
        var least = new Option<int?>("--least-servers") { Description = "How many servers there are at least; 2 when not given, so that one may be lost." };
        var prices = new Option<string?>("--prices") { Description = "A prices.yaml, such as fleet/prices.yaml: what the servers cost is told too." };
        var json = Shared.AsJson();
        var command = new Command("capacity", "Says what a service of some size takes, reckoned from what bench/results/capacity.md measured.\n\nExample: cantor capacity --items 100000 --rps 200") { items, rps, collections, least, prices, json };
        command.Runs((parsed, _) =>
        {
            var (count, apart) = (Shared.Between(1, parsed.GetValue(collections) ?? 1, 10_000, "--collections"), Shared.Between(1, parsed.GetValue(least) ?? 2, 1_000, "--least-servers"));
            var (itemCount, requests) = (Shared.Between(1, parsed.GetValue(items), 1_000_000_000, "--items"), Shared.Between(1, parsed.GetValue(rps), 10_000_000, "--rps"));
            var plan = CapacityPlan.Of(Measured.Committed, itemCount, requests, count, apart);
            var known = parsed.GetValue(prices) is { } file ? Prices.Load(file) : null;
            var month = known?.Month(plan.AllCores, plan.AllMemoryBytes);
            if (parsed.GetValue(json))
            {
                Shared.PrintJson(new
                {
                    Servers = plan.Replicas,
                    CoresEach = Math.Round(plan.Cores, 2),
                    MemoryBytesEach = plan.MemoryBytes,
                    DiskBytesEach = plan.DiskBytes,
                    Cores = Math.Round(plan.AllCores, 2),
                    MemoryBytes = plan.AllMemoryBytes,
                    BuildSeconds = Math.Round(plan.BuildSeconds, 1),
                    plan.BuildMemoryBytes,
                    Month = month is { } cost ? Math.Round(cost, 2) : (double?)null,
                    known?.Currency,
                    Measured.Committed.Machine,
                });
                return Task.FromResult(Exit.Done);
            }
            var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
            Row("servers", $"{plan.Replicas:N0}");
            Row("each", $"{plan.Cores:0.00} cores, {plan.MemoryBytes >> 20:N0} MiB of memory, {plan.DiskBytes >> 20:N0} MiB of disk");
            Row("together", $"{plan.AllCores:0.00} cores, {plan.AllMemoryBytes >> 20:N0} MiB of memory");
            Row("a build", $"{plan.BuildSeconds:N0} s on {CapacityPlan.BuildCores} cores{(count > 1 ? ", all collections one after the other" : "")}; {plan.BuildMemoryBytes >> 20:N0} MiB of memory");
            if (count > 1)
            {
                var alone = CapacityPlan.Of(Measured.Committed, (itemCount + count - 1) / count, (requests + count - 1) / count, 1, apart);
                Row("apart", $"a service for each of the {count:N0} collections: {count * alone.Replicas:N0} servers, {count * alone.AllCores:0.00} cores, {count * (alone.AllMemoryBytes >> 20):N0} MiB of memory");
            }
            if (known is not null) Row("costs", $"{month:N0} {known.Currency} a month for servers, by prices as of {known.AsOf:yyyy-MM-dd}");
            Row("measured on", $"{Measured.Committed.Machine}");
            AnsiConsole.Write(table);
            return Task.FromResult(Exit.Done);

            void Row(string name, FormattableString value) => table.AddRow(name, Markup.Escape(FormattableString.Invariant(value)));
        });
        return command;
    }
}
