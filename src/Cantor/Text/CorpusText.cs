using Cantor.Corpus;

namespace Cantor.Text;

/// <summary>A corpus after analysis, in ordinal order: what the signals are fitted on. Bodies are gone; their terms stand here.</summary>
sealed class CorpusText
{
    internal required ItemTable Items { get; init; }

    internal required Vocabulary Vocabulary { get; init; }

    /// <summary>
    /// For each item its terms in reading order, title first; -1 where a term that only this item has stood.
    /// Null for an item without text.
    /// </summary>
    internal required int[][] Terms { get; init; }

    /// <summary>How many of an item's terms are its title's.</summary>
    internal required int[] TitleLengths { get; init; }

    /// <summary>True when the words of ids stand among those of titles, as the ids are names.</summary>
    internal bool IdWords { get; init; }

    /// <summary>Distinct tags in the order of their bytes.</summary>
    internal required byte[][] TagNames { get; init; }

    /// <summary>For each item its tags' numbers, ascending, each once.</summary>
    internal required int[][] Tags { get; init; }

    /// <summary>For each item the words of its tags that the vocabulary has, ascending, each once.</summary>
    internal required int[][] TagWords { get; init; }

    /// <summary>For each item the vector that its source gave; empty where it gave none.</summary>
    internal required ReadOnlyMemory<float>[] Vectors { get; init; }

    internal int Count => Items.Count;
}

/// <summary>The terms that two items or more have, in the order of their bytes.</summary>
sealed class Vocabulary
{
    internal required byte[][] Terms { get; init; }

    internal required TermKind[] Kinds { get; init; }

    /// <summary>How many items have the term, 2 or more.</summary>
    internal required int[] ItemCounts { get; init; }

    /// <summary>For each term the form it most often has in the texts, folded: what a reader is shown.</summary>
    internal required byte[][] Shown { get; init; }

    internal int Count => Terms.Length;
}

/// <summary>What reading a corpus counted.</summary>
sealed record CorpusCounts
{
    /// <summary>Items that the sources gave.</summary>
    internal long Read { get; init; }

    /// <summary>Items that a later one with the same id replaced.</summary>
    internal long Duplicates { get; init; }

    /// <summary>Terms, with repetition.</summary>
    internal long Tokens { get; init; }

    /// <summary>Bytes of titles and bodies.</summary>
    internal long TextBytes { get; init; }
}
