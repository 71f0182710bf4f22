using System.Text.Json;
using Cantor.Judging;

namespace Cantor.Tests.Judging;

public sealed class SimulationTests
{
    static IReadOnlyList<SimulatedCase> Run(int threads = 1, ulong seed = 1, double beta = .005) =>
        Simulation.Run(new() { Beta = beta }, new() { Runs = 40, Minutes = 10, Seed = seed, Threads = threads }, null, TestContext.Current.CancellationToken);

    [Fact]
    public void A_seed_gives_the_same_table_on_any_number_of_threads() => Assert.Equal(Run(threads: 1), Run(threads: 3));

    [Fact]
    public void Another_seed_gives_another_table() => Assert.NotEqual(Run(), Run(seed: 2));

    [Fact]
    public void The_constants_reach_the_judge() => Assert.NotEqual(Run(), Run(beta: .1));

    [Fact]
    public void What_should_come_out_follows_from_the_alternative()
    {
        var cases = Run();
        Assert.Equal(Simulation.Cases, cases.Count);
        Assert.Equal(Expected.Pass, Of(.01, "×1"));
        Assert.Equal(Expected.Abort, Of(.01, "×2"));
        Assert.Equal(Expected.Either, Of(.001, "×2")); // .2 % is under the floor of half a percentage point
        Assert.Equal(Expected.Pass, Of(.05, "2 %")); // better than live
        Expected Of(double share, string effect) => cases.First(one => one.Base == share && one.Effect == effect).Expected;
    }

    [Fact]
    public void A_canary_that_only_fails_is_aborted_in_every_run_and_one_that_never_does_in_none() =>
        Assert.All(Run(), one =>
        {
            if (one.Effect == "100 %") Assert.Equal(one.Runs, one.Aborted);
            if (one.Share == 0) Assert.Equal(0, one.Aborted);
        });

    /// <summary>The committed table is what the program prints: the cases that are decided soon are played again, all runs of them.</summary>
    [Fact]
    public void The_committed_table_comes_out_again()
    {
        using var committed = JsonDocument.Parse(File.ReadAllText(Path.Combine(ArchitectureTests.Repository, "bench", "results", "judge.json")));
        var rows = committed.RootElement.GetProperty("cases").EnumerateArray().ToList();
        var runs = committed.RootElement.GetProperty("runs").GetInt32();
        int[] soon = [.. rows.Index().Where(row => Seconds(row.Item, "abortP95") + Seconds(row.Item, "acceptMedian") <= 30).Select(row => row.Index)];
        Assert.True(soon.Length >= 20, $"{soon.Length} cases are decided soon");
        var played = Simulation.Run(new(), new() { Runs = runs, Seed = committed.RootElement.GetProperty("seed").GetUInt64(), Only = soon, Threads = 2 }, null, TestContext.Current.CancellationToken);
        Assert.Equal(
            soon.Select(number => (rows[number].GetProperty("base").GetDouble(), rows[number].GetProperty("effect").GetString(), rows[number].GetProperty("aborted").GetInt32(), rows[number].GetProperty("accepted").GetInt32())),
            played.Select(one => (one.Base, (string?)one.Effect, one.Aborted, one.Accepted)));
        static double Seconds(JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetDouble() : 0;
    }

    [Fact]
    public void The_committed_table_keeps_the_aims()
    {
        using var committed = JsonDocument.Parse(File.ReadAllText(Path.Combine(ArchitectureTests.Repository, "bench", "results", "judge.json")));
        foreach (var row in committed.RootElement.GetProperty("cases").EnumerateArray())
        {
            var (runs, aborted, accepted) = (row.GetProperty("runs").GetInt32(), row.GetProperty("aborted").GetInt32(), row.GetProperty("accepted").GetInt32());
            if (row.GetProperty("expected").GetString() is "pass") Assert.True(aborted <= .005 * runs, row.ToString());
            if (row.GetProperty("expected").GetString() is "abort") Assert.True(accepted <= .01 * runs, row.ToString());
        }
    }
}
