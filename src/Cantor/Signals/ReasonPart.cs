namespace Cantor.Signals;

/// <summary>What kind of thing two items have in common.</summary>
public enum ReasonKind
{
    /// <summary>A word in both texts.</summary>
    Term,

    /// <summary>Two neighboring words in both texts.</summary>
    Phrase,

    /// <summary>The neighbor's text names the item's title.</summary>
    NamesTitle,

    /// <summary>The item's text names the neighbor's title.</summary>
    TitleNamed,

    /// <summary>A tag that both have.</summary>
    Tag,

    /// <summary>A word of one's tags that the other's text or tags have too.</summary>
    TagWord,

    /// <summary>The texts are about the same, whatever the words.</summary>
    Topic,

    /// <summary>The same units looked at both.</summary>
    Together,

    /// <summary>All that is not told by name; no signal gives it.</summary>
    Rest,
}

/// <summary>The words that programs know the kinds by.</summary>
public static class ReasonKinds
{
    /// <summary>The kind as the neighbor's list has it.</summary>
    internal static ReasonKind Turned(this ReasonKind kind) => kind switch
    {
        ReasonKind.NamesTitle => ReasonKind.TitleNamed,
        ReasonKind.TitleNamed => ReasonKind.NamesTitle,
        _ => kind,
    };

    /// <summary>"term", "phrase", "namesTitle", "titleNamed", "tag", "tagWord", "topic", "together" or "rest".</summary>
    public static string Word(this ReasonKind kind) => kind switch
    {
        ReasonKind.Term => "term",
        ReasonKind.Phrase => "phrase",
        ReasonKind.NamesTitle => "namesTitle",
        ReasonKind.TitleNamed => "titleNamed",
        ReasonKind.Tag => "tag",
        ReasonKind.TagWord => "tagWord",
        ReasonKind.Topic => "topic",
        ReasonKind.Together => "together",
        ReasonKind.Rest => "rest",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "expected a kind of the enumeration"),
    };
}

/// <summary>One thing that two items have in common.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The word, phrase, tag or tag's word as a reader knows it; empty for kinds that have none.</param>
/// <param name="Weight">What it adds to the strength, more than 0, of a rest 0 at the least; the parts of a signal sum to what the signal adds.</param>
/// <param name="Count">How many units looked at both; of a rest how many parts it holds; 0 for other kinds.</param>
public readonly record struct ReasonPart(ReasonKind Kind, string Text, float Weight, int Count = 0);
