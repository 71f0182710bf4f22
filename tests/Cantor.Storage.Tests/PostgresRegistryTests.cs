using Cantor.Corpus;
using Npgsql;

namespace Cantor.Storage.Tests;

public sealed class PostgresRegistryTests : RegistryContract, IAsyncLifetime
{
    PostgresTestStore? _place;
    Store? _store;

    public async ValueTask InitializeAsync()
    {
        _place = await PostgresTestStore.MakeAsync();
        _store = await Store.OpenAsync(_place.Address, Time, TestStore.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        if (_place is not null) await _place.DisposeAsync();
        Dispose();
    }

    protected override Registry Open(TimeProvider time) => _store!.Registry(Data.FullName);

    [Theory]
    [InlineData("DELETE FROM alias_history"), InlineData("UPDATE alias_history SET why = ''")]
    public async Task The_history_cannot_be_rewritten(string sql)
    {
        using var registry = Open(Time);
        var release = registry.Register("news", Version(1), 7, 4, "built");
        await File.WriteAllTextAsync(release.Path, "file", TestStore.Token);
        registry.MoveAlias("news", AliasName.Live, null, release.Version, "test", "because");
        Assert.Contains("append-only", (await Assert.ThrowsAsync<PostgresException>(() => _place!.ScalarAsync(sql))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_directory_that_is_a_file_is_refused_by_name()
    {
        var file = Path.Combine(Data.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Equal(file, Assert.Throws<InputFaultException>(() => _store!.Registry(file)).Source);
    }
}
