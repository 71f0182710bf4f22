namespace Cantor.Storage.Databases;

/// <summary>The schema in SQLite. <see cref="Migrations"/> says how steps may be written.</summary>
static class SqliteSchema
{
    internal static readonly string[] Steps =
    [
        // 1
        """
        CREATE TABLE collections (
            name TEXT PRIMARY KEY,
            created_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE releases (
            collection TEXT NOT NULL REFERENCES collections (name),
            version TEXT NOT NULL,
            items INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            provenance TEXT NOT NULL,
            registered_at TEXT NOT NULL,
            PRIMARY KEY (collection, version)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE aliases (
            collection TEXT NOT NULL,
            alias TEXT NOT NULL CHECK (alias IN ('live', 'canary', 'previous')),
            version TEXT NOT NULL,
            PRIMARY KEY (collection, alias),
            FOREIGN KEY (collection, version) REFERENCES releases (collection, version)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE alias_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL,
            alias TEXT NOT NULL,
            from_version TEXT,
            to_version TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;

        CREATE INDEX alias_history_of_collection ON alias_history (collection, number);

        CREATE TRIGGER alias_history_is_never_edited BEFORE UPDATE ON alias_history
        BEGIN SELECT RAISE (ABORT, 'alias_history is append-only'); END;

        CREATE TRIGGER alias_history_is_never_shortened BEFORE DELETE ON alias_history
        BEGIN SELECT RAISE (ABORT, 'alias_history is append-only'); END;
        """,

        // 2
        """
        ALTER TABLE migrations ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE collections ADD COLUMN config TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE collections ADD COLUMN config_version INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE releases ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE alias_history ADD COLUMN numbers TEXT;

        CREATE TABLE sequences (
            collection TEXT PRIMARY KEY,
            last INTEGER NOT NULL,
            trimmed INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE changes (
            collection TEXT NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            payload TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            PRIMARY KEY (collection, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE states (
            collection TEXT NOT NULL,
            subject TEXT NOT NULL,
            id TEXT NOT NULL,
            number INTEGER NOT NULL,
            payload TEXT,
            whole INTEGER NOT NULL,
            written_at TEXT,
            written_by TEXT,
            deleted_at TEXT,
            deleted_by TEXT,
            hidden_at TEXT,
            hidden_by TEXT,
            PRIMARY KEY (collection, subject, id)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX states_by_number ON states (collection, number);

        CREATE TABLE events (
            collection TEXT NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            id TEXT NOT NULL,
            type TEXT NOT NULL,
            unit TEXT NOT NULL,
            item TEXT NOT NULL,
            at INTEGER NOT NULL,
            request_id TEXT,
            position INTEGER,
            PRIMARY KEY (collection, id)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX events_by_time ON events (collection, at, id);
        CREATE INDEX events_by_unit ON events (collection, unit);

        CREATE TABLE keys (
            id TEXT PRIMARY KEY,
            hash BLOB NOT NULL,
            label TEXT NOT NULL,
            collection TEXT,
            scopes TEXT NOT NULL,
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            expires_at TEXT,
            revoked_at TEXT,
            revoked_by TEXT
        ) STRICT, WITHOUT ROWID;
        """,

        // 3
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,

        // 4
        """
        CREATE TABLE rollouts (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            subject TEXT NOT NULL,
            name TEXT NOT NULL,
            state TEXT NOT NULL,
            revision INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        CREATE INDEX rollouts_by_name ON rollouts (subject, name, number);
        CREATE UNIQUE INDEX rollouts_one_at_a_time ON rollouts (subject, name) WHERE state IN ('gating', 'running', 'paused');

        CREATE TABLE rollout_history (
            rollout INTEGER NOT NULL REFERENCES rollouts (number),
            number INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (rollout, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER rollout_history_is_never_edited BEFORE UPDATE ON rollout_history
        BEGIN SELECT RAISE (ABORT, 'rollout_history is append-only'); END;

        CREATE TRIGGER rollout_history_is_never_shortened BEFORE DELETE ON rollout_history
        BEGIN SELECT RAISE (ABORT, 'rollout_history is append-only'); END;

        CREATE TABLE rollout_windows (
            rollout INTEGER NOT NULL REFERENCES rollouts (number),
            round INTEGER NOT NULL,
            starts INTEGER NOT NULL,
            ends INTEGER NOT NULL,
            source TEXT NOT NULL,
            canary TEXT NOT NULL,
            live TEXT NOT NULL,
            PRIMARY KEY (rollout, round, starts)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE rollout_counts (
            rollout INTEGER NOT NULL,
            at INTEGER NOT NULL,
            side TEXT NOT NULL,
            requests INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            slow INTEGER NOT NULL,
            empty INTEGER NOT NULL,
            impressions INTEGER NOT NULL,
            clicks INTEGER NOT NULL,
            PRIMARY KEY (rollout, at, side)
        ) STRICT, WITHOUT ROWID;
        """,

        // 5
        """
        CREATE TABLE local_moves (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL,
            to_version TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;
        """,

        // 6
        """
        CREATE TABLE notices (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            text TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;

        CREATE TABLE questions (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            collection TEXT NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            target TEXT NOT NULL
        ) STRICT;

        CREATE INDEX questions_of_collection ON questions (collection, number);
        """,

        // 7
        """
        CREATE TABLE gateway_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            gateway TEXT NOT NULL,
            route TEXT NOT NULL,
            mode TEXT NOT NULL,
            weight INTEGER NOT NULL,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        ) STRICT;

        CREATE INDEX gateway_history_of_gateway ON gateway_history (gateway, number);

        CREATE TRIGGER gateway_history_is_never_edited BEFORE UPDATE ON gateway_history
        BEGIN SELECT RAISE (ABORT, 'gateway_history is append-only'); END;

        CREATE TRIGGER gateway_history_is_never_shortened BEFORE DELETE ON gateway_history
        BEGIN SELECT RAISE (ABORT, 'gateway_history is append-only'); END;

        CREATE TABLE gateway_routes (
            gateway TEXT NOT NULL,
            route TEXT NOT NULL,
            number INTEGER NOT NULL REFERENCES gateway_history (number),
            PRIMARY KEY (gateway, route)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE gateway_pairs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            gateway TEXT NOT NULL,
            route TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        CREATE INDEX gateway_pairs_of_route ON gateway_pairs (gateway, route, number);

        CREATE TABLE gateway_replicas (
            gateway TEXT NOT NULL,
            replica TEXT NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (gateway, replica)
        ) STRICT, WITHOUT ROWID;
        """,

        // 8
        """
        CREATE TABLE servers (
            server TEXT PRIMARY KEY,
            until INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,

        // 9
        """
        CREATE TABLE deleted_collections (
            name TEXT PRIMARY KEY,
            deleted_at TEXT NOT NULL,
            deleted_by TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
    ];
}
