using Cantor.Releases;

namespace Cantor.Tests.Releases;

public sealed class CorruptionTests : IAsyncLifetime
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-corruption-");
    string _path = "";
    byte[] _bytes = [];
    int _headLength;

    public async ValueTask InitializeAsync()
    {
        var report = await ReleaseBuilder.BuildAsync("small", SyntheticCorpus.Stream(SyntheticCorpus.Items(60)), null, new() { K = 5 },
            _folder.FullName, TimeProvider.System, null, TestContext.Current.CancellationToken);
        _path = report.Path;
        _bytes = await File.ReadAllBytesAsync(_path, TestContext.Current.CancellationToken);
        _headLength = ReleaseFormat.HeaderSize + ReleaseFormat.EntrySize * BitConverter.ToInt32(_bytes, 12);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_whole_release_opens_and_verifies()
    {
        using var release = Release.Open(_path);
        release.Verify();
        Assert.Equal(60, release.Count);
    }

    [Fact]
    public void Any_flipped_byte_of_header_and_table_is_refused()
    {
        for (var at = 0; at < _headLength; at++)
        {
            var changed = _bytes.ToArray();
            changed[at] ^= 0x41;
            File.WriteAllBytes(_path, changed);
            AssertTold(Assert.Throws<ReleaseFaultException>(() => Release.Open(_path).Dispose()));
        }
    }

    /// <summary>A fault names the file, and in it a section or the bytes.</summary>
    void AssertTold(ReleaseFaultException fault)
    {
        Assert.StartsWith(_path + ": ", fault.Message, StringComparison.Ordinal);
        Assert.Matches("section [a-z]|bytes?[ :;]|header|table|name", fault.Message[_path.Length..]);
    }

    [Fact]
    public void A_cut_release_is_refused_wherever_it_is_cut()
    {
        for (var length = 0; length < _bytes.Length; length += length < _headLength ? 1 : 997)
        {
            File.WriteAllBytes(_path, _bytes[..length]);
            AssertTold(Assert.Throws<ReleaseFaultException>(() => Release.Open(_path).Dispose()));
        }
    }

    [Fact]
    public void A_flipped_byte_behind_the_table_is_found_by_verify()
    {
        for (var at = _headLength; at < _bytes.Length; at += 499)
        {
            var changed = _bytes.ToArray();
            changed[at] ^= 0x41;
            File.WriteAllBytes(_path, changed);
            AssertTold(Assert.Throws<ReleaseFaultException>(() =>
            {
                using var release = Release.Open(_path);
                release.Verify();
            }));
        }
    }

    [Fact]
    public void A_file_with_another_release_s_name_is_refused()
    {
        var other = Path.Combine(_folder.FullName, "small-20200101T000000Z-00000000.cantor");
        File.Copy(_path, other);
        Assert.Contains("file's name says", Assert.Throws<ReleaseFaultException>(() => Release.Open(other)).Message, StringComparison.Ordinal);
    }
}
