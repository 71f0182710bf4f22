using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cantor.Corpus.Rows;
using Cantor.Corpus;
using Cantor.Sources.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Cantor.Sources.Config;

/// <summary>
/// The fields of one mapping in a YAML file, read by name. A field that is absent or null gives null. Every fault is an
/// <see cref="InputFaultException"/> that names file, line and field, and what was expected.
/// </summary>
public sealed class YamlFields
{
    readonly string _file;
    readonly string _at;
    readonly long? _line; // of the mapping's own name; null at the top of the file
    readonly Dictionary<string, YamlNode> _fields = [];
    readonly Dictionary<string, long> _lines = [];

    // Without known names every name is taken, and a field that is null counts: its name says something.
    YamlFields(string file, string at, long? line, YamlNode? node, string[]? known)
    {
        (_file, _at, _line) = (file, at, line);
        if (node is null || IsNull(node)) return;
        if (node is not YamlMappingNode mapping) throw Fault(node, at.TrimEnd('.'), known is null ? "expected names with fields" : $"expected fields ({string.Join(", ", known)})");
        foreach (var (key, value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { Length: > 0 } name }) throw Fault(key, at.TrimEnd('.'), "expected the name of a field");
            if (known?.Contains(name) == false) throw new InputFaultException(file, key.Start.Line, Unknown(at + name, name, known));
            _lines.Add(name, key.Start.Line);
            // A field that is null is as good as not there.
            if (known is null || !IsNull(value)) _fields.Add(name, value);
        }
    }

    /// <summary>The names of the fields that are there, in the file's order.</summary>
    public IReadOnlyCollection<string> Names => _fields.Keys;

    /// <summary>Reads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="known">The names that it may have at its top.</param>
    public static YamlFields Load(string file, string[] known)
    {
        using var reader = new StreamReader(TextFile.Open(file, file), new UTF8Encoding(false, throwOnInvalidBytes: true));
        return Read(file, reader, known);
    }

    /// <summary>Reads a text.</summary>
    /// <param name="name">What faults call it.</param>
    /// <param name="text">The YAML.</param>
    /// <param name="known">The names that it may have at its top.</param>
    public static YamlFields Parse(string name, string text, string[] known)
    {
        using var reader = new StringReader(text);
        return Read(name, reader, known);
    }

    static YamlFields Read(string file, TextReader reader, string[] known)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count <= 1
                ? new(file, "", null, yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode, known)
                : throw new InputFaultException(file, yaml.Documents[1].RootNode.Start.Line, "expected one document");
        }
        catch (YamlException e)
        {
            throw new InputFaultException(file, e.Start.Line, $"not valid YAML: {Plain(e)}", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputFaultException(file, null, "not valid UTF-8", e);
        }
    }

    /// <summary>The fields below one, of which these may be there.</summary>
    public YamlFields Fields(string name, string[] known) => new(_file, $"{_at}{name}.", LineOf(name), _fields.GetValueOrDefault(name), known);

    /// <summary>The fields below one, whatever they are called.</summary>
    public YamlFields Named(string name) => new(_file, $"{_at}{name}.", LineOf(name), _fields.GetValueOrDefault(name), null);

    /// <summary>A fault of a field that the caller found; in the line of the whole mapping where the field is not there.</summary>
    public InputFaultException Fault(string name, string fault) => new(_file, LineOf(name), $"{_at}{name}: {fault}");

    long? LineOf(string name) => _lines.TryGetValue(name, out var line) ? line : _line;

    /// <summary>These fields as YAML of their own, but for one, and behind them those of <paramref name="others"/> that are not among them.</summary>
    public string ToYaml(YamlFields? others = null, string? without = null)
    {
        var more = others?._fields.Where(field => !_fields.ContainsKey(field.Key)) ?? [];
        var mapping = new YamlMappingNode(_fields.Where(field => field.Key != without).Concat(more).Select(field => KeyValuePair.Create<YamlNode, YamlNode>(field.Key, field.Value)));
        if (mapping.Children.Count == 0) return "";
        var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDocument(mapping)).Save(text, assignAnchors: false);
        return text.ToString().Replace("\n...\n", "\n", StringComparison.Ordinal);
    }

    /// <summary>A text of this form.</summary>
    public string? Text(string name, Regex form, string expected) =>
        Scalar(name, expected) is not { } scalar ? null : form.IsMatch(scalar.Value!) ? scalar.Value : throw Fault(scalar, _at + name, $"expected {expected}");

    /// <summary>A whole number in a range.</summary>
    public ulong? Whole(string name, ulong from, ulong to)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {from} to {to}");
        if (Scalar(name, expected) is not { } scalar) return null;
        return IsPlain(scalar) && ulong.TryParse(scalar.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to
            ? value
            : throw Fault(scalar, _at + name, $"expected {expected}");
    }

    /// <summary>A number in a range.</summary>
    public double? Number(string name, double from, double to)
    {
        var expected = string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to}");
        if (Scalar(name, expected) is not { } scalar) return null;
        return IsPlain(scalar) && double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= from && value <= to
            ? value
            : throw Fault(scalar, _at + name, $"expected {expected}");
    }

    /// <summary>True or false.</summary>
    public bool? Truth(string name)
    {
        if (Scalar(name, "true or false") is not { } scalar) return null;
        return IsPlain(scalar) && scalar.Value is ("true" or "false") ? scalar.Value == "true" : throw Fault(scalar, _at + name, "expected true or false");
    }

    internal DateTimeOffset? Time(string name)
    {
        if (Scalar(name, TimeText.Expected) is not { } scalar) return null;
        return TimeText.TryParse(Encoding.UTF8.GetBytes(scalar.Value!), out var time) ? time : throw Fault(scalar, _at + name, $"expected {TimeText.Expected}");
    }

    /// <summary>One of the values of an enumeration, in small letters.</summary>
    public T? OneOf<T>(string name) where T : struct, Enum
    {
        var names = Array.ConvertAll(Enum.GetNames<T>(), value => value.ToLowerInvariant());
        var expected = $"{string.Join(", ", names[..^1])} or {names[^1]}";
        if (Scalar(name, expected) is not { } scalar) return null;
        var at = Array.IndexOf(names, scalar.Value);
        return at >= 0 ? Enum.GetValues<T>()[at] : throw Fault(scalar, _at + name, $"expected {expected}");
    }

    /// <summary>A list of texts, or one text; each goes through <paramref name="convert"/>, which may find a fault.</summary>
    public IReadOnlyList<string> Texts(string name, Func<string, (string Text, string? Fault)> convert)
    {
        if (!_fields.TryGetValue(name, out var node)) return [];
        const string expected = "expected a text or a list of texts";
        var nodes = node switch
        {
            YamlScalarNode => [node],
            YamlSequenceNode list => list.Children,
            _ => throw Fault(node, _at + name, expected),
        };
        var texts = new List<string>();
        foreach (var one in nodes)
        {
            if (one is not YamlScalarNode { Value.Length: > 0 } scalar || IsNull(one)) throw Fault(one, _at + name, expected);
            var (text, fault) = convert(scalar.Value);
            texts.Add(fault is null ? text : throw new InputFaultException(_file, one.Start.Line, $"{_at}{name}: {fault}"));
        }
        return texts;
    }

    /// <summary>The names of a mapping that says them itself, in the order of the file; empty when it is not there.</summary>
    public IReadOnlyList<string> NamesOf(string name, Regex form, string expected)
    {
        if (!_fields.TryGetValue(name, out var node)) return [];
        if (node is not YamlMappingNode mapping) throw Fault(node, _at + name, "expected fields");
        return [.. mapping.Children.Keys.Select(key => key is YamlScalarNode { Value: { } text } && form.IsMatch(text) ? text : throw Fault(key, _at + name, $"expected {expected}"))];
    }

    /// <summary>A field's text, put through <paramref name="convert"/>, which may find a fault.</summary>
    public T? Converted<T>(string name, string expected, Func<string, (T? Value, string? Fault)> convert) where T : class
    {
        if (Scalar(name, expected) is not { } scalar) return null;
        var (value, fault) = convert(scalar.Value!);
        return fault is null ? value : throw Fault(scalar, _at + name, fault);
    }

    /// <summary>What stands there, as JSON; null when it is not there. Plain numbers and truth values are such.</summary>
    /// <param name="name">The field.</param>
    /// <param name="faultOf">Null, or what is wrong with a text and what was expected.</param>
    public JsonNode? Json(string name, Func<string, string?> faultOf)
    {
        return _fields.TryGetValue(name, out var node) ? Of(node, _at + name) : null;

        JsonNode? Of(YamlNode one, string at) => one switch
        {
            YamlMappingNode mapping => new JsonObject(mapping.Children.Select(field => KeyValuePair.Create(field.Key is YamlScalarNode { Value: { } key } ? key : throw Fault(field.Key, at, "expected the name of a field"), Of(field.Value, $"{at}.{((YamlScalarNode)field.Key).Value}")))),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(element => Of(element, at))]),
            YamlScalarNode scalar when IsNull(scalar) => null,
            YamlScalarNode scalar when IsPlain(scalar) && scalar.Value is "true" or "false" => JsonValue.Create(scalar.Value is "true"),
            YamlScalarNode scalar when IsPlain(scalar) && decimal.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            YamlScalarNode { Value: { } text } scalar => faultOf(text) is { } fault ? throw Fault(scalar, at, fault) : JsonValue.Create(text),
            _ => throw Fault(one, at, "expected a text, a list or fields"),
        };
    }

    /// <summary>A fault of a field as a whole; where the field is not there, of the mapping.</summary>
    public InputFaultException FaultOf(string name, string expected) =>
        _fields.TryGetValue(name, out var node) ? Fault(node, _at + name, expected) : new(_file, LineOf(name), $"{_at}{name}: {expected}, found nothing");

    /// <summary>Pairs of our columns and the source's names for them.</summary>
    internal ColumnMap Map(string name, IReadOnlyList<string> columns)
    {
        if (!_fields.TryGetValue(name, out var node)) return ColumnMap.Same;
        var fields = new YamlFields(_file, $"{_at}{name}.", LineOf(name), node, [.. columns]);
        var pairs = fields._fields.Select(field => (field.Key, fields.Scalar(field.Key, "the name of a column")!.Value!));
        var (map, fault) = ColumnMap.Of(pairs, columns);
        return fault is null ? map : throw new InputFaultException(_file, node.Start.Line, $"{_at}{name}: {fault}");
    }

    YamlScalarNode? Scalar(string name, string expected) => _fields.GetValueOrDefault(name) switch
    {
        null => null,
        YamlScalarNode scalar => scalar,
        var node => throw Fault(node, _at + name, $"expected {expected}"),
    };

    InputFaultException Fault(YamlNode node, string at, string expected)
    {
        var found = node switch
        {
            YamlScalarNode scalar when IsNull(scalar) => "nothing",
            YamlScalarNode scalar => $"\"{scalar.Value}\"",
            YamlSequenceNode => "a list",
            _ => "fields",
        };
        return new(_file, node.Start.Line, $"{(at.Length > 0 ? at + ": " : "")}{expected}, found {found}");
    }

    static string Unknown(string path, string name, string[] known)
    {
        var near = known.MinBy(other => Distance(name, other))!;
        var meant = Distance(name, near) <= (name.Length < 4 ? 1 : Math.Max(2, name.Length / 3)) ? $"did you mean {near}? " : "";
        return $"{path}: there is no such field; {meant}expected one of {string.Join(", ", known)}";
    }

    // How many letters must be put in, taken out or changed to make one of the other.
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < b.Length; j++)
                (diagonal, row[j + 1]) = (row[j + 1], Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + (a[i] == b[j] ? 0 : 1)));
        }
        return row[b.Length];
    }

    static bool IsPlain(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain;

    static bool IsNull(YamlNode node) => node is YamlScalarNode { Value: null or "" or "~" or "null" } scalar && IsPlain(scalar);

    static string Plain(YamlException e) => e.Message.Split("): ", 2) is [_, var rest] ? rest : e.Message;
}
