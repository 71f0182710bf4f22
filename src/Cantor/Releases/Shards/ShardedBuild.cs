using Cantor.Corpus;
using Cantor.Kernels;
using Cantor.Ranking;

namespace Cantor.Releases.Shards;

/// <summary>
/// A build by several processes, on several machines: each reads and fits the whole corpus, which gives all of them the same, and ranks
/// its part of the items. The release that is assembled of their files has the bytes that one process alone would have written.
/// </summary>
public static class ShardedBuild
{
    /// <summary>Builds one shard. Its file appears whole or not at all; where it is already there, nothing is ranked.</summary>
    /// <param name="collection">The collection's name.</param>
    /// <param name="items">The corpus, whole.</param>
    /// <param name="events">What units looked at; null for none.</param>
    /// <param name="options">How; the same for all shards, threads excepted.</param>
    /// <param name="index">Which shard, from 0.</param>
    /// <param name="count">Of how many, 1 to <see cref="ShardName.MostShards"/>.</param>
    /// <param name="directory">Where the file goes; made if absent.</param>
    /// <param name="time">Says when it began, and times the stages.</param>
    /// <param name="progress">Told now and then how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Stops the build; no file is left.</param>
    /// <exception cref="InputFaultException">The corpus is empty, or a source is at fault.</exception>
    public static async Task<ShardReport> BuildAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, BuildOptions options, int index, int count, string directory,
        TimeProvider time, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, ShardName.MostShards);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        var clock = new BuildClock(collection, options, time);
        var build = await PreparedBuild.PrepareAsync(collection, items, events, options, clock, progress, cancellationToken);
        var facts = ShardFacts.Of(build, options, clock.Start);
        var name = new ShardName(collection, facts.Inputs(), index, count);
        var (part, path) = (name.PartOf(facts.Items), Path.Combine(directory, name.ToString()));
        var there = IsThere(path);
        if (!there)
        {
            // The first one's sections are the release's.
            var sections = index == 0 ? build.Fitted.Sections : new();
            if (index == 0) sections.Add("meta", build.Summary.ToMeta());
            sections.Add(ShardFacts.Section, facts.ToColumn());
            build.Rank(sections, part, clock, progress, cancellationToken);
            progress?.Report(new("write", 0, null));
            ReleaseWriter.WriteShard(path, collection, sections);
            clock.EndOf("write");
        }
        return new(name, path, new FileInfo(path).Length, part.End - part.Start, there, clock.Stages);
    }

    /// <summary>Writes the release.</summary>
    /// <param name="shards">All shards of one build, in order.</param>
    /// <param name="directory">Where the release goes; made if absent.</param>
    /// <param name="time">Times the stages. The version's time is that at which the first of the shards was begun.</param>
    public static BuildReport Assemble(IReadOnlyList<Shard> shards, string directory, TimeProvider time)
    {
        var clock = new BuildClock(time);
        for (var i = 0; i < shards.Count; i++)
            if (shards[i].Name != shards[0].Name with { Index = i, Count = shards.Count })
                throw new ArgumentException($"shard {i} is {shards[i].Name}; expected {shards[0].Name with { Index = i, Count = shards.Count }}", nameof(shards));
        var (first, facts) = (shards[0].Sections, shards[0].Facts);
        var sections = new Sections();
        foreach (var section in first.InOrder)
            if (section.Name is not "meta" and not ShardFacts.Section && !NeighborLists.Holds(section.Name)) sections.Add(section);
        NeighborLists.Join(sections, [.. shards.Select(shard => shard.Sections)]);
        clock.EndOf("assemble");
        var summary = ReleaseSummary.OfMeta(first.Get<byte>("meta"), default, 0);
        return ReleaseBuilder.Write(sections, summary, directory, shards.Min(shard => shard.Begun), clock) with
        {
            Read = facts.Read,
            Duplicates = facts.Duplicates,
            Terms = facts.Terms,
        };
    }

    static bool IsThere(string path)
    {
        if (!File.Exists(path)) return false;
        try
        {
            using var shard = Shard.Open(path);
            return true;
        }
        catch (ReleaseFaultException)
        {
            return false; // cut by whoever copied it: it is built again
        }
    }
}

/// <summary>What building a shard did.</summary>
/// <param name="Name">Which shard of what.</param>
/// <param name="Path">Its file.</param>
/// <param name="Bytes">The file's size.</param>
/// <param name="Items">How many items it ranked.</param>
/// <param name="WasThere">True when its file was there already.</param>
/// <param name="Stages">How long each stage took, in order.</param>
public sealed record ShardReport(ShardName Name, string Path, long Bytes, int Items, bool WasThere, IReadOnlyList<(string Stage, TimeSpan Took)> Stages);
