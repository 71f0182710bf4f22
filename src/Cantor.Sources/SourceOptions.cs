using Cantor.Corpus.Rows;

namespace Cantor.Sources;

/// <summary>How sources are read.</summary>
public sealed record SourceOptions
{
    /// <summary>Which of the source's columns stand for ours.</summary>
    public ColumnMap Map { get; init; } = ColumnMap.Same;

    /// <summary>How many bad rows of JSON Lines and CSV are passed over before one stops the reading.</summary>
    public long SkipBad { get; init; }

    /// <summary>Where relative paths begin; null for the process's own directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>What the source "-" reads, as JSON Lines. The caller closes it.</summary>
    public Stream? StandardInput { get; init; }

    /// <summary>How much memory DuckDB may take for a query, in bytes; beyond it, it writes to the temporary directory.</summary>
    public long MemoryLimitBytes { get; init; } = 1L << 30;

    /// <summary>How many threads DuckDB may use.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How long a PostgreSQL query may take from its start to its last row, and a BigQuery query until its first.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What waits for a service are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a service that fails for a moment is left alone at first; each time twice as long.</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);
}
