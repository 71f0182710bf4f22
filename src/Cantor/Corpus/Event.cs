namespace Cantor.Corpus;

/// <summary>What a unit did with an item.</summary>
public enum EventType
{
    /// <summary>The item was opened or read. What a source without a type column means.</summary>
    View,

    /// <summary>A related item was chosen from a list.</summary>
    Click,

    /// <summary>The item was shown in a list.</summary>
    Impression,

    /// <summary>The item was bought, subscribed to, downloaded.</summary>
    Conversion,
}

/// <summary>One thing that a unit did with an item.</summary>
/// <param name="Unit">The session or user; events with one unit belong together.</param>
/// <param name="Item">The item; it need not be in the corpus, unknown ones are counted and left out.</param>
/// <param name="Time">When; null when the source does not say, then order inside a unit is the source's.</param>
/// <param name="Type">What was done.</param>
public readonly record struct Event(string Unit, ItemId Item, DateTimeOffset? Time, EventType Type);
