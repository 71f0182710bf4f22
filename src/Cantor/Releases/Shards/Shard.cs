using Cantor.Kernels;

namespace Cantor.Releases.Shards;

/// <summary>A shard's file, mapped. The first of a build holds the release but for its lists too.</summary>
public sealed class Shard : IDisposable
{
    readonly MappedSections _mapped;

    Shard(string path, ShardName name, MappedSections mapped)
    {
        (Path, Name, _mapped) = (path, name, mapped);
        Facts = ShardFacts.OfColumn(mapped.Sections.Get<byte>(ShardFacts.Section));
        if (Facts.Inputs() != name.Inputs) throw new InvalidDataException($"it was made from {Facts.Inputs():x16}; the file's name says {name.Inputs:x16}");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Which shard of what.</summary>
    public ShardName Name { get; }

    /// <summary>When its build started.</summary>
    public DateTimeOffset Begun => Facts.Begun;

    internal ShardFacts Facts { get; }

    internal Sections Sections => _mapped.Sections;

    /// <summary>Maps a shard and compares every checksum.</summary>
    /// <exception cref="ReleaseFaultException">It is no whole shard; the message says what is wrong.</exception>
    public static Shard Open(string path)
    {
        var name = ShardName.Parse(path) ?? throw new ReleaseFaultException(path, null, "the file's name is no shard's; expected <collection>-<hash>-<index>-of-<count>.shard");
        return MappedSections.Open(path, "shard", mapped =>
        {
            mapped.Verify();
            return new Shard(path, name, mapped);
        });
    }

    /// <summary>What another shard was built from that this one was not, in words; empty when both are of one build.</summary>
    public IReadOnlyList<string> DifferencesTo(Shard other) => [.. Facts.DifferencesTo(other.Facts)];

    /// <summary>What of the options that lists depend on it was built with, and these are not, in words. Encoder and changes are known by reading a corpus only, and are not compared.</summary>
    public IReadOnlyList<string> DifferencesTo(BuildOptions options) => [.. Facts.DifferencesTo(options.Named())];

    /// <summary>Unmaps the file.</summary>
    public void Dispose() => _mapped.Dispose();
}
