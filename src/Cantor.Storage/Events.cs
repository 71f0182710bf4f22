using System.Data.Common;
using System.Runtime.CompilerServices;
using Cantor.Corpus;
using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>What somebody did with an item.</summary>
/// <param name="Id">Names the event; whoever sends it twice sends the same id.</param>
/// <param name="Type">What was done.</param>
/// <param name="Unit">The user or session.</param>
/// <param name="Item">The item's id.</param>
/// <param name="At">When, to the millisecond.</param>
/// <param name="RequestId">The answer it belongs to; null when it belongs to none.</param>
/// <param name="Position">The item's rank in that answer, from 1.</param>
public sealed record StoredEvent(string Id, EventType Type, string Unit, string Item, DateTimeOffset At, string? RequestId = null, int? Position = null);

/// <summary>The events of each collection.</summary>
public sealed class Events
{
    const int EventsPerQuery = 5_000;
    const string Columns = "id, type, unit, item, at, request_id, position";

    static readonly string[] TypeNames = ["view", "click", "impression", "conversion"];

    readonly IDatabase _database;

    internal Events(IDatabase database) => _database = database;

    /// <summary>Stores events, all or none; those whose id the collection has already are passed over.</summary>
    /// <returns>How many were new.</returns>
    /// <exception cref="InputFaultException">There is no such collection.</exception>
    public async Task<int> AddAsync(string collection, IReadOnlyCollection<StoredEvent> events, CancellationToken cancellationToken)
    {
        // In the order of ids: two servers that are sent the same events twice do not wait for one another crosswise.
        var rows = events.OrderBy(one => one.Id, StringComparer.Ordinal).Select(one => Row(collection, one)).ToList();
        return rows.Count == 0 ? 0 : await _database.WriteAsync(async session =>
        {
            await Collections.CheckAsync(session, collection);
            return await InsertAsync(session, rows);
        }, cancellationToken);
    }

    /// <summary>The events of a time, in the order of time; read in pages, while others write.</summary>
    /// <param name="collection">Whose.</param>
    /// <param name="from">The first moment that counts.</param>
    /// <param name="to">The first moment that no longer does.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(string collection, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var (at, id) = (from.ToUnixTimeMilliseconds(), ""); ;)
        {
            var page = await _database.ReadAsync(session => PageAsync(session, collection, at, id, to.ToUnixTimeMilliseconds()), cancellationToken);
            foreach (var one in page) yield return one;
            if (page.Count < EventsPerQuery) yield break;
            (at, id) = (page[^1].At.ToUnixTimeMilliseconds(), page[^1].Id);
        }
    }

    /// <summary>Deletes the events before a time.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DeleteBeforeAsync(string collection, DateTimeOffset time, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync("DELETE FROM events WHERE collection = @collection AND at < @at",
            ("@collection", collection), ("@at", time.ToUnixTimeMilliseconds())), cancellationToken);

    /// <summary>Deletes all events of a user or session.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> DeleteUnitAsync(string collection, string unit, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync("DELETE FROM events WHERE collection = @collection AND unit = @unit",
            ("@collection", collection), ("@unit", unit)), cancellationToken);

    internal static Task<List<StoredEvent>> PageAsync(Session session, string collection, long at, string afterId, long before) =>
        session.QueryAsync($"""
            SELECT {Columns} FROM events WHERE collection = @collection AND (at, id) > (@at, @id) AND at < @before
            ORDER BY at, id LIMIT @most
            """,
            Read, ("@collection", collection), ("@at", at), ("@id", afterId), ("@before", before), ("@most", EventsPerQuery));

    internal static Task<int> InsertAsync(Session session, IReadOnlyList<object?[]> rows) =>
        session.InsertAsync($"INSERT INTO events (collection, {Columns})", rows, "ON CONFLICT DO NOTHING");

    internal static object?[] Row(string collection, StoredEvent one) =>
        [collection, one.Id, TypeNames[(int)one.Type], one.Unit, one.Item, one.At.ToUnixTimeMilliseconds(), one.RequestId, one.Position];

    static StoredEvent Read(DbDataReader row) =>
        new(row.GetString(0), TypeOf(row.GetString(1)), row.GetString(2), row.GetString(3), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            row.TextOrNull(5), row.IsDBNull(6) ? null : row.GetInt32(6));

    static EventType TypeOf(string text) =>
        Array.IndexOf(TypeNames, text) is var type and >= 0
            ? (EventType)type
            : throw new InvalidDataException($"the store holds an event of the type {text}; expected {string.Join(", ", TypeNames)}");
}
