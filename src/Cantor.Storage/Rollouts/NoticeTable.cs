using Cantor.Storage.Databases;

namespace Cantor.Storage.Rollouts;

/// <summary>
/// What people are to be told, whoever did it: written in one transaction with what happened, and delivered by one of the servers
/// that know where to. Bounded: of more than <see cref="MostWaiting"/> that wait the newest stay.
/// </summary>
public sealed class NoticeTable
{
    /// <summary>So many wait at most.</summary>
    public const int MostWaiting = 100;

    readonly IDatabase _database;

    internal NoticeTable(IDatabase database) => _database = database;

    /// <summary>What waits, oldest first.</summary>
    public async Task<IReadOnlyList<Notice>> WaitingAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync("SELECT number, name, text, at FROM notices ORDER BY number",
            row => new Notice(row.GetInt64(0), row.GetString(1), row.GetString(2), Times.Parse(row.GetString(3)))), cancellationToken);

    /// <summary>Forgets a notice, delivered or given up, and all before it.</summary>
    public Task ForgetAsync(Notice notice, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => session.ExecuteAsync("DELETE FROM notices WHERE number <= @number", ("@number", notice.Number)), cancellationToken);

    /// <summary>Leaves something that people are to be told.</summary>
    /// <param name="name">The collection, route or service that it is about.</param>
    /// <param name="text">What is told.</param>
    /// <param name="now">When it happened.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task AddAsync(string name, string text, DateTimeOffset now, CancellationToken cancellationToken) =>
        _database.WriteAsync(session =>
        {
            Add(session, name, text, now);
            return Task.FromResult(0);
        }, cancellationToken);

    internal static void Add(Session session, string name, string text, DateTimeOffset now)
    {
        var number = session.Query("INSERT INTO notices (name, text, at) VALUES (@name, @text, @at) RETURNING number", row => row.GetInt64(0), ("@name", name), ("@text", text), ("@at", Times.Text(now)))[0];
        session.Execute("DELETE FROM notices WHERE number <= @number", ("@number", number - MostWaiting));
    }
}

/// <summary>One thing that people are to be told.</summary>
/// <param name="Number">Counts up.</param>
/// <param name="Name">The collection, route or service that it is about.</param>
/// <param name="Text">What is told.</param>
/// <param name="At">When it happened.</param>
public sealed record Notice(long Number, string Name, string Text, DateTimeOffset At);
