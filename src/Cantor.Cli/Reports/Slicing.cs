using System.Text.Json;
using Cantor.Corpus;
using Cantor.Evaluation;

namespace Cantor.Cli.Reports;

/// <summary>What queries are sliced by: age, events, tags with a prefix, or any stored field.</summary>
static class Slicing
{
    internal const string Age = "age", Events = "events";

    const string None = "(none)", Missing = "(not in the collection)";

    /// <summary>The parts of a report's queries: ages from young to old, everything else the largest first.</summary>
    internal static IReadOnlyList<Slice> Of(EvaluationReport report, ReleaseLists lists, string by, ulong seed, CancellationToken cancellationToken)
    {
        var slices = report.SliceBy(NamesBy(lists, by), seed, cancellationToken);
        return by == Age ? [.. slices.OrderBy(slice => AgeCurve.Names.TakeWhile(name => name != slice.Name).Count())] : [.. slices.OrderByDescending(slice => slice.Queries)];
    }

    /// <summary>False for what is only the rest.</summary>
    internal static bool IsNamed(Slice slice) => slice.Name is not Missing;

    /// <summary>The names that an item goes by under <paramref name="by"/>, at least one.</summary>
    /// <param name="lists">The release.</param>
    /// <param name="by">"age", "events", "tags", "tags:PREFIX", or a stored field's name.</param>
    internal static Func<ItemId, IEnumerable<string>> NamesBy(ReleaseLists lists, string by) => item =>
    {
        if (!lists.Has(item)) return [Missing];
        if (by == Age) return [AgeCurve.NameOf(lists.PublishedAtOf(item), lists.AsOf)];
        if (by == Events) return [lists.HasFrom(item, "coviews") ? "looked at with others" : None];
        var (field, prefix) = by.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (by[..colon], by[(colon + 1)..]) : (by, "");
        using var fields = JsonDocument.Parse(lists.FieldsOf(item));
        var names = fields.RootElement.TryGetProperty(field, out var value) ? Texts(value).Where(text => text.StartsWith(prefix, StringComparison.Ordinal)).ToList() : [];
        return names.Count > 0 ? names : [None];
    };

    /// <exception cref="InputFaultException">No item of the release has such a field.</exception>
    internal static void Check(ReleaseLists lists, string by)
    {
        if (by is Age or Events) return;
        var field = by.Split(':', 2)[0];
        var known = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var item in lists.Ids)
        {
            using var fields = JsonDocument.Parse(lists.FieldsOf(item));
            if (fields.RootElement.TryGetProperty(field, out _)) return;
            foreach (var property in fields.RootElement.EnumerateObject()) known.Add(property.Name);
        }
        throw new InputFaultException("--slice", null, $"no item has a field {field}; {Shared.DidYouMean(field, [.. known, Age, Events]) ?? $"expected {Age}, {Events}, or one of {string.Join(", ", known)}"}");
    }

    static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Null => [],
        _ => [value.GetRawText()],
    };
}
