using System.Globalization;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Releases.Shards;
using Cantor.Storage;
using Spectre.Console;

namespace Cantor.Cli.Commands;

/// <summary>What <c>build</c> does with shards.</summary>
static class BuildShards
{
    const int MostSeconds = 7 * 24 * 3600;

    /// <summary>What a build is asked to do.</summary>
    /// <param name="Index">The shard to rank; null to assemble.</param>
    /// <param name="Count">How many shards there are.</param>
    /// <param name="Wait">How long to wait for them.</param>
    internal sealed record Part(int? Index, int Count, TimeSpan Wait);

    /// <summary>The part that is asked for; null for a whole build.</summary>
    internal static Part? Of(string? shard, int? assemble, int? wait)
    {
        if (shard is not null && assemble is not null) throw new InputFaultException("--assemble", null, "is given beside --shard; expected one of them: each shard first, then the release of all");
        if (wait is not null && assemble is null) throw new InputFaultException("--wait", null, "is given without --assemble");
        if (assemble is { } count) return new(null, Shared.Between(1, count, ShardName.MostShards, "--assemble"), TimeSpan.FromSeconds(Shared.Between(0, wait ?? 0, MostSeconds, "--wait")));
        if (shard is null) return null;
        return shard.Split('/') is [var first, var second] && Number(first) is { } index && Number(second) is { } of && of is >= 1 and <= ShardName.MostShards && index < of
            ? new(index, of, TimeSpan.Zero)
            : throw new InputFaultException("--shard", null, FormattableString.Invariant($"expected I/N with N from 1 to {ShardName.MostShards:N0} and I from 0 to N-1, found {shard}"));
    }

    static int? Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static async Task<BuildReport> AssembleAsync(ShardPlace place, string collection, BuildOptions options, Part part, string releases, CancellationToken cancellationToken)
    {
        var shards = await place.TakeAsync(collection, options, part.Count, part.Wait, TimeProvider.System, cancellationToken);
        try
        {
            return ShardedBuild.Assemble(shards, releases, TimeProvider.System);
        }
        finally
        {
            foreach (var shard in shards) shard.Dispose();
        }
    }

    internal static void Print(ShardReport shard, bool json)
    {
        var seconds = shard.Stages.ToDictionary(stage => stage.Stage, stage => Math.Round(stage.Took.TotalSeconds, 3));
        if (json)
        {
            Shared.PrintJson(new { shard.Name.Collection, Shard = shard.Name.Index, Of = shard.Name.Count, Inputs = shard.Name.Inputs.ToString("x16", CultureInfo.InvariantCulture), shard.Items, shard.WasThere, shard.Path, shard.Bytes, Seconds = seconds });
            return;
        }
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        void Row(string name, FormattableString value) => table.AddRow(name, Markup.Escape(FormattableString.Invariant(value)));
        Row("shard", $"{shard.Name.Index} of {shard.Name.Count}, {shard.Name.Collection} {shard.Name.Inputs:x16}");
        Row("items", shard.WasThere ? $"{shard.Items:N0}, which were ranked before" : (FormattableString)$"{shard.Items:N0}");
        foreach (var (stage, took) in seconds) Row(stage, $"{took:F2} s");
        Row("file", $"{shard.Path} ({shard.Bytes / 1048576.0:F1} MiB)");
        AnsiConsole.Write(table);
    }
}
