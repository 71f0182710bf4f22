namespace Cantor.Storage.Tests;

/// <summary>What both kinds of store must do, topic by topic; each topic is run over both.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    TestStore? _place;
    Store? _store;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected Clock Time { get; } = new();

    protected TestStore Place => _place!;

    protected Store Store => _store!;

    protected abstract Task<TestStore> MakeAsync();

    protected Task<Store> OpenAsync() => Store.OpenAsync(Place.Address, Time, Token);

    public async ValueTask InitializeAsync()
    {
        _place = await MakeAsync();
        _store = await OpenAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_store is not null) await _store.DisposeAsync();
        if (_place is not null) await _place.DisposeAsync();
    }

    protected async Task<StoredCollection> CreateAsync(string name = "news") => (await Store.Collections.CreateAsync(name, "{}", Token))!;
}
