using Cantor.Storage.Databases;

namespace Cantor.Storage;

/// <summary>
/// What a collection was asked last, of all its servers: a new release is asked it again before anybody is given that. Nothing of
/// who asked is in it. Bounded: the newest stay.
/// </summary>
public sealed class Questions
{
    /// <summary>So many of a collection stay.</summary>
    public const int Kept = 2_000;

    readonly IDatabase _database;

    internal Questions(IDatabase database) => _database = database;

    /// <summary>Keeps questions; none for a collection that there is not.</summary>
    /// <param name="collection">Whose.</param>
    /// <param name="targets">Paths with their query, without the unit, in the order in which they were asked.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepAsync(string collection, IReadOnlyList<string> targets, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            if (await Collections.FindAsync(session, collection) is null) return 0;
            await session.InsertAsync("INSERT INTO questions (collection, target)", [.. targets.Select(target => new object?[] { collection, target })]);
            return await session.ExecuteAsync("""
                DELETE FROM questions WHERE collection = @collection
                    AND number <= (SELECT number FROM questions WHERE collection = @collection ORDER BY number DESC LIMIT 1 OFFSET @kept)
                """, ("@collection", collection), ("@kept", Kept));
        }, cancellationToken);

    /// <summary>The last questions, newest first.</summary>
    public async Task<IReadOnlyList<string>> LastAsync(string collection, int most, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync("SELECT target FROM questions WHERE collection = @collection ORDER BY number DESC LIMIT @most",
            row => row.GetString(0), ("@collection", collection), ("@most", most)), cancellationToken);
}
