using System.Data.Common;
using System.Text.Json;
using Cantor.Corpus;
using Cantor.Judging;
using Cantor.Releases;
using Cantor.Storage.Databases;
using Cantor.Storage.Gateways;

namespace Cantor.Storage.Rollouts;

/// <summary>
/// The rollouts of a store: where each stands, what was decided, and what it was decided by. Every change is one transaction
/// that also moves the aliases and leaves a notice: nobody ever sees a rollout and aliases that do not fit.
/// </summary>
public sealed class RolloutTable
{
    /// <summary>What rollouts of a version are called: the servers of a store run one at a time.</summary>
    public const string ServerName = "server";

    const string Active = "('gating', 'running', 'paused')";
    const string Columns = "number, state, revision, body";
    const string Counted = "requests, errors, slow, empty, impressions, clicks";

    readonly IDatabase _database;
    readonly TimeProvider _time;

    internal RolloutTable(IDatabase database, TimeProvider time) => (_database, _time) = (database, time);

    /// <summary>
    /// Starts a rollout. Of a release: its collection's alias canary names it from now on, and a server puts it through the gate.
    /// One that is under way is superseded, or the new one waits for it, as the plan says.
    /// </summary>
    /// <param name="subject">What kind of thing.</param>
    /// <param name="name">The collection, route or service.</param>
    /// <param name="candidate">What is tried; of a release, its version.</param>
    /// <param name="baseline">What everybody is given now; null of a release, what is live, and of a version, what the servers of track stable run.</param>
    /// <param name="plan">How it goes.</param>
    /// <param name="forced">True to pass the gate whatever it finds; it is on record.</param>
    /// <param name="by">Who starts it.</param>
    /// <param name="why">The reason.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InputFaultException">The collection has no live release, or the candidate is live, or is no release of it; the stable servers do not all run one other version.</exception>
    public Task<Rollout> StartAsync(
        RolloutSubject subject, string name, string candidate, string? baseline, RolloutPlan plan, bool forced, string by, string why, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            await session.LockAsync(name);
            if (subject is RolloutSubject.Release)
            {
                baseline = Registry.AliasNow(session, name, AliasName.Live)?.ToString() ?? throw new InputFaultException(name, null, "has no live release to compare with; promote the release itself");
                CheckRelease(session, name, candidate, baseline);
            }
            if (subject is RolloutSubject.Version) baseline ??= await StableVersionAsync(session, candidate);
            if (baseline is null) throw new ArgumentNullException(nameof(baseline), $"a rollout of a {subject.ToString().ToLowerInvariant()} needs what is served now");
            var running = await ActiveAsync(session, subject, name);
            if (running?.Candidate == candidate) return running;
            var act = new Act(Times.Stored(_time.GetUtcNow()), by);
            // Of those that wait only the newest is wanted.
            foreach (var waiting in await session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE subject = @subject AND name = @name AND state = 'queued'", Read, ("@subject", Text(subject)), ("@name", name)))
                await ApplyAsync(session, waiting, new RolloutAct.Supersede(by, candidate));
            var waits = running is not null && plan.OnNewRelease is OnNewRelease.Queue;
            if (running is not null && !waits) await ApplyAsync(session, running, new RolloutAct.Supersede(by, candidate), beginNext: false);
            var made = RolloutMachine.Start(subject, name, candidate, waits ? null : baseline, plan, forced, act, why);
            var number = (await session.QueryAsync(
                "INSERT INTO rollouts (subject, name, state, revision, body) VALUES (@subject, @name, @state, 0, @body) RETURNING number", row => row.GetInt64(0),
                ("@subject", Text(subject)), ("@name", name), ("@state", Text(made.State)), ("@body", BodyOf(made))))[0];
            made = made with { Number = number };
            await NoteAsync(session, made, made, "start", by, forced ? $"{why} (forced)" : why, null);
            NoticeTable.Add(session, name, NoticeText.Of(made, made, by, null), _time.GetUtcNow());
            if (!waits) await PointAsync(session, made, AliasName.Canary, candidate, by, why);
            return made;
        }, cancellationToken);

    /// <summary>All that are under way, in the order of their numbers.</summary>
    public async Task<IReadOnlyList<Rollout>> ActiveAsync(CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE state IN {Active} ORDER BY number", Read), cancellationToken);

    /// <summary>The rollout of that number; null when there is none.</summary>
    public async Task<Rollout?> FindAsync(long number, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => FindAsync(session, number), cancellationToken);

    /// <summary>The rollouts of a name, newest first.</summary>
    public async Task<IReadOnlyList<Rollout>> ListAsync(RolloutSubject subject, string name, int most, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            $"SELECT {Columns} FROM rollouts WHERE subject = @subject AND name = @name ORDER BY number DESC LIMIT @most", Read,
            ("@subject", Text(subject)), ("@name", name), ("@most", most)), cancellationToken);

    /// <summary>The newest rollout of a name that was more than waiting; null when there is none.</summary>
    public async Task<Rollout?> BegunAsync(RolloutSubject subject, string name, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => BegunAsync(session, subject, name), cancellationToken);

    /// <summary>A rollout's history, oldest first.</summary>
    public async Task<IReadOnlyList<RolloutEntry>> HistoryAsync(long number, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync("SELECT body FROM rollout_history WHERE rollout = @rollout ORDER BY number",
            row => JsonSerializer.Deserialize(row.GetString(0), RolloutJson.Default.RolloutEntry)!, ("@rollout", number)), cancellationToken);

    /// <summary>Applies an act, and moves the aliases as it says.</summary>
    /// <param name="seen">The rollout as the caller saw it.</param>
    /// <param name="act">What happens to it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The rollout after it; or null and why not: the machine refuses it, or somebody else was first.</returns>
    public Task<(Rollout? Next, string? Refused)> ActAsync(Rollout seen, RolloutAct act, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            await session.LockAsync(seen.Name);
            if (await FindAsync(session, seen.Number) is not { } now || now.Revision != seen.Revision) return (null, "somebody else changed it at the same time; look again");
            if (now.State is RolloutState.Promoted && await BegunAsync(session, now.Subject, now.Name) is { } newest && newest.Number != now.Number) return (null, $"it is promoted, and rollout {newest.Number} came after it");
            return await ApplyAsync(session, now, act);
        }, cancellationToken);

    /// <summary>Freezes the windows of a round that the judge has taken, and applies its decision, if there is one.</summary>
    /// <param name="seen">The rollout as the judge saw it.</param>
    /// <param name="after">The end of the last window that was frozen before; the round's start when there was none.</param>
    /// <param name="windows">The windows, in order.</param>
    /// <param name="decision">What was decided by the last of them; null when nothing was.</param>
    /// <param name="by">Which judge.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The rollout after it; null when somebody else was first, and nothing was written: look again.</returns>
    public Task<Rollout?> JudgedAsync(Rollout seen, DateTimeOffset after, IReadOnlyList<RoundWindow> windows, Decision? decision, string by, CancellationToken cancellationToken) =>
        _database.WriteAsync(async session =>
        {
            await session.LockAsync(seen.Name);
            if (await FindAsync(session, seen.Number) is not { } now || now.Revision != seen.Revision || await LastEndAsync(session, now) is var last && (last ?? now.RoundStart) != after) return null;
            await session.InsertAsync("INSERT INTO rollout_windows (rollout, round, starts, ends, source, canary, live)",
                [.. windows.Select(one => new object?[] { now.Number, now.Round, one.Window.Start.ToUnixTimeMilliseconds(), one.Window.End.ToUnixTimeMilliseconds(), one.Source, Text(one.Window.Canary), Text(one.Window.Live) })]);
            // Frozen windows stand for them; the last minute's counts are left for whoever looks what came too late.
            await session.ExecuteAsync("DELETE FROM rollout_counts WHERE rollout = @rollout AND at < @before", ("@rollout", now.Number), ("@before", after.AddMinutes(-1).ToUnixTimeMilliseconds()));
            return decision is null ? now : (await ApplyAsync(session, now, new RolloutAct.Judge(by, decision))).Next ?? now;
        }, cancellationToken);

    /// <summary>The frozen windows of a round, in order.</summary>
    public async Task<IReadOnlyList<RoundWindow>> WindowsAsync(long number, int round, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            "SELECT source, starts, ends, canary, live FROM rollout_windows WHERE rollout = @rollout AND round = @round ORDER BY starts",
            row => new RoundWindow(row.GetString(0), new(DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)), Counts(row.GetString(3)), Counts(row.GetString(4)))),
            ("@rollout", number), ("@round", round)), cancellationToken);

    /// <summary>Adds what a server counted.</summary>
    /// <param name="counts">For each rollout, window (its start in milliseconds of the epoch) and side, once.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task AddCountsAsync(IReadOnlyCollection<SideWindow> counts, CancellationToken cancellationToken)
    {
        // In one order: two servers that add to the same rows do not wait for one another crosswise.
        var rows = counts.OrderBy(one => one.Rollout).ThenBy(one => one.Start).ThenBy(one => one.IsCanary)
            .Select(one => new object?[] { one.Rollout, one.Start, one.IsCanary ? "canary" : "live", one.Counts.Requests, one.Counts.Errors, one.Counts.Slow, one.Counts.Empty, one.Counts.Impressions, one.Counts.Clicks }).ToList();
        return rows.Count == 0 ? Task.CompletedTask : _database.WriteAsync(session => session.InsertAsync($"INSERT INTO rollout_counts (rollout, at, side, {Counted})", rows, """
            ON CONFLICT (rollout, at, side) DO UPDATE SET
                requests = rollout_counts.requests + excluded.requests, errors = rollout_counts.errors + excluded.errors, slow = rollout_counts.slow + excluded.slow,
                empty = rollout_counts.empty + excluded.empty, impressions = rollout_counts.impressions + excluded.impressions, clicks = rollout_counts.clicks + excluded.clicks
            """), cancellationToken);
    }

    /// <summary>What all servers counted in the windows that start in a time; windows without counts are not among them.</summary>
    /// <param name="number">The rollout.</param>
    /// <param name="from">The first start that counts.</param>
    /// <param name="to">The first start that no longer does.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<SideWindow>> CountsAsync(long number, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken) =>
        await _database.ReadAsync(session => session.QueryAsync(
            $"SELECT at, side, {Counted} FROM rollout_counts WHERE rollout = @rollout AND at >= @from AND at < @to ORDER BY at, side",
            row => new SideWindow(number, row.GetInt64(0), row.GetString(1) is "canary", new(row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7))),
            ("@rollout", number), ("@from", from.ToUnixTimeMilliseconds()), ("@to", to.ToUnixTimeMilliseconds())), cancellationToken);

    /// <summary>What the judge makes of the round by its frozen windows; null while it has none.</summary>
    public async Task<Decision?> StandAsync(Rollout rollout, CancellationToken cancellationToken) =>
        rollout.Round == 0 ? null : StepJudge.Replay(rollout.Judge, rollout.RoundStart, (await WindowsAsync(rollout.Number, rollout.Round, cancellationToken)).Select(one => one.Window));

    /// <summary>Judges every stored decision of a rollout again by its frozen windows.</summary>
    /// <returns>Each entry that has one, and what comes out of it now.</returns>
    public async Task<IReadOnlyList<(RolloutEntry Entry, Decision Again)>> ReplayAsync(Rollout rollout, CancellationToken cancellationToken)
    {
        var again = new List<(RolloutEntry, Decision)>();
        foreach (var entry in await HistoryAsync(rollout.Number, cancellationToken))
            if (entry.Decision is { } decision)
                again.Add((entry, StepJudge.Replay(rollout.Judge, entry.RoundStart,
                    (await WindowsAsync(rollout.Number, entry.Round, cancellationToken)).Select(one => one.Window).Where(window => window.End <= decision.At))));
        return again;
    }

    /// <summary>Ends what is under way of a name, and what waits; nothing happens where there is nothing.</summary>
    internal async Task EndAsync(Session session, RolloutSubject subject, string name, RolloutAct act)
    {
        if (await ActiveAsync(session, subject, name) is not { } running) return;
        // A rollout at its gate cannot be promoted; whoever wants its candidate everywhere does without it.
        if ((await ApplyAsync(session, running, act, beginNext: false)).Next is null) await ApplyAsync(session, running, new RolloutAct.Abort(act.By, running.Why), beginNext: false);
    }

    async Task<(Rollout? Next, string? Refused)> ApplyAsync(Session session, Rollout now, RolloutAct act, bool beginNext = true)
    {
        if (now.Subject is RolloutSubject.Release && act is RolloutAct.LiveMoved && Registry.AliasNow(session, now.Name, AliasName.Live)?.ToString() == now.Baseline) return (null, "live was not moved");
        // Nothing is promoted over what somebody else put there meanwhile.
        if (now.Subject is RolloutSubject.Release && act is not (RolloutAct.LiveMoved or RolloutAct.Begin or RolloutAct.Supersede or RolloutAct.Abort)
            && Registry.AliasNow(session, now.Name, AliasName.Live)?.ToString() is var live && live != now.Baseline)
            act = new RolloutAct.LiveMoved(act.By, live);
        var (next, refused) = RolloutMachine.Apply(now, act, Times.Stored(_time.GetUtcNow()));
        if (next is null) return (null, refused);
        next = next with { Revision = now.Revision + 1 };
        await session.ExecuteAsync("UPDATE rollouts SET state = @state, revision = @revision, body = @body WHERE number = @number",
            ("@state", Text(next.State)), ("@revision", next.Revision), ("@body", BodyOf(next)), ("@number", next.Number));
        await NoteAsync(session, now, next, act.Word, act.By, next.Why, (act as RolloutAct.Judge)?.Decision);
        NoticeTable.Add(session, next.Name, NoticeText.Of(now, next, act.By, (act as RolloutAct.Judge)?.Decision), _time.GetUtcNow());
        if (act is RolloutAct.Begin) await PointAsync(session, next, AliasName.Canary, next.Candidate, act.By, next.Why);
        if (now.IsActive && !next.IsActive) await EndAsync(session, next, act, beginNext);
        return (next, null);
    }

    async Task EndAsync(Session session, Rollout ended, RolloutAct act, bool beginNext)
    {
        var why = $"rollout {ended.Number}: {ended.Why}";
        if (ended.Subject is RolloutSubject.Release && ended.State is RolloutState.Promoted && act is not RolloutAct.LiveMoved) await PointAsync(session, ended, AliasName.Live, ended.Candidate, act.By, why);
        await PointAsync(session, ended, AliasName.Canary, null, act.By, why);
        // What comes in late belongs to no window that will ever be judged.
        await session.ExecuteAsync("DELETE FROM rollout_counts WHERE rollout = @rollout", ("@rollout", ended.Number));
        if (!beginNext) return;
        var waiting = await session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE subject = @subject AND name = @name AND state = 'queued' ORDER BY number DESC LIMIT 1", Read, ("@subject", Text(ended.Subject)), ("@name", ended.Name));
        var live = ended.Subject is RolloutSubject.Release ? Registry.AliasNow(session, ended.Name, AliasName.Live)?.ToString() : ended.State is RolloutState.Promoted ? ended.Candidate : ended.Baseline;
        if (waiting is [var first] && live is not null) await ApplyAsync(session, first, first.Candidate == live ? new RolloutAct.Supersede(act.By, "the same release went live, and nothing newer") : new RolloutAct.Begin(act.By, live));
    }

    /// <summary>What requests go by, moved to where the rollout stands: an alias of the collection, or the route.</summary>
    async Task PointAsync(Session session, Rollout rollout, AliasName alias, string? to, string by, string why)
    {
        if (rollout.Subject is RolloutSubject.Route) await GatewayTable.FollowAsync(session, rollout, _time.GetUtcNow(), by, why);
        if (rollout.Subject is not RolloutSubject.Release) return;
        ReleaseVersion? version = to is null ? null : ReleaseVersion.TryParse(to, out var parsed) ? parsed : throw new InvalidDataException($"the store holds {to} where a release's version is expected");
        Registry.Move(session, rollout.Name, alias, version, new(Times.Text(_time.GetUtcNow()), by, why, null));
    }

    async Task<string> StableVersionAsync(Session session, string candidate)
    {
        const string what = "the servers of track stable";
        var stable = (await ServerTable.LivingAsync(session, _time.GetUtcNow())).Where(server => server.Track is Track.Stable).Select(server => server.Version).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return stable switch
        {
            [] => throw new InputFaultException(ServerName, null, $"{what} are not known: none has told this store of itself; start them first"),
            [var one] when one == candidate => throw new InputFaultException(ServerName, null, $"{what} run {candidate} already"),
            [var one] when await BegunAsync(session, RolloutSubject.Version, ServerName) is { State: RolloutState.Promoted } before && before.Candidate != one =>
                throw new InputFaultException(ServerName, null, $"{before.Candidate} was promoted by rollout {before.Number} and {what} run {one} still; give them {before.Candidate} first, or take it back by aborting that rollout"),
            [var one] => one,
            _ => throw new InputFaultException(ServerName, null, $"{what} run {string.Join(" and ", stable)}; expected one version, which the other is judged beside"),
        };
    }

    static void CheckRelease(Session session, string collection, string version, string live)
    {
        if (version == live) throw new InputFaultException(collection, null, $"the release {version} is live already");
        if (!ReleaseVersion.TryParse(version, out _) || session.Query("SELECT 1 FROM releases WHERE collection = @collection AND version = @version", row => row.GetInt32(0), ("@collection", collection), ("@version", version)).Count == 0)
            throw new InputFaultException(collection, null, $"has no release {version}; expected one that is registered");
    }

    Task<int> NoteAsync(Session session, Rollout before, Rollout after, string act, string by, string why, Decision? decision)
    {
        var number = session.Query("SELECT coalesce(max(number), 0) + 1 FROM rollout_history WHERE rollout = @rollout", row => row.GetInt32(0), ("@rollout", after.Number))[0];
        var entry = new RolloutEntry(number, Times.Stored(_time.GetUtcNow()), by, act, before.State, after.State, before.Step, before.Round, before.RoundStart, why, decision);
        return session.ExecuteAsync("INSERT INTO rollout_history (rollout, number, body) VALUES (@rollout, @number, @body)",
            ("@rollout", after.Number), ("@number", number), ("@body", JsonSerializer.Serialize(entry, RolloutJson.Default.RolloutEntry)));
    }

    static async Task<DateTimeOffset?> LastEndAsync(Session session, Rollout rollout) =>
        (await session.QueryAsync("SELECT max(ends) FROM rollout_windows WHERE rollout = @rollout AND round = @round", row => row.IsDBNull(0) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0)),
            ("@rollout", rollout.Number), ("@round", rollout.Round)))[0];

    static async Task<Rollout?> ActiveAsync(Session session, RolloutSubject subject, string name) =>
        await session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE subject = @subject AND name = @name AND state IN {Active}", Read, ("@subject", Text(subject)), ("@name", name)) is [var rollout] ? rollout : null;

    static async Task<Rollout?> FindAsync(Session session, long number) =>
        await session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE number = @number", Read, ("@number", number)) is [var rollout] ? rollout : null;

    // Whatever never began has no baseline, and changed nothing.
    static async Task<Rollout?> BegunAsync(Session session, RolloutSubject subject, string name) =>
        (await session.QueryAsync($"SELECT {Columns} FROM rollouts WHERE subject = @subject AND name = @name ORDER BY number DESC LIMIT 50", Read, ("@subject", Text(subject)), ("@name", name))).Find(rollout => rollout.Baseline is not null);

    /// <summary>Ends what is under way in a collection that is deleted.</summary>
    internal static Task<int> DropAsync(Session session, string collection) =>
        session.ExecuteAsync($"UPDATE rollouts SET state = 'aborted', revision = revision + 1 WHERE subject = 'release' AND name = @name AND state IN ('queued', 'gating', 'running', 'paused')", ("@name", collection));

    // The columns win over the body: a program that is older than a state leaves it as it is.
    static Rollout Read(DbDataReader row) =>
        JsonSerializer.Deserialize(row.GetString(3), RolloutJson.Default.Rollout)! with { Number = row.GetInt64(0), State = Enum.Parse<RolloutState>(row.GetString(1), ignoreCase: true), Revision = row.GetInt64(2) };

    static string BodyOf(Rollout rollout) => JsonSerializer.Serialize(rollout, RolloutJson.Default.Rollout);

    static string Text<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    static string Text(SideCounts counts) => FormattableString.Invariant($"{counts.Requests} {counts.Errors} {counts.Slow} {counts.Empty} {counts.Impressions} {counts.Clicks}");

    static SideCounts Counts(string text) =>
        text.Split(' ') is { Length: 6 } parts && Array.ConvertAll(parts, part => long.Parse(part, System.Globalization.CultureInfo.InvariantCulture)) is var numbers
            ? new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
            : throw new InvalidDataException($"the store holds \"{text}\" where six counts are expected");
}

/// <summary>What one side of a rollout answered in one window.</summary>
/// <param name="Rollout">The rollout's number.</param>
/// <param name="Start">The window's start, in milliseconds of the epoch.</param>
/// <param name="IsCanary">True for the canary's side.</param>
/// <param name="Counts">What was counted.</param>
public readonly record struct SideWindow(long Rollout, long Start, bool IsCanary, SideCounts Counts);
