namespace Cantor.Fleet.Capacity;

/// <summary>What a service of some size takes, reckoned from what was measured.</summary>
public sealed record CapacityPlan
{
    /// <summary>Files that a server may have mapped at once: live, canary and previous.</summary>
    public const int Mapped = 3;

    /// <summary>Files that a server's disk may hold: the five newest that are kept, and those of aliases besides.</summary>
    public const int OnDisk = CollectionsKeep + 2;

    /// <summary>Of a processor only this share is planned for: the rest is for a server that is lost, and for minutes busier than the busiest.</summary>
    public const double BusyShare = .5;

    /// <summary>
    /// Room for texts that are longer than those that were measured, where too little would end a pod: its disk, and the memory of a
    /// build. Of the corpora in bench/results/related.md the one with the longest texts takes 1.64 times the file for each item, and 1.4
    /// times the memory.
    /// </summary>
    public const double LongerTexts = 1.7;

    /// <summary>The largest of several collections is taken to have this many times the items of the average one.</summary>
    public const double LargestShare = 3;

    /// <summary>Processors that one server is given at most, before another server is added.</summary>
    public const double MostCoresAServer = 2;

    /// <summary>Threads that a build is given.</summary>
    public const int BuildCores = 2;

    const int CollectionsKeep = 5;
    const double LeastCores = .1, CoreStep = .05;
    const long Step = 32L << 20, LeastMemory = 128L << 20, LeastDisk = 256L << 20;

    /// <summary>Memory of one server, in bytes: its own, and the files that it maps.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Processors of one server.</summary>
    public required double Cores { get; init; }

    /// <summary>Servers.</summary>
    public required int Replicas { get; init; }

    /// <summary>Disk of one server, in bytes.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>How long a build of the collections, one after the other, takes on <see cref="BuildCores"/> processors, in seconds.</summary>
    public required double BuildSeconds { get; init; }

    /// <summary>Memory of a build of the largest collection, in bytes.</summary>
    public required long BuildMemoryBytes { get; init; }

    /// <summary>Processors of all servers.</summary>
    public double AllCores => Cores * Replicas;

    /// <summary>Memory of all servers, in bytes.</summary>
    public long AllMemoryBytes => MemoryBytes * Replicas;

    /// <summary>Reckons what a service takes.</summary>
    /// <param name="measured">What things cost.</param>
    /// <param name="items">Items of all collections, 1 or more.</param>
    /// <param name="rps">Requests a second at the busiest time, 1 or more.</param>
    /// <param name="collections">Collections, 1 or more.</param>
    /// <param name="leastReplicas">Servers that there are at least: two, so that one may be lost, or one where that is allowed.</param>
    public static CapacityPlan Of(Measured measured, long items, int rps, int collections, int leastReplicas)
    {
        var (server, build) = (measured.Server, measured.Build);
        var cores = rps * server.ProcessorMicrosARequest / 1e6 / BusyShare;
        var replicas = Math.Max(leastReplicas, (int)Math.Ceiling(cores / MostCoresAServer));
        var files = (long)(items * server.FileBytesAnItem);
        var own = server.BaseBytes + (collections - 1) * server.BytesACollection + (long)(items * server.OwnBytesAnItem * Mapped);
        return new()
        {
            MemoryBytes = Up(own + files * Mapped, LeastMemory),
            Cores = Math.Max(LeastCores, Math.Ceiling(cores / replicas / CoreStep) * CoreStep),
            Replicas = replicas,
            DiskBytes = Up((long)(files * OnDisk * LongerTexts), LeastDisk),
            BuildSeconds = (collections * build.BaseSeconds + items * build.ProcessorMicrosAnItem / 1e6) / BuildCores,
            BuildMemoryBytes = Up((long)((build.BaseBytes + Math.Ceiling(items * Math.Min(1, LargestShare / collections)) * build.BytesAnItem) * LongerTexts), 2 * LeastMemory),
        };
    }

    static long Up(long bytes, long least) => Math.Max(least, (bytes + Step - 1) / Step * Step);
}
