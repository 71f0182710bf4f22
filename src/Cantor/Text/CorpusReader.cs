using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Cantor.Corpus;
using Cantor.Kernels;

namespace Cantor.Text;

/// <summary>
/// Reads items once, analyzes them on all threads and keeps their terms. Items may come in any order and on any number of
/// threads: ordinals follow the ids' bytes and term numbers the terms' bytes, so the result is the same.
/// </summary>
sealed class CorpusReader
{
    const int BatchSize = 256;

    readonly Lock _lock = new();
    readonly List<AnalyzedItem[]> _batches = [];

    // The union of what the workers met; numbers follow chance until Finish sorts them.
    readonly TermTable _terms = new(1 << 16);
    readonly List<TermKind> _kinds = [];
    readonly TermTable _words = new(1 << 16);
    readonly List<(int Term, long Count)> _wordUses = [];
    readonly string? _lang;
    readonly TermDictionary? _dictionary;
    readonly bool? _idsAreNames;
    long _read, _textBytes;

    CorpusReader(string? lang, TermDictionary? dictionary, bool? idsAreNames) => (_lang, _dictionary, _idsAreNames) = (lang, dictionary, idsAreNames);

    /// <summary>Reads <paramref name="items"/> to the end.</summary>
    /// <param name="items">The items; of two with one id the later one counts.</param>
    /// <param name="lang">The language of items that name none; null to detect it.</param>
    /// <param name="dictionary">Terms that stay whole; null for none.</param>
    /// <param name="idsAreNames">True to take the words of ids for words of titles, false not to; null to see whether they are names.</param>
    /// <param name="threads">How many threads analyze.</param>
    /// <param name="progress">Told the number of items read so far.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    internal static async Task<(CorpusText Text, CorpusCounts Counts)> ReadAsync(
        IAsyncEnumerable<Item> items, string? lang, TermDictionary? dictionary, bool? idsAreNames, int threads, Action<long> progress, CancellationToken cancellationToken)
    {
        var reader = new CorpusReader(lang, dictionary, idsAreNames);
        await reader.AnalyzeAllAsync(items, threads, progress, cancellationToken);
        return reader.Finish(threads, cancellationToken);
    }

    async Task AnalyzeAllAsync(IAsyncEnumerable<Item> items, int threads, Action<long> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var batches = Channel.CreateBounded<(int Number, Item[] Items)>(new BoundedChannelOptions(threads * 2) { SingleWriter = true });
        var workers = new Task[threads];
        for (var i = 0; i < threads; i++)
            workers[i] = Task.Run(() => AnalyzeBatchesAsync(batches.Reader, stop), CancellationToken.None);
        try
        {
            var batch = new List<Item>(BatchSize);
            var number = 0;
            await foreach (var item in items.WithCancellation(stop.Token))
            {
                batch.Add(item);
                _read++;
                if (batch.Count < BatchSize) continue;
                await batches.Writer.WriteAsync((number++, batch.ToArray()), stop.Token);
                batch.Clear();
                progress(_read);
            }
            if (batch.Count > 0) await batches.Writer.WriteAsync((number, batch.ToArray()), stop.Token);
            progress(_read);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // a worker failed and stopped the rest; its own exception is thrown below
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            batches.Writer.TryComplete();
            await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // The one that failed before those that it stopped: they only say that they were.
        foreach (var worker in workers.OrderByDescending(worker => worker.IsFaulted)) await worker;
        cancellationToken.ThrowIfCancellationRequested();
    }

    async Task AnalyzeBatchesAsync(ChannelReader<(int Number, Item[] Items)> batches, CancellationTokenSource stop)
    {
        try
        {
            var worker = new Worker(_lang, _dictionary);
            await foreach (var (number, items) in batches.ReadAllAsync(stop.Token))
            {
                var analyzed = new AnalyzedItem[items.Length];
                for (var i = 0; i < items.Length; i++) analyzed[i] = worker.Analyze(items[i]);
                Merge(worker, number, analyzed);
                for (var i = 0; i < analyzed.Length; i++)
                {
                    worker.ToGlobal(analyzed[i].Terms);
                    worker.ToGlobal(analyzed[i].TagWords);
                }
            }
            MergeWords(worker);
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    void Merge(Worker worker, int number, AnalyzedItem[] analyzed)
    {
        var terms = worker.Analyzer.Terms;
        lock (_lock)
        {
            while (_batches.Count <= number) _batches.Add([]);
            _batches[number] = analyzed;
            for (var local = worker.Global.Count; local < terms.Count; local++)
            {
                worker.Global.Add(_terms.Add(terms[local], out var isNew));
                if (isNew) _kinds.Add(worker.Analyzer.Kinds[local]);
            }
        }
    }

    void MergeWords(Worker worker)
    {
        lock (_lock)
        {
            _textBytes += worker.TextBytes;
            worker.Analyzer.ForWords((word, term, count) =>
            {
                // Two languages may stem one word to two terms: the term is part of what is counted.
                Span<byte> key = stackalloc byte[word.Length + sizeof(int)];
                var global = worker.Global[term];
                MemoryMarshal.Write(key, global);
                word.CopyTo(key[sizeof(int)..]);
                var use = _words.Add(key, out var isNew);
                if (isNew) _wordUses.Add((global, 0));
                CollectionsMarshal.AsSpan(_wordUses)[use].Count += count;
            });
        }
    }

    (CorpusText, CorpusCounts) Finish(int threads, CancellationToken cancellationToken)
    {
        var lastOf = new Dictionary<ItemId, AnalyzedItem>();
        foreach (var batch in _batches)
            foreach (var item in batch) lastOf[item.Id] = item;
        var items = lastOf.Values.ToArray();
        lastOf = null;
        _batches.Clear();
        Array.Sort(items, (a, b) => a.Id.CompareTo(b.Id));

        var idWords = _idsAreNames ?? AreNames(items);
        if (!idWords)
            items = Array.ConvertAll(items, item => item with { Terms = item.Terms[item.IdLength..], IdLength = 0, TitleLength = item.TitleLength - item.IdLength });
        var (vocabulary, newNumbers) = SortVocabulary(items);
        var tagNames = items.SelectMany(item => item.Tags).Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToArray();
        Array.Sort(tagNames, (a, b) => a.AsSpan().SequenceCompareTo(b));
        var tagNumbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in tagNames) tagNumbers.Add(Encoding.UTF8.GetString(name), tagNumbers.Count);
        var (tags, tagWords) = (new int[items.Length][], new int[items.Length][]);
        Threads.ForRanges(items.Length, threads, BatchSize, (start, end) =>
        {
            for (var i = start; i < end; i++)
            {
                foreach (ref var term in items[i].Terms.AsSpan()) term = newNumbers[term];
                tagWords[i] = [.. items[i].TagWords.Select(word => newNumbers[word]).Where(word => word >= 0).Distinct().Order()];
                tags[i] = [.. items[i].Tags.Select(tag => tagNumbers[tag]).Distinct().Order()];
            }
        }, cancellationToken);

        var text = new CorpusText
        {
            Items = new()
            {
                Ids = Array.ConvertAll(items, item => item.Id),
                Fields = Array.ConvertAll(items, item => item.Fields),
                Langs = Array.ConvertAll(items, item => item.Lang),
                PublishedAt = Array.ConvertAll(items, item => item.PublishedAt),
                ExpiresAt = Array.ConvertAll(items, item => item.ExpiresAt),
            },
            Vocabulary = vocabulary,
            IdWords = idWords,
            Terms = Array.ConvertAll(items, item => item.Terms),
            TitleLengths = Array.ConvertAll(items, item => item.TitleLength),
            TagNames = tagNames,
            TagWords = tagWords,
            Vectors = Array.ConvertAll(items, item => item.Vector),
            Tags = tags,
        };
        return (text, new()
        {
            Read = _read,
            Duplicates = _read - items.Length,
            Tokens = items.Sum(item => (long)item.Terms.Length),
            TextBytes = _textBytes,
        });
    }

    static bool AreNames(AnalyzedItem[] items) =>
        items.Length > 0 && items.Count(item => item.Terms.AsSpan(item.IdLength).ContainsAny(item.Terms.AsSpan(0, item.IdLength))) >= IdWords.NameShare * items.Length;

    /// <summary>Keeps the terms of two items or more; gives each its number, and -1 to the others.</summary>
    (Vocabulary, int[] NewNumbers) SortVocabulary(AnalyzedItem[] items)
    {
        var itemCounts = new int[_terms.Count];
        var lastItem = new int[_terms.Count];
        for (var i = 0; i < items.Length; i++)
            foreach (var term in items[i].Terms)
            {
                if (lastItem[term] == i + 1) continue;
                lastItem[term] = i + 1;
                itemCounts[term]++;
            }

        var kept = Enumerable.Range(0, _terms.Count).Where(term => itemCounts[term] > 1).ToArray();
        Array.Sort(kept, (a, b) => _terms[a].SequenceCompareTo(_terms[b]));
        var newNumbers = lastItem;
        Array.Fill(newNumbers, -1);
        for (var number = 0; number < kept.Length; number++) newNumbers[kept[number]] = number;

        var shown = Array.ConvertAll(kept, term => _terms[term][(_kinds[term] is TermKind.KatakanaPair or TermKind.Entry ? 1 : 0)..].ToArray());
        var shownCounts = new long[kept.Length];
        for (var use = 0; use < _wordUses.Count; use++)
        {
            var (term, count) = _wordUses[use];
            if (newNumbers[term] is not (>= 0 and var number)) continue;
            var word = _words[use][sizeof(int)..];
            if (count < shownCounts[number] || count == shownCounts[number] && word.SequenceCompareTo(shown[number]) > 0) continue;
            shownCounts[number] = count;
            shown[number] = word.ToArray();
        }
        return (new()
        {
            Terms = Array.ConvertAll(kept, term => _terms[term].ToArray()),
            Kinds = Array.ConvertAll(kept, term => _kinds[term]),
            ItemCounts = Array.ConvertAll(kept, term => itemCounts[term]),
            Shown = shown,
        }, newNumbers);
    }

    /// <summary>One item on its way: its terms have the worker's numbers, then the reader's, then the vocabulary's.</summary>
    sealed record AnalyzedItem(ItemId Id, int[] Terms, int IdLength, int TitleLength, string[] Tags, int[] TagWords, ItemFields Fields, string Lang, long PublishedAt, long ExpiresAt, ReadOnlyMemory<float> Vector);

    /// <summary>What one thread needs for itself.</summary>
    sealed class Worker(string? defaultLang, TermDictionary? dictionary)
    {
        readonly List<int> _sequence = [], _tagWords = [];
        readonly ArrayBufferWriter<byte> _scratch = new();
        readonly List<byte> _idWords = [];

        internal Analyzer Analyzer { get; } = new(dictionary);

        /// <summary>The reader's number of each of the analyzer's terms.</summary>
        internal List<int> Global { get; } = [];

        internal long TextBytes { get; private set; }

        internal AnalyzedItem Analyze(Item item)
        {
            _sequence.Clear();
            _tagWords.Clear();
            var (lang, idLength, titleLength) = ItemAnalyzer.Analyze(Analyzer, item, defaultLang, _idWords, _sequence, _tagWords);
            TextBytes += item.Title.Length + item.Body.Length;
            return new(item.Id, [.. _sequence], idLength, titleLength, [.. item.Tags], [.. _tagWords], ItemFields.Of(item, lang, _scratch), lang,
                item.PublishedAt?.ToUnixTimeMilliseconds() ?? ItemTable.NoTime, item.ExpiresAt?.ToUnixTimeMilliseconds() ?? ItemTable.NoTime, item.Vector);
        }

        internal void ToGlobal(int[] terms)
        {
            foreach (ref var term in terms.AsSpan()) term = Global[term];
        }
    }
}
