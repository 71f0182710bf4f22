using Cantor.Corpus;

namespace Cantor.Storage.Databases;

/// <summary>
/// The schema as numbered steps, forward only. A step once released is never edited, and should only add (tables, columns with a
/// default, indexes): an older program may be running on the same store, and goes on working. A store with steps that this
/// program does not know is therefore opened, unless such a step says which program it needs: one that knows at least the step
/// numbered in its column <c>needs</c>.
/// </summary>
static class Migrations
{
    /// <summary>True when the store has every step that this program knows.</summary>
    /// <param name="session">Reads.</param>
    /// <param name="exists">Counts the tables named migrations.</param>
    /// <param name="steps">The steps of this kind of store.</param>
    /// <param name="store">The store's name.</param>
    /// <exception cref="InputFaultException">It has a newer one that does without this program.</exception>
    internal static bool AreApplied(Session session, string exists, string[] steps, string store)
    {
        if (session.Query(exists, row => row.GetInt64(0))[0] == 0 || Newest(session) < steps.Length) return false;
        var needs = session.Query("SELECT coalesce(max(needs), 0) FROM migrations", row => row.GetInt32(0))[0];
        return needs <= steps.Length
            ? true
            : throw new InputFaultException(store, null, $"was migrated by a newer program to step {Newest(session)}, which needs one that knows step {needs}; this one knows {steps.Length}");
    }

    /// <summary>Runs the steps that the store lacks. The caller holds a lock, so that another process sees none of them or all.</summary>
    internal static void Apply(Session session, string[] steps, DateTimeOffset now)
    {
        // Asked again under the lock: another process may have been first.
        for (var number = Newest(session) + 1; number <= steps.Length; number++)
        {
            session.Execute(steps[number - 1]);
            session.Execute("INSERT INTO migrations (number, applied_at) VALUES (@number, @at)", ("@number", number), ("@at", Times.Text(now)));
        }
    }

    static int Newest(Session session) => session.Query("SELECT coalesce(max(number), 0) FROM migrations", row => row.GetInt32(0))[0];
}
