namespace Cantor.Corpus;

/// <summary>A piece of content as a source gave it. Text is UTF-8; a source has checked that it is valid.</summary>
public sealed record Item
{
    /// <summary>The id, unique in its collection. Of two items with one id in a corpus the later one counts.</summary>
    public required ItemId Id { get; init; }

    /// <summary>The headline; may be empty.</summary>
    public ReadOnlyMemory<byte> Title { get; init; }

    /// <summary>The running text; may be empty. It is analyzed and not kept in the release.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Labels in any order; a label given twice counts once. Compared exactly, byte for byte.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The language as a BCP 47 tag ("ja", "en-US"); null when the source does not say.</summary>
    public string? Lang { get; init; }

    /// <summary>Where a reader finds the content; null when the source does not say.</summary>
    public string? Url { get; init; }

    /// <summary>When the content was first shown, or will be: before that it is not served. Null when the source does not say.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>When the source last changed it; null when it does not say. What was pushed before that time gives way to it.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>From when on the content is not served; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the content is to an embedding model: 2 to 4,096 finite numbers, as many as other items have; empty when there is none.</summary>
    public ReadOnlyMemory<float> Vector { get; init; }

    /// <summary>Every other column of the source, in the source's order.</summary>
    public IReadOnlyList<ItemAttribute> Attributes { get; init; } = [];
}

/// <summary>A column of the source that Cantor gives no meaning to, kept as the source wrote it.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Json">The value as compact UTF-8 JSON.</param>
public readonly record struct ItemAttribute(string Name, ReadOnlyMemory<byte> Json);
