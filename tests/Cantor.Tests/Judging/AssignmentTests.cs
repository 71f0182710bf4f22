using System.Text;
using Cantor.Judging;

namespace Cantor.Tests.Judging;

public sealed class AssignmentTests
{
    const int Units = 20_000;

    static readonly Assignment News = new("news 20261123T211201Z-00000000");

    static HashSet<int> At(Assignment assignment, int weight) =>
        [.. Enumerable.Range(0, Units).Where(unit => assignment.IsCanary(Encoding.UTF8.GetBytes($"user-{unit}"), weight))];

    [Fact]
    public void A_unit_stays_where_it_is_and_each_step_takes_in_all_of_the_step_before()
    {
        var before = At(News, 0);
        Assert.Empty(before);
        foreach (var weight in new[] { 1, 100, 500, 2_500, 5_000, 9_999, Assignment.Whole })
        {
            var now = At(News, weight);
            Assert.True(now.IsSupersetOf(before), $"{weight}");
            Assert.True(now.SetEquals(At(new("news 20261123T211201Z-00000000"), weight)), $"{weight}");
            before = now;
        }
        Assert.Equal(Units, before.Count);
    }

    [Theory]
    [InlineData(100), InlineData(500), InlineData(2_500), InlineData(5_000)]
    public void The_share_is_the_weight(int weight)
    {
        var (expected, spread) = (Units * weight / 10_000.0, Math.Sqrt(Units * weight / 10_000.0 * (1 - weight / 10_000.0)));
        Assert.InRange(At(News, weight).Count, expected - 5 * spread, expected + 5 * spread);
    }

    [Fact]
    public void Another_rollout_draws_other_units()
    {
        var (one, other) = (At(News, 5_000), At(new("news 20261124T211201Z-00000001"), 5_000));
        Assert.InRange(one.Count(other.Contains), Units / 4 - 600, Units / 4 + 600);
    }

    [Fact]
    public void The_formula_is_the_published_one()
    {
        // Other programs draw the same: docs/rollouts.md has the formula.
        var hash = System.IO.Hashing.XxHash64.HashToUInt64("salt|unit"u8);
        var bucket = (int)(hash % 10_000);
        Assert.False(new Assignment("salt").IsCanary("unit"u8, bucket));
        Assert.True(new Assignment("salt").IsCanary("unit"u8, bucket + 1));
    }
}
