namespace Cantor.Storage;

/// <summary>What a change does.</summary>
public enum ChangeKind
{
    /// <summary>Gives an item anew, whole; takes its tombstone away.</summary>
    Upsert,

    /// <summary>Lays a JSON merge patch (RFC 7396) over an item.</summary>
    Patch,

    /// <summary>Takes an item away and leaves a tombstone, whether anybody knew the item or not.</summary>
    Delete,

    /// <summary>Keeps an item from being served until <see cref="Unhide"/>, whatever else is done to it.</summary>
    Hide,

    /// <summary>Ends <see cref="Hide"/>.</summary>
    Unhide,

    /// <summary>Gives an editorial rule anew, or takes it away.</summary>
    Rule,
}

/// <summary>A change that somebody asks for.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Id">The item's id; for a rule, the rule's.</param>
/// <param name="Payload">A JSON object: the item, the patch, the rule. Null for the other kinds, and for a rule that is taken away.</param>
public sealed record NewChange(ChangeKind Kind, string Id, string? Payload = null);

/// <summary>A change that was made.</summary>
/// <param name="Number">Counts up in its collection, from 1.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Id">The item's id; for a rule, the rule's.</param>
/// <param name="Payload">As it was given.</param>
/// <param name="At">When, UTC, to the millisecond.</param>
/// <param name="By">Who asked for it.</param>
public sealed record Change(long Number, ChangeKind Kind, string Id, string? Payload, DateTimeOffset At, string By);

/// <summary>Changes in the order of their numbers.</summary>
/// <param name="Changes">Those after the number that was asked for, as many as were asked for at the most.</param>
/// <param name="Last">The number of the collection's last change; greater than that of the last one here when there are more.</param>
/// <param name="Trimmed">Changes to this number are no longer kept. When it is greater than the number that was asked for, some were missed: read the states anew.</param>
public sealed record ChangePage(IReadOnlyList<Change> Changes, long Last, long Trimmed);

/// <summary>When something was done and by whom.</summary>
public sealed record Act(DateTimeOffset At, string By);

/// <summary>What all changes of an item, or of a rule, come to.</summary>
/// <param name="Id">The item's id; for a rule, the rule's.</param>
/// <param name="Number">The last change's number.</param>
/// <param name="Payload">A JSON object: the item as it was pushed and patched since; null when it never was or is deleted.</param>
/// <param name="Whole">True when <paramref name="Payload"/> is all of the item; false when it is a patch to what the source has.</param>
/// <param name="Written">The last upsert or patch; null when there is no payload.</param>
/// <param name="Deleted">The tombstone; null when there is none.</param>
/// <param name="Hidden">Who hid it; null when it is not hidden.</param>
public sealed record ItemState(string Id, long Number, string? Payload, bool Whole, Act? Written, Act? Deleted, Act? Hidden)
{
    /// <summary>The state after one more change; null when the change has no effect on a deleted item.</summary>
    internal static ItemState? After(ItemState? before, NewChange change, Act act)
    {
        var state = before ?? new(change.Id, 0, null, false, null, null, null);
        return change.Kind switch
        {
            ChangeKind.Upsert => state with { Payload = change.Payload, Whole = true, Written = act, Deleted = null },
            ChangeKind.Patch when state.Deleted is not null => null,
            ChangeKind.Patch => state with
            {
                Payload = state.Payload is { } earlier ? MergePatch.Apply(earlier, change.Payload!, keepNulls: !state.Whole) : change.Payload,
                Written = act,
            },
            ChangeKind.Rule when change.Payload is not null => state with { Payload = change.Payload, Whole = true, Written = act, Deleted = null },
            ChangeKind.Delete or ChangeKind.Rule => state with { Payload = null, Whole = false, Written = null, Deleted = act },
            ChangeKind.Hide => state with { Hidden = act },
            ChangeKind.Unhide => state with { Hidden = null },
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Kind, "expected a kind of change"),
        };
    }
}

static class ChangeKinds
{
    static readonly string[] Names = ["upsert", "patch", "delete", "hide", "unhide", "rule"];

    internal static string Text(this ChangeKind kind) => Names[(int)kind];

    internal static ChangeKind Parse(string text) =>
        Array.IndexOf(Names, text) is var kind and >= 0
            ? (ChangeKind)kind
            : throw new InvalidDataException($"the store holds a change of the kind {text}; expected {string.Join(", ", Names)}");
}
