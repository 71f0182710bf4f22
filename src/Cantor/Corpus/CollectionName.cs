namespace Cantor.Corpus;

/// <summary>What collections may be called: the name stands in file names, URLs and metrics.</summary>
public static class CollectionName
{
    /// <summary>The most characters a name may have.</summary>
    public const int MaxLength = 64;

    /// <summary>Null when <paramref name="name"/> is one; else in plain words what is wrong and what was expected.</summary>
    public static string? Check(string name)
    {
        const string Expected = "expected 1 to 64 of a-z, 0-9, - and _, the first a letter or digit";
        if (name.Length is 0 or > MaxLength)
            return $"a collection's name of {name.Length} characters; {Expected}";
        foreach (var c in name)
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_'))
                return $"the collection's name \"{name}\" holds '{c}'; {Expected}";
        return char.IsAsciiLetterOrDigit(name[0]) ? null : $"the collection's name \"{name}\" starts with '{name[0]}'; {Expected}";
    }
}
