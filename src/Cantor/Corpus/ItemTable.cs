namespace Cantor.Corpus;

/// <summary>What a release keeps of its items besides their terms, in ordinal order.</summary>
sealed class ItemTable
{
    internal required ItemId[] Ids { get; init; }

    internal required ItemFields[] Fields { get; init; }

    internal required string[] Langs { get; init; }

    /// <summary>Milliseconds since 1970, UTC; <see cref="NoTime"/> where the source does not say.</summary>
    internal required long[] PublishedAt { get; init; }

    /// <summary>Milliseconds since 1970, UTC; <see cref="NoTime"/> for never.</summary>
    internal required long[] ExpiresAt { get; init; }

    internal const long NoTime = long.MinValue;

    internal int Count => Ids.Length;
}
