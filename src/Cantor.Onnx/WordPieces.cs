using System.Text;
using System.Text.Json;
using Cantor.Corpus;
using Microsoft.ML.Tokenizers;

namespace Cantor.Onnx;

/// <summary>Cuts texts into the word pieces that a model was trained on, from its tokenizer.json or vocab.txt.</summary>
sealed class WordPieces
{
    internal const string JsonName = "tokenizer.json", VocabularyName = "vocab.txt", ConfigName = "tokenizer_config.json";

    /// <summary>No word piece is made of more characters on average; a longer text is cut before it is looked at.</summary>
    const int CharactersAToken = 32;

    readonly BertTokenizer _tokenizer;

    WordPieces(BertTokenizer tokenizer, string path) => (_tokenizer, Path) = (tokenizer, path);

    /// <summary>The file that it was read from.</summary>
    internal string Path { get; }

    internal int PaddingId => _tokenizer.PaddingTokenId;

    /// <summary>Reads tokenizer.json, or vocab.txt where there is none.</summary>
    /// <exception cref="InputFaultException">Neither is there, or it is of another kind.</exception>
    internal static WordPieces Open(string directory)
    {
        var (json, vocabulary) = (System.IO.Path.Combine(directory, JsonName), System.IO.Path.Combine(directory, VocabularyName));
        var path = File.Exists(json) ? json : vocabulary;
        if (!File.Exists(path)) throw new InputFaultException(directory, null, $"there is neither {JsonName} nor {VocabularyName}; expected one of them beside {TextEncoder.ModelName}");
        try
        {
            return new(path == json ? OfJson(path) : OfVocabulary(directory, path), path);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new InputFaultException(path, null, $"it is no tokenizer of word pieces: {e.Message}", e);
        }
    }

    /// <summary>The ids of a text's first pieces, between those that open and close every text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">How many ids at most, those two included.</param>
    internal int[] Encode(string text, int most)
    {
        if (text.Length > most * CharactersAToken) text = text[..(most * CharactersAToken)];
        // The tokenizer drops line ends and tabs, and would take the words around one for a single word.
        text = string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        var pieces = _tokenizer.EncodeToIds(text, most - 2, addSpecialTokens: false, out _, out _);
        return [_tokenizer.ClassificationTokenId, .. pieces, _tokenizer.SeparatorTokenId];
    }

    static BertTokenizer OfVocabulary(string directory, string path)
    {
        var config = System.IO.Path.Combine(directory, ConfigName);
        var lower = true;
        if (File.Exists(config))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(config));
            if (json.RootElement.TryGetProperty("do_lower_case", out var asked)) lower = asked.GetBoolean();
        }
        using var stream = File.OpenRead(path);
        return BertTokenizer.Create(stream, new() { LowerCaseBeforeTokenization = lower });
    }

    static BertTokenizer OfJson(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        var model = json.RootElement.GetProperty("model");
        var type = model.TryGetProperty("type", out var named) ? named.GetString() : "without a type";
        if (type != "WordPiece") throw new FormatException($"its model is {type}; expected WordPiece");
        var pieces = model.GetProperty("vocab").EnumerateObject().ToDictionary(piece => piece.Value.GetInt32(), piece => piece.Name);
        var lines = new StringBuilder();
        for (var id = 0; id < pieces.Count; id++)
            lines.Append(pieces.TryGetValue(id, out var piece) ? piece : throw new FormatException($"of {pieces.Count} pieces none has the number {id}")).Append('\n');
        var lower = json.RootElement.TryGetProperty("normalizer", out var normalizer) && normalizer.ValueKind == JsonValueKind.Object
            && normalizer.TryGetProperty("lowercase", out var lowercase) && lowercase.GetBoolean();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(lines.ToString()));
        return BertTokenizer.Create(stream, new() { LowerCaseBeforeTokenization = lower });
    }
}
