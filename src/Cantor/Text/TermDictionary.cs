using System.Text;
using System.Text.Unicode;
using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Text;

/// <summary>
/// Terms that stay whole, with their variants and synonyms: drug and product names. Found in folded text, the longest first; in
/// scripts that part words with spaces only as whole words. Any number of threads may use it. docs/languages.md describes the file.
/// </summary>
public sealed class TermDictionary
{
    const int MaxFormBytes = 200;
    const string Section = "text.dictionary";

    readonly List<byte[]> _keys = [];                 // of each entry: its kind, then its term, folded
    readonly Dictionary<long, int> _steps = [];       // node << 8 | byte: the next node; node 0 is the root
    readonly List<int> _entries = [-1];               // of each node: the entry of the form that ends there, or -1
    readonly bool[] _starts = new bool[256];

    TermDictionary()
    {
    }

    /// <summary>How many terms it holds, variants and synonyms not counted.</summary>
    public int Count => _keys.Count;

    /// <summary>Reads a dictionary: on each line a term, then its variants and synonyms, with commas between them, or tabs on a line that has one; # starts a line that is a comment.</summary>
    /// <param name="name">The file, as faults shall name it.</param>
    /// <param name="utf8">What it holds.</param>
    /// <exception cref="InputFaultException">A line is not UTF-8, has an empty form, one without a letter or digit or of more than 200 bytes, or one that another line has; the fault names the line.</exception>
    public static TermDictionary Parse(string name, ReadOnlySpan<byte> utf8)
    {
        var dictionary = new TermDictionary();
        var lineOf = new List<int>();
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        var row = 0;
        foreach (var range in utf8.Split((byte)'\n'))
        {
            row++;
            var line = utf8[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == (byte)'#') continue;
            if (!Utf8.IsValid(line)) throw new InputFaultException(name, row, "is not valid UTF-8");
            var entry = dictionary._keys.Count;
            lineOf.Add(row);
            foreach (var form in line.Split(line.Contains((byte)'\t') ? (byte)'\t' : (byte)','))
            {
                var folded = FoldForm(line[form]);
                if (Fault(line[form], folded) is { } fault) throw new InputFaultException(name, row, fault);
                if (dictionary._keys.Count == entry) dictionary._keys.Add([(byte)TermKind.Entry, .. folded]);
                var other = dictionary.Add(folded, entry);
                if (other != entry)
                    throw new InputFaultException(name, row, $"\"{Encoding.UTF8.GetString(line[form].Trim((byte)' '))}\" stands on line {lineOf[other]} too; expected each form on one line");
            }
        }
        return dictionary;
    }

    /// <summary>The dictionary that a release was built with, or null.</summary>
    internal static TermDictionary? Of(Sections sections) => sections.Has(Section) ? Parse(Section, sections.Get<byte>(Section).Span) : null;

    /// <summary>Keeps it in a release: folded, in the order of its bytes, so that the order of a file's lines does not matter.</summary>
    internal void AddTo(Sections sections)
    {
        var forms = new List<string>[Count];
        Collect(0, [], forms);
        var lines = new List<string>();
        for (var entry = 0; entry < Count; entry++)
        {
            var term = Encoding.UTF8.GetString(_keys[entry].AsSpan(1));
            // A tab at the end: a comma inside a form parts nothing on a line that has a tab, and ends are trimmed.
            var rest = forms[entry].Where(form => form != term).Order(StringComparer.Ordinal).ToArray();
            lines.Add(string.Join('\t', [term, .. rest.Length > 0 ? rest : [term]]));
        }
        lines.Sort(StringComparer.Ordinal);
        sections.Add<byte>(Section, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
    }

    /// <summary>Adds the terms that stand in a folded text, in reading order; what one took no other takes.</summary>
    internal void Find(ReadOnlySpan<byte> folded, Func<byte[], int> numberOf, List<int> terms)
    {
        for (var at = 0; at < folded.Length;)
        {
            var (entry, length) = _starts[folded[at]] ? Longest(folded, at) : (-1, 0);
            if (entry >= 0) terms.Add(numberOf(_keys[entry]));
            at += Math.Max(length, 1);
        }
    }

    (int Entry, int Length) Longest(ReadOnlySpan<byte> text, int start)
    {
        var (entry, length, node) = (-1, 0, 0);
        if (StartsInsideWord(text, start)) return (entry, length);
        for (var at = start; at < text.Length && _steps.TryGetValue((long)node << 8 | (IsSpace(text[at]) ? (byte)' ' : text[at]), out node);)
        {
            at++;
            if (IsSpace(text[at - 1]))
                while (at < text.Length && IsSpace(text[at])) at++;
            if (_entries[node] >= 0 && !StartsInsideWord(text, at)) (entry, length) = (_entries[node], at - start);
        }
        return (entry, length);
    }

    // True between two letters of a script that parts words with spaces.
    static bool StartsInsideWord(ReadOnlySpan<byte> text, int at)
    {
        if (at == 0 || at == text.Length) return false;
        Rune.DecodeLastFromUtf8(text[..at], out var before, out _);
        Rune.DecodeFromUtf8(text[at..], out var after, out _);
        return Folding.Classify(before) == ScriptClass.Letter && Folding.Classify(after) == ScriptClass.Letter;
    }

    /// <summary>The entry that has the form: <paramref name="entry"/>, or an earlier one.</summary>
    int Add(ReadOnlySpan<byte> form, int entry)
    {
        _starts[form[0]] = true;
        var node = 0;
        foreach (var b in form)
        {
            if (!_steps.TryGetValue((long)node << 8 | b, out var next))
            {
                next = _entries.Count;
                _entries.Add(-1);
                _steps.Add((long)node << 8 | b, next);
            }
            node = next;
        }
        if (_entries[node] < 0) _entries[node] = entry;
        return _entries[node];
    }

    void Collect(int node, List<byte> form, List<string>[] forms)
    {
        if (_entries[node] is >= 0 and var entry) (forms[entry] ??= []).Add(Encoding.UTF8.GetString([.. form]));
        for (var b = 0; b < 256; b++)
        {
            if (!_steps.TryGetValue((long)node << 8 | (byte)b, out var next)) continue;
            form.Add((byte)b);
            Collect(next, form, forms);
            form.RemoveAt(form.Count - 1);
        }
    }

    // Folded, and with one space where any number of them stood.
    static byte[] FoldForm(ReadOnlySpan<byte> form)
    {
        var buffer = new FoldBuffer();
        Folding.Fold(form, buffer);
        var folded = new List<byte>();
        foreach (var b in buffer.Written)
            if (!IsSpace(b)) folded.Add(b);
            else if (folded.Count > 0 && folded[^1] != (byte)' ') folded.Add((byte)' ');
        if (folded.Count > 0 && folded[^1] == (byte)' ') folded.RemoveAt(folded.Count - 1);
        return [.. folded];
    }

    static string? Fault(ReadOnlySpan<byte> form, ReadOnlySpan<byte> folded)
    {
        if (folded.IsEmpty) return "has an empty form; expected a term, then its variants, with commas or tabs between them";
        if (folded[0] == (byte)'#') return "has a form that starts with #, which is for comments";
        if (folded.Length > MaxFormBytes) return $"has a form of {folded.Length} bytes; expected at most {MaxFormBytes}";
        foreach (var rune in Encoding.UTF8.GetString(folded).EnumerateRunes())
            if (Folding.Classify(rune) != ScriptClass.Other) return null;
        return $"\"{Encoding.UTF8.GetString(form)}\" has no letter or digit";
    }

    static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
}
