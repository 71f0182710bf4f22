using System.Text.Json;
using System.Text.Json.Nodes;
using Cantor.Corpus;

namespace Cantor.Storage;

/// <summary>JSON merge patches: RFC 7396.</summary>
public static class MergePatch
{
    internal static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A patch laid over a value.</summary>
    /// <param name="target">A JSON object: an item, or an earlier patch.</param>
    /// <param name="patch">A JSON object; null takes a member away.</param>
    /// <param name="keepNulls">True when the target is a patch itself: what it takes away must still be said.</param>
    /// <exception cref="InputFaultException">One of the two is no JSON object.</exception>
    public static string Apply(string target, string patch, bool keepNulls = false)
    {
        var merged = Parse(target, "the item");
        Lay(merged, Parse(patch, "the patch"), keepNulls);
        return merged.ToJsonString(Plain);
    }

    static void Lay(JsonObject target, JsonObject patch, bool keepNulls)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null && !keepNulls)
                target.Remove(name);
            else if (value is JsonObject inner)
            {
                // In a target that has no such object, the nulls of the patch name nothing that could be taken away.
                if (target[name] is not JsonObject nested) target[name] = nested = [];
                Lay(nested, inner, keepNulls);
            }
            else
                target[name] = value?.DeepClone();
        }
    }

    /// <exception cref="InputFaultException">The text is no JSON object.</exception>
    internal static JsonObject Parse(string text, string what)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new InputFaultException(what, null, "is no JSON object");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new InputFaultException(what, null, $"is no JSON object: {fault.Message}", fault);
        }
    }
}
