using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Cantor.Corpus;
using Microsoft.ML.OnnxRuntime;

namespace Cantor.Onnx;

/// <summary>
/// Makes vectors of texts with an ONNX model that stands in a directory with its tokenizer: the mean of what the model gives
/// for each piece of a text, or what it calls <c>sentence_embedding</c>, brought to length 1.
/// </summary>
/// <remarks>One thread at a time; the model itself works on as many as it was given.</remarks>
public sealed class TextEncoder : IDisposable
{
    internal const string ModelName = "model.onnx";

    /// <summary>A model that pools by itself says so by this name.</summary>
    const string Pooled = "sentence_embedding";

    const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids";

    /// <summary>Texts that go through the model together.</summary>
    const int BatchSize = 32;

    /// <summary>Texts that are sorted by length before they are cut into batches, so that little is padded.</summary>
    const int WindowSize = 16 * BatchSize;

    readonly string _modelPath;
    readonly int _maxTokens;
    readonly WordPieces _pieces;
    readonly SessionOptions _options = new();
    readonly InferenceSession _session;
    readonly string _output;

    TextEncoder(string directory, int maxTokens, int threads)
    {
        (_modelPath, _maxTokens) = (Path.Combine(directory, ModelName), maxTokens);
        if (!File.Exists(_modelPath)) throw new InputFaultException(directory, null, $"there is no {ModelName}; expected a directory with it and its tokenizer");
        _pieces = WordPieces.Open(directory);
        _options.IntraOpNumThreads = threads;
        _options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
        try
        {
            _session = new(_modelPath, _options);
        }
        catch (OnnxRuntimeException e)
        {
            _options.Dispose();
            throw new InputFaultException(_modelPath, null, $"it is no model that can be run: {e.Message}", e);
        }
        try
        {
            _output = CheckedOutput();
        }
        catch
        {
            Dispose();
            throw;
        }
        Provenance = $"sha256:{HashOf(_modelPath)}; {Path.GetFileName(_pieces.Path)} sha256:{HashOf(_pieces.Path)}; {maxTokens} tokens";
    }

    /// <summary>What the vectors come from: the hashes of model and tokenizer and the length of text that is looked at.</summary>
    public string Provenance { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="directory">Has <c>model.onnx</c> and a <c>tokenizer.json</c> of word pieces or a <c>vocab.txt</c>.</param>
    /// <param name="maxTokens">Of a longer text only so many pieces count, 3 or more.</param>
    /// <param name="threads">How many threads the model works on, 1 or more.</param>
    /// <exception cref="InputFaultException">Something is not there or not what it should be.</exception>
    public static TextEncoder Open(string directory, int maxTokens = 256, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 3);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return new(directory, maxTokens, threads);
    }

    /// <summary>The same items, each with a vector of its title and body.</summary>
    /// <exception cref="InputFaultException">An item already has a vector, or the model fails.</exception>
    public async IAsyncEnumerable<Item> AddVectorsAsync(IAsyncEnumerable<Item> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var window = new List<Item>(WindowSize);
        await foreach (var item in items.WithCancellation(cancellationToken))
        {
            if (!item.Vector.IsEmpty) throw new InputFaultException($"item \"{item.Id}\"", null, "it has a vector; expected none where an encoder makes them");
            window.Add(item);
            if (window.Count < WindowSize) continue;
            foreach (var encoded in Encode(window, cancellationToken)) yield return encoded;
            window.Clear();
        }
        foreach (var encoded in Encode(window, cancellationToken)) yield return encoded;
    }

    /// <summary>The vectors of texts, each of length 1.</summary>
    /// <exception cref="InputFaultException">The model fails.</exception>
    public float[][] Encode(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var pieces = texts.Select(text => _pieces.Encode(text, _maxTokens)).ToArray();
        var order = Enumerable.Range(0, pieces.Length).OrderBy(text => pieces[text].Length).ThenBy(text => text).ToArray();
        var vectors = new float[pieces.Length][];
        foreach (var batch in order.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var encoded = Run([.. batch.Select(text => pieces[text])], cancellationToken);
            for (var i = 0; i < batch.Length; i++) vectors[batch[i]] = encoded[i];
        }
        return vectors;
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }

    IEnumerable<Item> Encode(List<Item> items, CancellationToken cancellationToken)
    {
        var vectors = Encode([.. items.Select(item => Encoding.UTF8.GetString(item.Title.Span) + "\n" + Encoding.UTF8.GetString(item.Body.Span))], cancellationToken);
        return items.Select((item, i) => item with { Vector = vectors[i] });
    }

    float[][] Run(int[][] texts, CancellationToken cancellationToken)
    {
        var length = texts.Max(text => text.Length);
        var (ids, mask) = (new long[texts.Length * length], new long[texts.Length * length]);
        Array.Fill(ids, _pieces.PaddingId);
        for (var text = 0; text < texts.Length; text++)
            for (var at = 0; at < texts[text].Length; at++)
                (ids[text * length + at], mask[text * length + at]) = (texts[text][at], 1);

        long[] shape = [texts.Length, length];
        using var run = new RunOptions();
        using var stop = cancellationToken.Register(() => run.Terminate = true);
        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using var typesValue = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        var given = new Dictionary<string, OrtValue> { [Ids] = idsValue, [Mask] = maskValue, [Types] = typesValue };
        try
        {
            using var results = _session.Run(run, given.Where(input => _session.InputMetadata.ContainsKey(input.Key)).ToDictionary(), [_output]);
            return Vectors(results[0], texts, length);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InputFaultException(_modelPath, null, $"the model failed: {e.Message}", e);
        }
    }

    float[][] Vectors(OrtValue result, int[][] texts, int length)
    {
        var shape = result.GetTensorTypeAndShape().Shape;
        var values = result.GetTensorDataAsSpan<float>();
        var dimensions = (int)shape[^1];
        if (shape.Length == 3 && (shape[0] != texts.Length || shape[1] != length) || shape.Length == 2 && shape[0] != texts.Length)
            throw new InputFaultException(_modelPath, null, $"its output {_output} has the shape {string.Join(" × ", shape)} for {texts.Length} texts of {length} tokens");
        var vectors = new float[texts.Length][];
        for (var text = 0; text < texts.Length; text++)
        {
            var sums = new double[dimensions];
            var rows = shape.Length == 2 ? 1 : texts[text].Length; // padding stands behind a text and does not count
            for (var row = 0; row < rows; row++)
            {
                var start = (shape.Length == 2 ? text : text * length + row) * dimensions;
                for (var t = 0; t < dimensions; t++) sums[t] += values[start + t];
            }
            vectors[text] = Unit(sums);
        }
        return vectors;
    }

    /// <summary>The mean points where the sum does.</summary>
    static float[] Unit(double[] sums)
    {
        var squares = 0.0;
        foreach (var x in sums) squares += x * x;
        return Array.ConvertAll(sums, x => squares == 0 ? 0 : (float)(x / Math.Sqrt(squares)));
    }

    /// <summary>The output to take; checks that the model takes what it will be given.</summary>
    string CheckedOutput()
    {
        string[] known = [Ids, Mask, Types];
        var inputs = _session.InputMetadata;
        if (!inputs.ContainsKey(Ids) || inputs.Keys.Except(known).Any())
            throw new InputFaultException(_modelPath, null, $"its inputs are {string.Join(", ", inputs.Keys)}; expected {Ids}, and {Mask} and {Types} or neither");
        foreach (var (name, input) in inputs)
            if (input.ElementType != typeof(long)) throw new InputFaultException(_modelPath, null, $"its input {name} takes {input.ElementType.Name}; expected {nameof(Int64)}");
        var floats = _session.OutputMetadata.Where(output => output.Value.ElementType == typeof(float)).ToArray();
        return floats.FirstOrDefault(output => output.Key == Pooled && output.Value.Dimensions.Length == 2).Key
            ?? floats.FirstOrDefault(output => output.Value.Dimensions.Length == 3).Key
            ?? throw new InputFaultException(_modelPath, null,
                $"its outputs are {string.Join(", ", _session.OutputMetadata.Keys)}; expected floats called {Pooled}, texts × numbers, or any texts × tokens × numbers");
    }

    static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
