namespace Cantor.Storage;

/// <summary>The pointers to releases that a collection has.</summary>
public enum AliasName
{
    /// <summary>What is served.</summary>
    Live,

    /// <summary>What is being tried on a share of the requests.</summary>
    Canary,

    /// <summary>What was live before, and what a rollback goes to. Kept, never derived.</summary>
    Previous,
}

/// <summary>Aliases as people and the store write them.</summary>
public static class AliasNames
{
    /// <summary>The name in the store and on the screen.</summary>
    public static string Text(this AliasName name) => name switch
    {
        AliasName.Live => "live",
        AliasName.Canary => "canary",
        AliasName.Previous => "previous",
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "expected Live, Canary or Previous"),
    };

    internal static AliasName Parse(string text) => text switch
    {
        "live" => AliasName.Live,
        "canary" => AliasName.Canary,
        "previous" => AliasName.Previous,
        _ => throw new InvalidDataException($"the registry holds an alias named {text}; expected live, canary or previous"),
    };
}
