using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Storage.Tests;

/// <summary>What every store of the registry must do. A store joins by deriving from this and saying how it is opened.</summary>
public abstract class RegistryContract : IDisposable
{
    static readonly ReleaseVersion First = Version(1), Second = Version(2), Third = Version(3);

    /// <summary>Opens the same, at first empty, store each time; a test may hold several at once.</summary>
    protected abstract Registry Open(TimeProvider time);

    protected DirectoryInfo Data { get; } = Directory.CreateTempSubdirectory("cantor-registry-");

    protected Clock Time { get; } = new();

    public void Dispose()
    {
        Data.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void An_empty_store_knows_nothing()
    {
        using var registry = Open(Time);
        Assert.Empty(registry.Collections());
        Assert.Empty(registry.Releases("news"));
        Assert.Empty(registry.History("news"));
        Assert.Null(registry.Alias("news", AliasName.Live));
        Assert.Null(registry.Find("news", First));
    }

    [Fact]
    public void A_registered_release_is_found_after_reopening()
    {
        using (var registry = Open(Time)) Registered(registry, "news", First);
        using var again = Open(Time);
        var release = Assert.Single(again.Releases("news"));
        Assert.Equal(("news", First, 7, 4L, "built", Clock.Begin, false),
            (release.Collection, release.Version, release.Items, release.Bytes, release.Provenance, release.RegisteredAt, release.Missing));
        Assert.Equal(release, again.Find("news", First));
        Assert.True(File.Exists(release.Path));
    }

    [Fact]
    public void Releases_are_listed_newest_first_and_collections_by_name()
    {
        using var registry = Open(Time);
        foreach (var version in new[] { Second, First, Third }) Registered(registry, "news", version);
        Registered(registry, "drugs", First);
        Assert.Equal([Third, Second, First], registry.Releases("news").Select(release => release.Version));
        Assert.Equal(["drugs", "news"], registry.Collections());
    }

    [Fact]
    public void Registering_twice_keeps_the_first_registration()
    {
        using var registry = Open(Time);
        var first = Registered(registry, "news", First);
        Time.Now += TimeSpan.FromHours(1);
        Assert.Equal(first, registry.Register("news", First, 99, 99, "imported"));
    }

    [Fact]
    public void A_name_that_is_none_is_refused()
    {
        using var registry = Open(Time);
        Assert.Contains("holds '/'", Assert.Throws<InputFaultException>(() => registry.Register("a/b", First, 1, 1, "built")).Message, StringComparison.Ordinal);
        Assert.Empty(registry.Collections());
    }

    [Fact]
    public void A_release_whose_file_is_gone_is_listed_as_missing_and_cannot_become_live()
    {
        using var registry = Open(Time);
        File.Delete(Registered(registry, "news", First).Path);
        Assert.True(Assert.Single(registry.Releases("news")).Missing);
        Assert.Contains("is missing", Assert.Throws<InputFaultException>(() => Move(registry, AliasName.Live, null, First)).Message, StringComparison.Ordinal);
        Assert.Null(registry.Alias("news", AliasName.Live));
    }

    [Fact]
    public void An_alias_cannot_point_to_a_release_nobody_registered()
    {
        using var registry = Open(Time);
        Registered(registry, "news", First);
        Registered(registry, "drugs", Second);
        Assert.Contains($"has no release {Second}", Assert.Throws<InputFaultException>(() => Move(registry, AliasName.Live, null, Second)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Moving_live_makes_what_was_live_previous()
    {
        using var registry = Open(Time);
        RegisterAll(registry);
        Assert.True(Move(registry, AliasName.Live, null, First));
        Assert.Null(registry.Alias("news", AliasName.Previous));
        Assert.True(Move(registry, AliasName.Live, First, Second));
        Assert.True(Move(registry, AliasName.Live, Second, Third));
        Assert.Equal((Third, Second), (registry.Alias("news", AliasName.Live), registry.Alias("news", AliasName.Previous)));
        // Back to previous: what was rolled back is where one could go forward to.
        Assert.True(Move(registry, AliasName.Live, Third, Second));
        Assert.Equal((Second, Third), (registry.Alias("news", AliasName.Live), registry.Alias("news", AliasName.Previous)));
    }

    [Fact]
    public void A_move_from_where_the_alias_is_not_changes_nothing()
    {
        using var registry = Open(Time);
        RegisterAll(registry);
        Assert.False(Move(registry, AliasName.Live, First, Second));
        Assert.True(Move(registry, AliasName.Live, null, First));
        Assert.False(Move(registry, AliasName.Live, null, Second));
        Assert.False(Move(registry, AliasName.Live, Third, Second));
        Assert.Equal(First, registry.Alias("news", AliasName.Live));
        Assert.Single(registry.History("news"));
    }

    [Fact]
    public void A_move_to_where_the_alias_is_succeeds_and_is_no_history()
    {
        using var registry = Open(Time);
        RegisterAll(registry);
        Move(registry, AliasName.Live, null, First);
        Assert.True(Move(registry, AliasName.Live, First, First));
        Assert.Single(registry.History("news"));
        Assert.Null(registry.Alias("news", AliasName.Previous));
    }

    [Fact]
    public void An_alias_can_be_taken_away()
    {
        using var registry = Open(Time);
        RegisterAll(registry);
        Move(registry, AliasName.Canary, null, Second);
        Assert.True(Move(registry, AliasName.Canary, Second, null));
        Assert.Null(registry.Alias("news", AliasName.Canary));
        Assert.Null(registry.Alias("news", AliasName.Previous));
    }

    [Fact]
    public void The_history_tells_who_when_why_from_and_to()
    {
        using var registry = Open(Time);
        RegisterAll(registry);
        registry.MoveAlias("news", AliasName.Live, null, First, "ann", "first build");
        Time.Now += TimeSpan.FromMinutes(1);
        registry.MoveAlias("news", AliasName.Live, First, Second, "nightly", "better", """{"churn":0.1}""");
        Assert.Equal(
            [
                (AliasName.Live, null, First, Clock.Begin, "ann", "first build"),
                (AliasName.Live, First, Second, Clock.Begin.AddMinutes(1), "nightly", "better"),
                (AliasName.Previous, (ReleaseVersion?)null, First, Clock.Begin.AddMinutes(1), "nightly", "better"),
            ],
            registry.History("news").Select(move => (move.Alias, move.From, move.To, move.At, move.By, move.Why)));
        Assert.Equal([null, """{"churn":0.1}""", """{"churn":0.1}"""], registry.History("news").Select(move => move.Numbers));
        Assert.Empty(registry.History("drugs"));
    }

    [Fact]
    public void The_data_version_changes_with_writes_of_this_and_other_registries_and_not_without()
    {
        using var registry = Open(Time);
        using var other = Open(Time);
        var before = registry.DataVersion();
        Assert.Equal(before, registry.DataVersion());
        Registered(registry, "news", First);
        var own = registry.DataVersion();
        Assert.NotEqual(before, own);
        Move(other, AliasName.Live, null, First);
        var others = registry.DataVersion();
        Assert.NotEqual(own, others);
        registry.Releases("news");
        other.Alias("news", AliasName.Live);
        Assert.Equal(others, registry.DataVersion());
    }

    [Fact]
    public async Task Of_many_who_move_at_once_from_one_place_exactly_one_wins()
    {
        using (var registry = Open(Time)) RegisterAll(registry);
        for (var round = 0; round < 10; round++)
        {
            ReleaseVersion? from;
            using (var registry = Open(Time)) from = registry.Alias("news", AliasName.Live);
            var to = from == First ? Second : First;
            using var together = new Barrier(4);
            var won = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                using var registry = Open(Time);
                together.SignalAndWait(TestContext.Current.CancellationToken);
                return Move(registry, AliasName.Live, from, to);
            })));
            Assert.Equal(1, won.Count(moved => moved));
        }
        using var last = Open(Time);
        Assert.Equal(10, last.History("news").Count(move => move.Alias is AliasName.Live));
    }

    [Fact]
    public async Task Several_may_open_an_empty_store_at_once()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Open(Time))));
        Registered(opened[0], "news", First);
        Assert.All(opened, registry => Assert.Single(registry.Releases("news")));
        foreach (var registry in opened) registry.Dispose();
    }

    protected static ReleaseVersion Version(int second) => new(Clock.Begin.AddSeconds(second), 0xabc);

    static bool Move(Registry registry, AliasName name, ReleaseVersion? from, ReleaseVersion? to) =>
        registry.MoveAlias("news", name, from, to, "test", "because");

    static void RegisterAll(Registry registry)
    {
        foreach (var version in new[] { First, Second, Third }) Registered(registry, "news", version);
    }

    static RegisteredRelease Registered(Registry registry, string collection, ReleaseVersion version)
    {
        File.WriteAllText(registry.PathOf(collection, version), "file");
        return registry.Register(collection, version, items: 7, bytes: 4, "built");
    }
}

/// <summary>A clock that a test moves.</summary>
public sealed class Clock : TimeProvider
{
    public static readonly DateTimeOffset Begin = new(2026, 11, 23, 21, 12, 0, TimeSpan.Zero);

    public DateTimeOffset Now { get; set; } = Begin;

    public override DateTimeOffset GetUtcNow() => Now;
}
