using Cantor.Fleet.Capacity;

namespace Cantor.Fleet.Tests;

public class CapacityTests
{
    // Round numbers, so that the answers are known without reckoning twice.
    static readonly Measured Round = new("a machine",
        new(BaseBytes: 64 << 20, BytesACollection: 1 << 20, OwnBytesAnItem: 0, FileBytesAnItem: 2048, ProcessorMicrosARequest: 100, StartSeconds: .1),
        new(BaseBytes: 256 << 20, BytesAnItem: 4096, BaseSeconds: 1, ProcessorMicrosAnItem: 200),
        new(20, 1000, 1, 1));

    [Fact]
    public void A_small_service_takes_the_least()
    {
        var plan = CapacityPlan.Of(Round, items: 100, rps: 1, collections: 1, leastReplicas: 2);
        Assert.Equal((2, .1, 128L << 20, 256L << 20, 448L << 20), (plan.Replicas, plan.Cores, plan.MemoryBytes, plan.DiskBytes, plan.BuildMemoryBytes));
    }

    [Fact]
    public void Memory_is_the_servers_own_and_three_files()
    {
        var plan = CapacityPlan.Of(Round, items: 1 << 20, rps: 1, collections: 1, leastReplicas: 2);
        Assert.Equal((64L << 20) + 3 * (2048L << 20), plan.MemoryBytes);
        Assert.InRange(plan.DiskBytes, (long)(1.7 * 7 * (2048L << 20)), (long)(1.7 * 7 * (2048L << 20)) + (32 << 20)); // room for longer texts
    }

    [Theory]
    [InlineData(1_000, 2, .1)] // 0.1 of a core is busy: 0.2 planned, on two servers
    [InlineData(10_000, 2, 1)]
    [InlineData(100_000, 10, 2)]
    public void Servers_are_added_when_one_would_need_more_than_two_cores(int rps, int servers, double cores)
    {
        var plan = CapacityPlan.Of(Round, 1, rps, 1, 2);
        Assert.Equal(servers, plan.Replicas);
        Assert.Equal(cores, plan.Cores, 9);
    }

    [Fact]
    public void A_build_of_more_items_takes_longer_and_more()
    {
        var plan = CapacityPlan.Of(Round, 1_000_000, 1, 4, 2);
        Assert.Equal((4 + 200) / 2.0, plan.BuildSeconds);
        Assert.Equal(CapacityPlan.Of(Round, 750_000, 1, 1, 2).BuildMemoryBytes, plan.BuildMemoryBytes); // the largest of four may have three times the average
    }

    [Fact]
    public void Collections_that_share_servers_take_less_than_apart()
    {
        var together = CapacityPlan.Of(Measured.Committed, 20_000, 20, 20, 2);
        var apart = CapacityPlan.Of(Measured.Committed, 1_000, 1, 1, 2);
        Assert.InRange(together.AllMemoryBytes, 1, 20 * apart.AllMemoryBytes - 1);
        Assert.InRange(together.AllCores, 0, 20 * apart.AllCores);
    }

    [Theory]
    [InlineData(2, 4, 730 * (2 * .5 + 4 * .25))]
    [InlineData(.5, 8, 730 * (2 * .5 + 8 * .25))] // no more than 4 GiB are sold with a processor
    public void A_month_has_730_hours_of_processors_and_memory(double cores, int gib, double cost) =>
        Assert.Equal(cost, new Prices("USD", new(2026, 1, 31), "a list", .5, .25, 4, [("cluster", 70), ("balancer", 20)]).Month(cores, (long)gib << 30), 9);

    [Fact]
    public void A_server_is_paid_with_the_proxy_that_stands_beside_it()
    {
        var proxy = File.ReadAllText(Path.Combine(Scratch.Repository, "deploy/kubernetes/components/cloud-sql-proxy/kustomization.yaml"));
        Assert.Contains(FormattableString.Invariant($"cpu: {1000 * Rendering.ServiceFacts.ProxyCores:0}m\n                memory: {Rendering.ServiceFacts.ProxyBytes >> 20}Mi\n"), proxy, StringComparison.Ordinal);
        var service = Fleet.Load(Path.Combine(Scratch.Repository, "fleet")).Services.Single(one => one.Name == "drugs");
        var facts = new Rendering.ServiceFacts(service, service.Environments[^1]);
        Assert.Equal(2 * (.1 + .05) + 2 * (128 + 64) / 1024.0, facts.Month(new("USD", new(2026, 1, 31), "a list", 1 / 730.0, 1 / 730.0, null, [])), 9);
    }

    [Fact]
    public void What_is_committed_was_measured_and_is_plausible()
    {
        var measured = Measured.Committed;
        Assert.Contains("Cantor", measured.Machine, StringComparison.Ordinal);
        Assert.InRange(measured.Server.FileBytesAnItem, 100, 100_000);
        Assert.InRange(measured.Server.ProcessorMicrosARequest, 1, 10_000);
        Assert.InRange(measured.Sharing.TogetherBytes, 1, measured.Sharing.ApartBytes);
        Assert.Equal(measured, System.Text.Json.JsonSerializer.Deserialize<Measured>(measured.ToJson(), System.Text.Json.JsonSerializerOptions.Web));
    }
}
