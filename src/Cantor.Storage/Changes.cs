using System.Data.Common;
using System.Runtime.CompilerServices;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// The log of each collection's changes and what they come to for each item. Numbers are given under a lock that is held to the
/// commit: whoever has read change N never comes upon a smaller one later, on any server.
/// </summary>
public sealed class Changes
{
    const int StatesPerQuery = 1_000;
    const string StateColumns = "id, number, payload, whole, written_at, written_by, deleted_at, deleted_by, hidden_at, hidden_by";

    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal Changes(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>Makes changes, all or none, in the order given.</summary>
    /// <param name="collection">Whose.</param>
    /// <param name="changes">What to change; an item may come several times.</param>
    /// <param name="by">Who asks: a key's id, a user.</param>
    /// <param name="cancellationToken">Stops waiting; the changes may have been made or not.</param>
    /// <returns>The number of each change; null for a patch of a deleted item, which is not made: only an upsert brings it back.</returns>
    /// <exception cref="InputFaultException">There is no such collection, or a payload is no JSON object, or missing.</exception>
    public async Task<IReadOnlyList<long?>> AppendAsync(string collection, IReadOnlyList<NewChange> changes, string by, CancellationToken cancellationToken)
    {
        foreach (var change in changes) Check(change);
        var act = new Act(Times.Stored(_time.GetUtcNow()), by);
        return changes.Count == 0 ? [] : await _database.WriteAsync(session => AppendAsync(session, collection, changes, act), cancellationToken);
    }

    /// <summary>The changes after a number, in order.</summary>
    /// <param name="collection">Whose.</param>
    /// <param name="after">The last number that the caller has seen; 0 for none.</param>
    /// <param name="most">The most changes to give, 1 or more.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<ChangePage> ReadAsync(string collection, long after, int most, CancellationToken cancellationToken) =>
        _database.ReadAsync(async session =>
        {
            var changes = await session.QueryAsync(
                "SELECT number, kind, id, payload, at, by FROM changes WHERE collection = @collection AND number > @after ORDER BY number LIMIT @most",
                ReadChange, ("@collection", collection), ("@after", after), ("@most", most));
            // Asked last: what was trimmed between the two questions is told rather than missed.
            var (last, trimmed) = await SequenceAsync(session, collection);
            return new ChangePage(changes, last, trimmed);
        }, cancellationToken);

    /// <summary>The last change of every collection that was ever changed, in one question.</summary>
    public Task<Dictionary<string, long>> LastAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(async session => (await session.QueryAsync("SELECT collection, last FROM sequences", row => (Collection: row.GetString(0), Last: row.GetInt64(1))))
            .ToDictionary(one => one.Collection, one => one.Last, StringComparer.Ordinal), cancellationToken);

    /// <summary>The last change that a release folded in, as this store numbers them; 0 for one that it does not know, or that came from another store.</summary>
    public async Task<long> FoldedAsync(string collection, ReleaseVersion version, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync("SELECT last_change FROM releases WHERE collection = @collection AND version = @version",
            row => row.GetInt64(0), ("@collection", collection), ("@version", version.ToString())), cancellationToken) is [var folded] ? folded : 0;

    /// <summary>The state of an item; null when nothing was ever pushed, deleted or hidden by that id.</summary>
    public async Task<ItemState?> FindAsync(string collection, string id, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            $"SELECT {StateColumns} FROM states WHERE collection = @collection AND subject = 'item' AND id = @id",
            ReadState, ("@collection", collection), ("@id", id)), cancellationToken) is [var state] ? state : null;

    /// <summary>The states of those of the items that have one, in no order.</summary>
    public Task<IReadOnlyList<ItemState>> FindAsync(string collection, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ItemState>>(async session => await StatesOfAsync(session, collection, "item", [.. ids]), cancellationToken);

    /// <summary>
    /// What lies over a release: the items that changed after a number, and every item that is deleted or hidden, whenever that
    /// was. With <paramref name="after"/> = 0, all items: what a build reads. In the order of ids.
    /// </summary>
    /// <remarks>
    /// Read in pages, while others write. Ask for <see cref="ReadAsync"/>'s Last first: changes after that number then bring the
    /// states that were read up to date, those that they hold already included.
    /// </remarks>
    public IAsyncEnumerable<ItemState> StatesAsync(string collection, long after, CancellationToken cancellationToken) =>
        StatesAsync(collection, "item", after, cancellationToken);

    /// <summary>The items that changed after a number, in the order of their last changes: read on from the number that comes with them, all are met, however long ago the log was trimmed.</summary>
    /// <param name="collection">Whose.</param>
    /// <param name="after">The number that the caller has come to.</param>
    /// <param name="most">The most items to give, 1 or more; so many mean that there may be more.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The items, and the number that whoever knows them has come to.</returns>
    public Task<(IReadOnlyList<ItemState> States, long Number)> StatesSinceAsync(string collection, long after, int most, CancellationToken cancellationToken) =>
        _database.ReadAsync<(IReadOnlyList<ItemState>, long)>(async session =>
        {
            // The number first: an item that changes meanwhile is met once more.
            var (last, _) = await SequenceAsync(session, collection);
            var states = await session.QueryAsync($"SELECT {StateColumns} FROM states WHERE collection = @collection AND subject = 'item' AND number > @after ORDER BY number LIMIT @most",
                ReadState, ("@collection", collection), ("@after", after), ("@most", most));
            return (states, states.Count == most ? states[^1].Number : Math.Max(after, last));
        }, cancellationToken);

    /// <summary>Of the items that changed after a number those that are deleted or hidden.</summary>
    public Task<IReadOnlyList<ItemState>> TakenDownSinceAsync(string collection, long after, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ItemState>>(async session => await session.QueryAsync(
            $"SELECT {StateColumns} FROM states WHERE collection = @collection AND subject = 'item' AND number > @after AND (deleted_at IS NOT NULL OR hidden_at IS NOT NULL) ORDER BY number",
            ReadState, ("@collection", collection), ("@after", after)), cancellationToken);

    /// <summary>The rules that are in force, in the order of their ids.</summary>
    public IAsyncEnumerable<ItemState> RulesAsync(string collection, CancellationToken cancellationToken) =>
        StatesAsync(collection, "rule", 0, cancellationToken).Where(rule => rule.Deleted is null);

    /// <summary>
    /// Forgets changes that no release of an alias lacks: those to the smallest number that a release of live, canary or previous
    /// folded in. Without any alias nothing is forgotten. States, tombstones among them, are kept for good.
    /// </summary>
    /// <returns>How many changes were forgotten.</returns>
    public Task<int> TrimAsync(string collection, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            await session.LockAsync(collection);
            var to = (await session.QueryAsync("""
                SELECT coalesce(min(last_change), 0) FROM releases
                WHERE collection = @collection AND version IN (SELECT version FROM aliases WHERE collection = @collection)
                """, row => row.GetInt64(0), ("@collection", collection)))[0];
            await session.ExecuteAsync("UPDATE sequences SET trimmed = @to WHERE collection = @collection AND trimmed < @to", ("@collection", collection), ("@to", to));
            return await session.ExecuteAsync("DELETE FROM changes WHERE collection = @collection AND number <= @to", ("@collection", collection), ("@to", to));
        }, cancellationToken);

    static void Check(NewChange change)
    {
        var wanted = change.Kind is ChangeKind.Upsert or ChangeKind.Patch;
        if (change.Payload is { } payload && (wanted || change.Kind is ChangeKind.Rule)) MergePatch.Parse(payload, change.Id);
        else if (wanted || change.Payload is not null)
            throw new InputFaultException(change.Id, null, $"{change.Kind.Text()} {(wanted ? "without a payload; expected a JSON object" : "with a payload; expected none")}");
    }

    static string Subject(NewChange change) => change.Kind is ChangeKind.Rule ? "rule" : "item";

    static async Task<IReadOnlyList<long?>> AppendAsync(Session session, string collection, IReadOnlyList<NewChange> changes, Act act)
    {
        var last = await session.LockAsync(collection);
        await Collections.CheckAsync(session, collection);
        var states = new Dictionary<(string Subject, string Id), ItemState>();
        foreach (var group in changes.GroupBy(Subject, change => change.Id))
            foreach (var state in await StatesOfAsync(session, collection, group.Key, [.. group.Distinct()]))
                states[(group.Key, state.Id)] = state;

        var numbers = new long?[changes.Count];
        var (log, touched) = (new List<object?[]>(), new HashSet<(string, string)>());
        for (var i = 0; i < changes.Count; i++)
        {
            var (change, key) = (changes[i], (Subject(changes[i]), changes[i].Id));
            if (ItemState.After(states.GetValueOrDefault(key), change, act) is not { } after) continue;
            numbers[i] = ++last;
            states[key] = after with { Number = last };
            touched.Add(key);
            log.Add([collection, last, change.Kind.Text(), change.Id, change.Payload, Times.Text(act.At), act.By]);
        }
        await session.ExecuteAsync("UPDATE sequences SET last = @last WHERE collection = @collection", ("@collection", collection), ("@last", last));
        await session.InsertAsync("INSERT INTO changes (collection, number, kind, id, payload, at, by)", log);
        await PutStatesAsync(session, collection, [.. touched.Select(key => (key.Item1, states[key]))]);
        return numbers;
    }

    internal static Task<int> PutStatesAsync(Session session, string collection, IReadOnlyList<(string Subject, ItemState State)> states) =>
        session.InsertAsync($"INSERT INTO states (collection, subject, {StateColumns})",
            [.. states.Select(one => new object?[]
            {
                collection, one.Subject, one.State.Id, one.State.Number, one.State.Payload, one.State.Whole ? 1 : 0,
                TimeOf(one.State.Written), one.State.Written?.By, TimeOf(one.State.Deleted), one.State.Deleted?.By, TimeOf(one.State.Hidden), one.State.Hidden?.By,
            })],
            """
            ON CONFLICT (collection, subject, id) DO UPDATE SET number = excluded.number, payload = excluded.payload, whole = excluded.whole,
                written_at = excluded.written_at, written_by = excluded.written_by, deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by,
                hidden_at = excluded.hidden_at, hidden_by = excluded.hidden_by
            """);

    static string? TimeOf(Act? act) => act is null ? null : Times.Text(act.At);

    async IAsyncEnumerable<ItemState> StatesAsync(string collection, string subject, long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var id = ""; ;)
        {
            var page = await _database.ReadAsync(session => StatesAsync(session, collection, subject, after, id), cancellationToken);
            foreach (var state in page) yield return state;
            if (page.Count < StatesPerQuery) yield break;
            id = page[^1].Id;
        }
    }

    internal static Task<List<ItemState>> StatesAsync(Session session, string collection, string subject, long after, string afterId) =>
        session.QueryAsync($"""
            SELECT {StateColumns} FROM states
            WHERE collection = @collection AND subject = @subject AND id > @id
                AND (number > @after OR deleted_at IS NOT NULL OR hidden_at IS NOT NULL)
            ORDER BY id LIMIT @most
            """,
            ReadState, ("@collection", collection), ("@subject", subject), ("@after", after), ("@id", afterId), ("@most", StatesPerQuery));

    internal static Task<List<ItemState>> StatesOfAsync(Session session, string collection, string subject, IReadOnlyList<string> ids) =>
        session.QueryManyAsync($"SELECT {StateColumns} FROM states WHERE collection = @collection AND subject = @subject AND id IN (@keys)",
            ids, ReadState, ("@collection", collection), ("@subject", subject));

    internal static async Task<(long Last, long Trimmed)> SequenceAsync(Session session, string collection) =>
        await session.QueryAsync("SELECT last, trimmed FROM sequences WHERE collection = @collection",
            row => (row.GetInt64(0), row.GetInt64(1)), ("@collection", collection)) is [var sequence] ? sequence : (0, 0);

    internal static Change ReadChange(DbDataReader row) =>
        new(row.GetInt64(0), ChangeKinds.Parse(row.GetString(1)), row.GetString(2), row.TextOrNull(3), Times.Parse(row.GetString(4)), row.GetString(5));

    static ItemState ReadState(DbDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.TextOrNull(2), row.GetInt32(3) == 1, ReadAct(row, 4), ReadAct(row, 6), ReadAct(row, 8));

    static Act? ReadAct(DbDataReader row, int column) => row.IsDBNull(column) ? null : new(Times.Parse(row.GetString(column)), row.GetString(column + 1));
}
