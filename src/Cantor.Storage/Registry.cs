using System.Data.Common;
using System.Text.Json.Nodes;
using Cantor.Corpus;
using Cantor.Releases;
using Cantor.Storage.Databases;
using Cantor.Storage.Rollouts;

namespace Cantor.Storage;

/// <summary>
/// What a store knows of collections' releases and which of them is live, together with the directory where this machine keeps
/// the files. Other processes may read and write the same store at the same time.
/// </summary>
/// <remarks>Safe to use from several threads. A write has reached the disk when its call returns.</remarks>
public sealed class Registry : IDisposable
{
    const string Extension = ".cantor";
    const string ReleaseColumns = "collection, version, items, bytes, provenance, registered_at, last_change";

    readonly IDatabase _database;
    readonly TimeProvider _time;
    readonly bool _owned;

    internal Registry(string dataDirectory, IDatabase database, TimeProvider time, bool owned)
    {
        DataDirectory = Path.GetFullPath(dataDirectory);
        ReleasesDirectory = Path.Combine(DataDirectory, "releases");
        (_database, _time, _owned) = (database, time, owned);
        try
        {
            Directory.CreateDirectory(ReleasesDirectory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputFaultException(DataDirectory, null, $"cannot be opened as a data directory: {fault.Message}", fault);
        }
    }

    /// <summary>The directory that was opened, as a full path.</summary>
    public string DataDirectory { get; }

    /// <summary>Where release files are, as a full path. Exists.</summary>
    public string ReleasesDirectory { get; }

    /// <summary>Opens the registry of a data directory, making what is missing and bringing an older schema up to date.</summary>
    /// <param name="dataDirectory">The directory; made when it is not there.</param>
    /// <param name="time">The clock of registrations and alias moves.</param>
    /// <exception cref="InputFaultException">The directory or its <c>cantor.db</c> cannot be opened or written.</exception>
    public static Registry Open(string dataDirectory, TimeProvider time)
    {
        var database = Store.OpenFile(dataDirectory, time);
        return new(dataDirectory, database, time, owned: true);
    }

    /// <summary>A number that changes whenever anybody has written. Compare it with an earlier one of this registry; order means nothing.</summary>
    public long DataVersion() => _database.Mark();

    /// <summary>All collections, in the order of their names.</summary>
    public IReadOnlyList<string> Collections() =>
        _database.Read(session => session.Query("SELECT name FROM collections ORDER BY name", row => row.GetString(0)));

    /// <summary>The releases of a collection, newest first; none when the collection is not known.</summary>
    public IReadOnlyList<RegisteredRelease> Releases(string collection) =>
        _database.Read(session => session.Query($"SELECT {ReleaseColumns} FROM releases WHERE collection = @collection ORDER BY version DESC",
            ReadRelease, ("@collection", collection)));

    /// <summary>The release of that version; null when the registry does not know it.</summary>
    public RegisteredRelease? Find(string collection, ReleaseVersion version) =>
        _database.Read(session => session.Query($"SELECT {ReleaseColumns} FROM releases WHERE collection = @collection AND version = @version",
            ReadRelease, ("@collection", collection), ("@version", version.ToString()))) is [var release] ? release : null;

    /// <summary>Makes a release known, and its collection with it. Once known it stays as it was first registered.</summary>
    /// <param name="collection">Whose release it is.</param>
    /// <param name="version">Which build.</param>
    /// <param name="items">Items in it.</param>
    /// <param name="bytes">Length of its file.</param>
    /// <param name="provenance">"built" or "imported".</param>
    /// <param name="lastChange">The last change of the collection that the build folded in; 0 for none.</param>
    /// <returns>The release as the registry knows it from now on.</returns>
    /// <exception cref="InputFaultException">The collection's name is not one.</exception>
    public RegisteredRelease Register(string collection, ReleaseVersion version, int items, long bytes, string provenance, long lastChange = 0)
    {
        if (CollectionName.Check(collection) is { } fault)
            throw new InputFaultException(collection, null, fault);
        _database.Write(session =>
        {
            var now = Times.Text(_time.GetUtcNow());
            session.Execute("INSERT INTO collections (name, created_at) VALUES (@name, @at) ON CONFLICT DO NOTHING", ("@name", collection), ("@at", now));
            return session.Execute($"""
                INSERT INTO releases ({ReleaseColumns})
                VALUES (@collection, @version, @items, @bytes, @provenance, @at, @last) ON CONFLICT DO NOTHING
                """,
                ("@collection", collection), ("@version", version.ToString()), ("@items", items), ("@bytes", bytes),
                ("@provenance", provenance), ("@at", now), ("@last", lastChange));
        });
        return Find(collection, version)!;
    }

    /// <summary>Makes a release known by what it tells of itself.</summary>
    /// <exception cref="InputFaultException">The collection's name is not one.</exception>
    public RegisteredRelease Register(ReleaseSummary release) =>
        Register(release.Collection, release.Version, release.Items, release.Bytes, release.Provenance, release.LastChange);

    /// <summary>
    /// Registers the release files that are in the directory and not yet known: a build that was killed between naming its
    /// file and registering it, or files that somebody copied there. No alias moves. Files of a collection that was deleted stay unknown
    /// until somebody makes it again.
    /// </summary>
    /// <remarks>Reads each new file whole, to check it; files that are known are not touched.</remarks>
    public Reconciliation Reconcile()
    {
        var found = new List<RegisteredRelease>();
        var refused = new List<RefusedFile>();
        var deleted = _database.Read(session => session.Query("SELECT name FROM deleted_collections WHERE name NOT IN (SELECT name FROM collections)", row => row.GetString(0))).ToHashSet(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(ReleasesDirectory, "*" + Extension).Order(StringComparer.Ordinal))
        {
            if (NameOf(path) is { } name && (deleted.Contains(name.Collection) || Find(name.Collection, name.Version) is not null)) continue;
            try
            {
                using var release = Release.Open(path);
                var summary = release.Summary;
                var expected = PathOf(summary.Collection, summary.Version);
                // Whether this store's changes are in it is not known: all are laid over it.
                if (expected == path) found.Add(Register(summary.Collection, summary.Version, summary.Items, summary.Bytes, summary.Provenance));
                else refused.Add(new(path, $"it holds another release than its name says; expected {Path.GetFileName(expected)}"));
            }
            catch (Exception fault) when (fault is ReleaseFaultException or InputFaultException or IOException or UnauthorizedAccessException)
            {
                refused.Add(new(path, fault.Message));
            }
        }
        return new(found, refused);
    }

    /// <summary>Where an alias of a collection points; null when there is no such alias.</summary>
    public ReleaseVersion? Alias(string collection, AliasName name) => _database.Read(session => AliasNow(session, collection, name));

    /// <summary>The releases that the aliases of all collections name, in one question.</summary>
    public Task<Dictionary<(string Collection, AliasName Alias), RegisteredRelease>> NamedAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(async session => (await session.QueryAsync(
            "SELECT r.collection, r.version, items, bytes, provenance, registered_at, last_change, alias FROM releases r JOIN aliases a ON a.collection = r.collection AND a.version = r.version",
            row => (Release: ReadRelease(row), Alias: AliasNames.Parse(row.GetString(7)))))
            .ToDictionary(one => (one.Release.Collection, one.Alias), one => one.Release), cancellationToken);

    /// <summary>The release that an alias of a collection names; null when there is no such alias.</summary>
    public RegisteredRelease? Named(string collection, AliasName name) => Alias(collection, name) is { } version ? Find(collection, version) : null;

    /// <summary>What live and canary of a collection name.</summary>
    public IReadOnlyList<ReleaseVersion> Standing(string collection) =>
        [.. ((AliasName[])[AliasName.Live, AliasName.Canary]).Select(name => Alias(collection, name)).OfType<ReleaseVersion>()];

    /// <summary>
    /// The release that overtook a build: its own began later, and it became live or canary meanwhile. What was read before that must
    /// not take its place.
    /// </summary>
    /// <param name="collection">Whose build.</param>
    /// <param name="built">What it made; the version says when it began.</param>
    /// <param name="before">What <see cref="Standing"/> said as it began: that some clock runs fast is no reason to be kept back for ever.</param>
    /// <returns>Null when there is none.</returns>
    public ReleaseVersion? Overtaking(string collection, ReleaseVersion built, IReadOnlyCollection<ReleaseVersion> before) =>
        Standing(collection).Where(one => one.BuiltAt > built.BuiltAt && !before.Contains(one)).Select(one => (ReleaseVersion?)one).FirstOrDefault();

    /// <summary>
    /// Makes live what somebody made live on one server alone while the store was away, unless people moved it later: of what
    /// people did the newest stands, and above what a build or a judge did. Told a second time, it changes nothing.
    /// </summary>
    /// <returns>What came of it, in plain words.</returns>
    public string Settle(LocalMove move) => _database.Write(session =>
    {
        session.Lock(move.Collection);
        if (session.Query("SELECT 1 FROM releases WHERE collection = @collection AND version = @version", row => row.GetInt32(0), ("@collection", move.Collection), ("@version", move.To.ToString())).Count == 0)
            return $"{move.To} is no release of the store any more; live stays as it is";
        var history = HistoryOf(session, move.Collection);
        if (history.Exists(other => other.Alias is AliasName.Live && other.By == move.Act.By && ActedAt(other) == move.Act.At)) return "the store knew of it; what came after stands";
        foreach (var other in history)
            if (other.Alias is AliasName.Live && other.Why != "build" && !other.By.StartsWith(JudgePrefix, StringComparison.Ordinal) && (ActedAt(other) ?? other.At) > move.Act.At)
                return $"{other.By} moved live later, to {other.To?.ToString() ?? "nothing"}; that stands";
        Move(session, move.Collection, AliasName.Live, move.To, new(Times.Text(_time.GetUtcNow()), move.Act.By, move.Why, new JsonObject { ["actedAt"] = Times.Text(move.Act.At) }.ToJsonString()), tell: true);
        return $"{move.To} is live everywhere";
    });

    /// <summary>How judges call themselves in the history: what they do, people may undo whenever they did it.</summary>
    public const string JudgePrefix = "judge ";

    /// <summary>How gates call themselves in the history.</summary>
    public const string GatePrefix = "gate ";

    internal static bool IsPerson(string by) => !by.StartsWith(JudgePrefix, StringComparison.Ordinal) && !by.StartsWith(GatePrefix, StringComparison.Ordinal);

    // What was done before the store heard of it counts from when it was done.
    static DateTimeOffset? ActedAt(AliasMove move) =>
        move.Numbers is { } numbers && JsonNode.Parse(numbers) is JsonObject { } told && told["actedAt"] is JsonValue at ? Times.Parse(at.GetValue<string>()) : null;

    /// <summary>
    /// Points an alias to another release, if it still points where the caller thinks. When live moves, previous is pointed to
    /// what was live, in the same step. Pointing an alias to where it points already changes nothing and is no entry in the history.
    /// </summary>
    /// <param name="collection">Whose alias.</param>
    /// <param name="name">Which alias.</param>
    /// <param name="expectedFrom">Where the caller saw it point; null for "it was not there".</param>
    /// <param name="to">Where it shall point; null to take it away.</param>
    /// <param name="by">Who does this.</param>
    /// <param name="why">The reason, for whoever reads the history.</param>
    /// <param name="numbers">The numbers behind the reason, as JSON; null for none.</param>
    /// <param name="tell">True to have people told of it, by a <see cref="Notice"/>.</param>
    /// <returns>True when it now points to <paramref name="to"/>; false when somebody else moved it first: look again and decide anew.</returns>
    /// <exception cref="InputFaultException">The release is not registered, or its file is missing.</exception>
    public bool MoveAlias(string collection, AliasName name, ReleaseVersion? expectedFrom, ReleaseVersion? to, string by, string why, string? numbers = null, bool tell = false)
    {
        if (to is { } wanted)
        {
            var release = Find(collection, wanted)
                ?? throw new InputFaultException(collection, null, $"has no release {wanted}; expected one that is registered");
            if (release.Missing)
                throw new InputFaultException(release.Path, null, $"is missing; {name.Text()} must point to a release whose file is there");
        }
        return _database.Write(session =>
        {
            // In SQLite there is one writer anyway; in PostgreSQL who moves second waits here, and then sees the first move.
            session.Lock(collection);
            var from = AliasNow(session, collection, name);
            if (from != expectedFrom) return false;
            if (from == to) return true;
            Move(session, collection, name, to, new(Times.Text(_time.GetUtcNow()), by, why, numbers), tell);
            return true;
        });
    }

    /// <summary>Points an alias to another release, and previous to what was live when live moves. The caller holds the collection's lock.</summary>
    internal static void Move(Session session, string collection, AliasName name, ReleaseVersion? to, Reasons reasons, bool tell = false)
    {
        var from = AliasNow(session, collection, name);
        if (from == to) return;
        Point(session, collection, name, from, to, reasons);
        if (tell) NoticeTable.Add(session, collection, NoticeText.Of(collection, from, to, reasons.By, reasons.Why), Times.Parse(reasons.At));
        if (name is not AliasName.Live || from is null) return;
        var previous = AliasNow(session, collection, AliasName.Previous);
        if (previous != from) Point(session, collection, AliasName.Previous, previous, from, reasons);
    }

    /// <summary>Every move of the collection's aliases, oldest first.</summary>
    public IReadOnlyList<AliasMove> History(string collection) =>
        _database.Read(session => HistoryOf(session, collection));

    static List<AliasMove> HistoryOf(Session session, string collection) =>
        session.Query(
            "SELECT number, alias, from_version, to_version, at, by, why, numbers FROM alias_history WHERE collection = @collection ORDER BY number",
            row => new AliasMove(row.GetInt64(0), AliasNames.Parse(row.GetString(1)), VersionOrNull(row, 2), VersionOrNull(row, 3),
                Times.Parse(row.GetString(4)), row.GetString(5), row.GetString(6), row.TextOrNull(7)),
            ("@collection", collection));

    /// <summary>Closes the store when this was opened by <see cref="Open"/>; calls after that fail.</summary>
    public void Dispose()
    {
        if (_owned) _database.Dispose();
    }

    /// <summary>The path of a release's file in this data directory, whether it is there or not.</summary>
    public string PathOf(string collection, ReleaseVersion version) => Path.Combine(ReleasesDirectory, FileName(collection, version));

    /// <summary>
    /// Forgets a collection's releases but the <paramref name="keep"/> newest, those that an alias names and those of <paramref name="besides"/>. From then on no alias can
    /// come to name them; their files are the caller's to delete.
    /// </summary>
    /// <returns>The releases that are forgotten, newest first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="keep"/> is below 0.</exception>
    public IReadOnlyList<RegisteredRelease> Retain(string collection, int keep, IReadOnlyCollection<string> besides)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        return _database.Write(session =>
        {
            session.Lock(collection);
            var gone = session.Query($"""
                SELECT {ReleaseColumns} FROM releases
                WHERE collection = @collection AND version NOT IN (SELECT version FROM aliases WHERE collection = @collection)
                    AND version NOT IN (SELECT version FROM releases WHERE collection = @collection ORDER BY version DESC LIMIT @keep)
                ORDER BY version DESC
                """, ReadRelease, ("@collection", collection), ("@keep", keep));
            gone.RemoveAll(release => besides.Contains(release.Version.ToString()));
            foreach (var release in gone)
                session.Execute("DELETE FROM releases WHERE collection = @collection AND version = @version", ("@collection", collection), ("@version", release.Version.ToString()));
            return gone;
        });
    }

    /// <summary>
    /// Of versions whose files somebody still holds, those that the registry forgot: older than a release that it knows, and not so
    /// young that a build may be about to register it.
    /// </summary>
    public IReadOnlyList<ReleaseVersion> Forgotten(string collection, IEnumerable<ReleaseVersion> versions)
    {
        var known = Releases(collection).Select(release => release.Version).ToHashSet();
        var young = _time.GetUtcNow() - LongestBuild;
        return known.Count == 0 ? [] : [.. versions.Where(version => !known.Contains(version) && version < known.Max() && version.BuiltAt < young)];
    }

    /// <summary>The versions of a collection whose files are in the directory, whether the store knows them or not, oldest first.</summary>
    public IReadOnlyList<ReleaseVersion> VersionsHere(string collection) =>
        [.. from path in Directory.EnumerateFiles(ReleasesDirectory, "*" + Extension)
            let name = NameOf(path)
            where name?.Collection == collection
            orderby name.Value.Version
            select name.Value.Version];

    static readonly TimeSpan LongestBuild = TimeSpan.FromDays(1);

    internal static string FileName(string collection, ReleaseVersion version) => $"{collection}-{version}{Extension}";

    /// <summary>What the history says of a move besides from and to.</summary>
    internal sealed record Reasons(string At, string By, string Why, string? Numbers);

    static void Point(Session session, string collection, AliasName name, ReleaseVersion? from, ReleaseVersion? to, Reasons reasons)
    {
        if (to is { } version)
            session.Execute("""
                INSERT INTO aliases (collection, alias, version) VALUES (@collection, @alias, @version)
                ON CONFLICT (collection, alias) DO UPDATE SET version = excluded.version
                """,
                ("@collection", collection), ("@alias", name.Text()), ("@version", version.ToString()));
        else
            session.Execute("DELETE FROM aliases WHERE collection = @collection AND alias = @alias", ("@collection", collection), ("@alias", name.Text()));
        session.Execute("""
            INSERT INTO alias_history (collection, alias, from_version, to_version, at, by, why, numbers)
            VALUES (@collection, @alias, @from, @to, @at, @by, @why, @numbers)
            """,
            ("@collection", collection), ("@alias", name.Text()), ("@from", from?.ToString()), ("@to", to?.ToString()),
            ("@at", reasons.At), ("@by", reasons.By), ("@why", reasons.Why), ("@numbers", reasons.Numbers));
    }

    internal static ReleaseVersion? AliasNow(Session session, string collection, AliasName name) =>
        session.Query("SELECT version FROM aliases WHERE collection = @collection AND alias = @alias",
            row => Version(row, 0), ("@collection", collection), ("@alias", name.Text())) is [var version] ? version : null;

    RegisteredRelease ReadRelease(DbDataReader row)
    {
        var (collection, version) = (row.GetString(0), Version(row, 1));
        var path = PathOf(collection, version);
        return new(collection, version, row.GetInt32(2), row.GetInt64(3), row.GetString(4), Times.Parse(row.GetString(5)), path, !File.Exists(path), row.GetInt64(6));
    }

    internal static (string Collection, ReleaseVersion Version)? NameOf(string path)
    {
        const int versionLength = 25;
        if (!path.EndsWith(Extension, StringComparison.Ordinal)) return null;
        var name = Path.GetFileNameWithoutExtension(path);
        return name.Length > versionLength + 1 && name[^(versionLength + 1)] == '-' && ReleaseVersion.TryParse(name[^versionLength..], out var version)
            ? (name[..^(versionLength + 1)], version)
            : null;
    }

    static ReleaseVersion Version(DbDataReader row, int column) =>
        ReleaseVersion.TryParse(row.GetString(column), out var version)
            ? version
            : throw new InvalidDataException($"the registry holds {row.GetString(column)} where a release's version is expected");

    static ReleaseVersion? VersionOrNull(DbDataReader row, int column) => row.IsDBNull(column) ? null : Version(row, column);
}
