namespace Cantor.Storage.Databases;

/// <summary>The schema in PostgreSQL, step for step that of SQLite. Ids and names are ordered by their bytes, as there.</summary>
static class PostgresSchema
{
    internal static readonly string[] Steps =
    [
        // 1
        """
        CREATE TABLE collections (
            name TEXT COLLATE "C" PRIMARY KEY,
            created_at TEXT NOT NULL
        );

        CREATE TABLE releases (
            collection TEXT COLLATE "C" NOT NULL REFERENCES collections (name),
            version TEXT COLLATE "C" NOT NULL,
            items INTEGER NOT NULL,
            bytes BIGINT NOT NULL,
            provenance TEXT NOT NULL,
            registered_at TEXT NOT NULL,
            PRIMARY KEY (collection, version)
        );

        CREATE TABLE aliases (
            collection TEXT COLLATE "C" NOT NULL,
            alias TEXT COLLATE "C" NOT NULL CHECK (alias IN ('live', 'canary', 'previous')),
            version TEXT COLLATE "C" NOT NULL,
            PRIMARY KEY (collection, alias),
            FOREIGN KEY (collection, version) REFERENCES releases (collection, version)
        );

        CREATE TABLE alias_history (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            collection TEXT COLLATE "C" NOT NULL,
            alias TEXT COLLATE "C" NOT NULL,
            from_version TEXT,
            to_version TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        );

        CREATE INDEX alias_history_of_collection ON alias_history (collection, number);

        CREATE FUNCTION alias_history_is_append_only() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'alias_history is append-only'; END $$;

        CREATE TRIGGER alias_history_is_never_edited BEFORE UPDATE OR DELETE ON alias_history
        FOR EACH ROW EXECUTE FUNCTION alias_history_is_append_only();
        """,

        // 2
        """
        ALTER TABLE migrations ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE collections ADD COLUMN config TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE collections ADD COLUMN config_version BIGINT NOT NULL DEFAULT 1;
        ALTER TABLE releases ADD COLUMN last_change BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE alias_history ADD COLUMN numbers TEXT;

        CREATE TABLE sequences (
            collection TEXT COLLATE "C" PRIMARY KEY,
            last BIGINT NOT NULL,
            trimmed BIGINT NOT NULL DEFAULT 0
        );

        CREATE TABLE changes (
            collection TEXT COLLATE "C" NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            kind TEXT NOT NULL,
            id TEXT COLLATE "C" NOT NULL,
            payload TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            PRIMARY KEY (collection, number)
        );

        CREATE TABLE states (
            collection TEXT COLLATE "C" NOT NULL,
            subject TEXT COLLATE "C" NOT NULL,
            id TEXT COLLATE "C" NOT NULL,
            number BIGINT NOT NULL,
            payload TEXT,
            whole INTEGER NOT NULL,
            written_at TEXT,
            written_by TEXT,
            deleted_at TEXT,
            deleted_by TEXT,
            hidden_at TEXT,
            hidden_by TEXT,
            PRIMARY KEY (collection, subject, id)
        );

        CREATE INDEX states_by_number ON states (collection, number);

        CREATE TABLE events (
            collection TEXT COLLATE "C" NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            id TEXT COLLATE "C" NOT NULL,
            type TEXT NOT NULL,
            unit TEXT COLLATE "C" NOT NULL,
            item TEXT NOT NULL,
            at BIGINT NOT NULL,
            request_id TEXT,
            position INTEGER,
            PRIMARY KEY (collection, id)
        );

        CREATE INDEX events_by_time ON events (collection, at, id);
        CREATE INDEX events_by_unit ON events (collection, unit);

        CREATE TABLE keys (
            id TEXT COLLATE "C" PRIMARY KEY,
            hash BYTEA NOT NULL,
            label TEXT NOT NULL,
            collection TEXT COLLATE "C",
            scopes TEXT NOT NULL,
            created_at TEXT NOT NULL,
            created_by TEXT NOT NULL,
            expires_at TEXT,
            revoked_at TEXT,
            revoked_by TEXT
        );
        """,

        // 3
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            until BIGINT NOT NULL
        );
        """,

        // 4
        """
        CREATE TABLE rollouts (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject TEXT NOT NULL,
            name TEXT COLLATE "C" NOT NULL,
            state TEXT NOT NULL,
            revision BIGINT NOT NULL,
            body TEXT NOT NULL
        );

        CREATE INDEX rollouts_by_name ON rollouts (subject, name, number);
        CREATE UNIQUE INDEX rollouts_one_at_a_time ON rollouts (subject, name) WHERE state IN ('gating', 'running', 'paused');

        CREATE TABLE rollout_history (
            rollout BIGINT NOT NULL REFERENCES rollouts (number),
            number INTEGER NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (rollout, number)
        );

        CREATE FUNCTION rollout_history_is_append_only() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'rollout_history is append-only'; END $$;

        CREATE TRIGGER rollout_history_is_never_edited BEFORE UPDATE OR DELETE ON rollout_history
        FOR EACH ROW EXECUTE FUNCTION rollout_history_is_append_only();

        CREATE TABLE rollout_windows (
            rollout BIGINT NOT NULL REFERENCES rollouts (number),
            round INTEGER NOT NULL,
            starts BIGINT NOT NULL,
            ends BIGINT NOT NULL,
            source TEXT NOT NULL,
            canary TEXT NOT NULL,
            live TEXT NOT NULL,
            PRIMARY KEY (rollout, round, starts)
        );

        CREATE TABLE rollout_counts (
            rollout BIGINT NOT NULL,
            at BIGINT NOT NULL,
            side TEXT NOT NULL,
            requests BIGINT NOT NULL,
            errors BIGINT NOT NULL,
            slow BIGINT NOT NULL,
            empty BIGINT NOT NULL,
            impressions BIGINT NOT NULL,
            clicks BIGINT NOT NULL,
            PRIMARY KEY (rollout, at, side)
        );
        """,

        // 5
        """
        CREATE TABLE local_moves (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            collection TEXT NOT NULL,
            to_version TEXT,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        );
        """,

        // 6
        """
        CREATE TABLE notices (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name TEXT NOT NULL,
            text TEXT NOT NULL,
            at TEXT NOT NULL
        );

        CREATE TABLE questions (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            collection TEXT COLLATE "C" NOT NULL REFERENCES collections (name) ON DELETE CASCADE,
            target TEXT NOT NULL
        );

        CREATE INDEX questions_of_collection ON questions (collection, number);
        """,

        // 7
        """
        CREATE TABLE gateway_history (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            gateway TEXT NOT NULL,
            route TEXT COLLATE "C" NOT NULL,
            mode TEXT NOT NULL,
            weight INTEGER NOT NULL,
            at TEXT NOT NULL,
            by TEXT NOT NULL,
            why TEXT NOT NULL
        );

        CREATE INDEX gateway_history_of_gateway ON gateway_history (gateway, number);

        CREATE FUNCTION gateway_history_is_append_only() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'gateway_history is append-only'; END $$;

        CREATE TRIGGER gateway_history_is_never_edited BEFORE UPDATE OR DELETE ON gateway_history
        FOR EACH ROW EXECUTE FUNCTION gateway_history_is_append_only();

        CREATE TABLE gateway_routes (
            gateway TEXT NOT NULL,
            route TEXT COLLATE "C" NOT NULL,
            number BIGINT NOT NULL REFERENCES gateway_history (number),
            PRIMARY KEY (gateway, route)
        );

        CREATE TABLE gateway_pairs (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            gateway TEXT NOT NULL,
            route TEXT NOT NULL,
            at BIGINT NOT NULL,
            body TEXT NOT NULL
        );

        CREATE INDEX gateway_pairs_of_route ON gateway_pairs (gateway, route, number);

        CREATE TABLE gateway_replicas (
            gateway TEXT NOT NULL,
            replica TEXT COLLATE "C" NOT NULL,
            at BIGINT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (gateway, replica)
        );
        """,

        // 8
        """
        CREATE TABLE servers (
            server TEXT COLLATE "C" PRIMARY KEY,
            until BIGINT NOT NULL,
            body TEXT NOT NULL
        );
        """,

        // 9
        """
        CREATE TABLE deleted_collections (
            name TEXT COLLATE "C" PRIMARY KEY,
            deleted_at TEXT NOT NULL,
            deleted_by TEXT NOT NULL
        );
        """,
    ];
}
