using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cantor.Corpus;

namespace Cantor.Onnx.Tests;

public sealed class TextEncoderTests : IDisposable
{
    // [PAD] stands far off: a mean that counts it is seen at once.
    static readonly string[] Pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "sea", "ship", "##s", "oven"];
    static readonly float[][] Table = [[0, 0, 100], [0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0], [3, 0, 0], [0, 4, 0], [0, 0, 5], [-1, 0, 0]];

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cantor-onnx-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_vector_is_the_mean_of_a_texts_pieces_at_length_1_whatever_it_is_padded_with()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        var vectors = encoder.Encode(["sea", "Sea ship", "ships ship ship", "cloud", ""], Cancel);
        Near([1, 0, 0], vectors[0]);
        Near([.6f, .8f, 0], vectors[1]);
        Near([0, 12 / 13f, 5 / 13f], vectors[2]);
        Near([0, 0, 1], vectors[3]); // [UNK]
        Assert.Equal([0, 0, 0], vectors[4]);
    }

    [Fact]
    public void Many_texts_of_all_lengths_get_the_vectors_that_each_gets_alone()
    {
        WriteModel(TinyModel.Write(Table, inputs: ["input_ids", "attention_mask", "token_type_ids"]));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        string[] texts = [.. Enumerable.Range(0, 150).Select(i => string.Join(' ', Enumerable.Range(0, 1 + i * 7 % 20).Select(j => (i + j) % 3 == 0 ? "sea" : "ships")))];
        var together = encoder.Encode(texts, Cancel);
        Assert.All(Enumerable.Range(0, texts.Length), i => Assert.Equal(encoder.Encode([texts[i]], Cancel)[0], together[i]));
    }

    [Fact]
    public void Of_a_long_text_only_the_first_pieces_count()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName, maxTokens: 4);
        Near([1, 0, 0], encoder.Encode(["sea sea " + string.Concat(Enumerable.Repeat("ship ", 100_000))], Cancel)[0]);
    }

    [Theory, InlineData("sea ship"), InlineData("sea\nship"), InlineData("sea\r\n\tship\n"), InlineData("sea\u3000ship")]
    public void Words_on_two_lines_are_two_words(string text)
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        Near([.6f, .8f, 0], encoder.Encode([text], Cancel)[0]);
    }

    [Fact]
    public void What_a_model_calls_sentence_embedding_is_taken_as_it_is()
    {
        WriteModel(TinyModel.Write(Table, pools: true, inputs: ["input_ids"], output: "sentence_embedding"));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        Near([.6f, .8f, 0], encoder.Encode(["sea ship"], Cancel)[0]);
    }

    [Fact]
    public void A_tokenizer_json_of_word_pieces_wins_over_the_vocabulary_and_says_whether_case_counts()
    {
        WriteModel(TinyModel.Write(Table));
        Write("vocab.txt", "[PAD]");
        WriteJson("WordPiece", lowercase: true);
        using (var lower = TextEncoder.Open(_folder.FullName)) Near([1, 0, 0], lower.Encode(["SEA"], Cancel)[0]);
        WriteJson("WordPiece", lowercase: false);
        using var asWritten = TextEncoder.Open(_folder.FullName);
        Near([0, 0, 1], asWritten.Encode(["SEA"], Cancel)[0]);
    }

    [Fact]
    public void The_configuration_beside_a_vocabulary_says_whether_case_counts()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        Write("tokenizer_config.json", """{"do_lower_case": false}""");
        using var encoder = TextEncoder.Open(_folder.FullName);
        Near([0, 0, 1], encoder.Encode(["SEA"], Cancel)[0]);
    }

    [Fact]
    public async Task Items_get_a_vector_of_title_and_body_and_keep_their_order()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        var items = await encoder.AddVectorsAsync(Stream(Enumerable.Range(0, 1100).Select(i => Item($"{i}", "sea", i % 2 == 0 ? "ship" : ""))), Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(0, 1100).Select(i => $"{i}"), items.Select(item => item.Id.Value));
        Assert.All(Enumerable.Range(0, 1100), i => Near(i % 2 == 0 ? [.6f, .8f, 0] : [1, 0, 0], items[i].Vector.ToArray()));
    }

    [Fact]
    public async Task An_item_that_has_a_vector_is_a_fault()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        var fault = await Assert.ThrowsAsync<InputFaultException>(async () =>
            await encoder.AddVectorsAsync(Stream([Item("a", "sea", "") with { Vector = new float[] { 1, 2 } }]), Cancel).ToListAsync(Cancel));
        Assert.Equal("item \"a\": it has a vector; expected none where an encoder makes them", fault.Message);
    }

    [Fact]
    public void The_provenance_names_the_hashes_of_model_and_tokenizer()
    {
        var model = TinyModel.Write(Table);
        WriteModel(model);
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal($"sha256:{Hash(model)}; vocab.txt sha256:{Hash(File.ReadAllBytes(PathOf("vocab.txt")))}; 256 tokens", encoder.Provenance);
    }

    [Fact]
    public void A_canceled_encoding_stops()
    {
        WriteModel(TinyModel.Write(Table));
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        Assert.ThrowsAny<OperationCanceledException>(() => encoder.Encode(["sea"], new(true)));
    }

    [Fact]
    public void What_is_missing_or_of_another_kind_is_named()
    {
        var folder = _folder.FullName;
        Assert.Equal($"{folder}: there is no model.onnx; expected a directory with it and its tokenizer", Fault());
        Write("model.onnx", "no model");
        Assert.Equal($"{folder}: there is neither tokenizer.json nor vocab.txt; expected one of them beside model.onnx", Fault());
        WriteVocabulary();
        Assert.StartsWith($"{PathOf("model.onnx")}: it is no model that can be run: ", Fault(), StringComparison.Ordinal);
        WriteModel(TinyModel.Write(Table, inputs: ["input_ids", "pixels"]));
        Assert.Equal($"{PathOf("model.onnx")}: its inputs are input_ids, pixels; expected input_ids, and attention_mask and token_type_ids or neither", Fault());
        WriteModel(TinyModel.Write(Table, inputType: 6));
        Assert.Equal($"{PathOf("model.onnx")}: its input input_ids takes Int32; expected Int64", Fault());
        WriteModel(TinyModel.Write(Table, pools: true, output: "mean"));
        Assert.Equal($"{PathOf("model.onnx")}: its outputs are mean; expected floats called sentence_embedding, texts × numbers, or any texts × tokens × numbers", Fault());
        WriteJson("Unigram", lowercase: false);
        Assert.Equal($"{PathOf("tokenizer.json")}: it is no tokenizer of word pieces: its model is Unigram; expected WordPiece", Fault());
        Write("tokenizer.json", "{");
        Assert.StartsWith($"{PathOf("tokenizer.json")}: it is no tokenizer of word pieces: ", Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_fails_on_a_text_is_named()
    {
        WriteModel(TinyModel.Write(Table[..5])); // it has no row for the words
        WriteVocabulary();
        using var encoder = TextEncoder.Open(_folder.FullName);
        var fault = Assert.Throws<InputFaultException>(() => encoder.Encode(["sea"], Cancel));
        Assert.StartsWith($"{PathOf("model.onnx")}: the model failed: ", fault.Message, StringComparison.Ordinal);
    }

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f);
    }

    static Item Item(string id, string title, string body) =>
        new() { Id = ItemId.Parse(id), Title = Encoding.UTF8.GetBytes(title), Body = Encoding.UTF8.GetBytes(body) };

    static async IAsyncEnumerable<Item> Stream(IEnumerable<Item> items)
    {
        await Task.CompletedTask;
        foreach (var item in items) yield return item;
    }

    string Fault() => Assert.Throws<InputFaultException>(() => TextEncoder.Open(_folder.FullName)).Message;

    string PathOf(string name) => Path.Combine(_folder.FullName, name);

    void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    void WriteModel(byte[] model) => File.WriteAllBytes(PathOf("model.onnx"), model);

    void WriteVocabulary() => Write("vocab.txt", string.Join('\n', Pieces) + "\n");

    void WriteJson(string type, bool lowercase) => Write("tokenizer.json", JsonSerializer.Serialize(new
    {
        normalizer = new { type = "BertNormalizer", lowercase },
        model = new { type, vocab = Pieces.Select((piece, id) => (piece, id)).ToDictionary(pair => pair.piece, pair => pair.id) },
    }));
}
