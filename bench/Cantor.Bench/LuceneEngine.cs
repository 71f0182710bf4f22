using System.Text;
using Cantor.Corpus;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Cjk;
using Lucene.Net.Analysis.En;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Queries.Mlt;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Cantor.Bench;

/// <summary>
/// The peer: Lucene.NET's MoreLikeThis, set up as well as we could for short texts. BM25, 25 query terms, minimum term
/// frequency 1 and document frequency 2; title (twice, so that it weighs more) and body in one field, and query terms
/// weighted by their tf-idf, which together gave it 2 to 3 points of nDCG@10. Term vectors are stored and the index is in
/// memory, which is the fastest it can do.
/// </summary>
static class LuceneEngine
{
    const string IdField = "id", TextField = "text";
    const int QueryTerms = 25, MinTermFrequency = 1, MinDocumentFrequency = 2;

    /// <summary>The lists of all items, at most <paramref name="depth"/> long.</summary>
    internal static async Task<IReadOnlyList<(ItemId Item, ItemId[] List)>> BuildAsync(
        BenchCorpus corpus, int depth, int threads, CancellationToken cancellationToken)
    {
        using Analyzer analyzer = corpus.IsJapanese ? new CJKAnalyzer(LuceneVersion.LUCENE_48) : new EnglishAnalyzer(LuceneVersion.LUCENE_48);
        using var directory = new RAMDirectory();
        await IndexAsync(corpus, directory, analyzer, threads, cancellationToken);

        using var reader = DirectoryReader.Open(directory);
        var searcher = new IndexSearcher(reader) { Similarity = new BM25Similarity() };
        var ids = new ItemId[reader.MaxDoc];
        for (var document = 0; document < ids.Length; document++) ids[document] = ItemId.Parse(reader.Document(document).Get(IdField));

        var lists = new (ItemId, ItemId[])[ids.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        Parallel.For(0, ids.Length, parallel, () => NewMoreLikeThis(reader, analyzer), (document, _, moreLikeThis) =>
        {
            var hits = searcher.Search(moreLikeThis.Like(document), depth + 1).ScoreDocs;
            lists[document] = (ids[document], [.. hits.Where(hit => hit.Doc != document).Take(depth).Select(hit => ids[hit.Doc])]);
            return moreLikeThis;
        }, _ => { });
        return lists;
    }

    /// <summary>The processor's milliseconds for the first <paramref name="depth"/> of one item, over so many items spread over all; the index stands.</summary>
    internal static async Task<double> MillisecondsAQueryAsync(BenchCorpus corpus, int depth, int queries, int runs, CancellationToken cancellationToken)
    {
        using Analyzer analyzer = corpus.IsJapanese ? new CJKAnalyzer(LuceneVersion.LUCENE_48) : new EnglishAnalyzer(LuceneVersion.LUCENE_48);
        using var directory = new RAMDirectory();
        await IndexAsync(corpus, directory, analyzer, 1, cancellationToken);
        using var reader = DirectoryReader.Open(directory);
        var searcher = new IndexSearcher(reader) { Similarity = new BM25Similarity() };
        var moreLikeThis = NewMoreLikeThis(reader, analyzer);
        var step = Math.Max(1, reader.MaxDoc / queries);
        var asked = 0;
        return KernelBenchmark.Least(runs, () =>
        {
            asked = 0;
            for (var document = 0; document < reader.MaxDoc; document += step, asked++) searcher.Search(moreLikeThis.Like(document), depth + 1);
            return asked;
        }) * 1000 / asked;
    }

    static async Task IndexAsync(
        BenchCorpus corpus, RAMDirectory directory, Analyzer analyzer, int threads, CancellationToken cancellationToken)
    {
        var withVectors = new FieldType(Lucene.Net.Documents.TextField.TYPE_NOT_STORED) { StoreTermVectors = true };
        withVectors.Freeze();
        using var writer = new IndexWriter(
            directory, new IndexWriterConfig(LuceneVersion.LUCENE_48, analyzer) { Similarity = new BM25Similarity() });
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(corpus.ReadItemsAsync(cancellationToken), parallel, (item, _) =>
        {
            var title = Encoding.UTF8.GetString(item.Title.Span);
            var text = $"{title}\n{title}\n{Encoding.UTF8.GetString(item.Body.Span)}";
            writer.AddDocument([new StringField(IdField, item.Id.Value, Field.Store.YES), new Field(TextField, text, withVectors)]);
            return ValueTask.CompletedTask;
        });
        writer.Commit();
    }

    // One for each thread: it is not safe to share.
    static MoreLikeThis NewMoreLikeThis(IndexReader reader, Analyzer analyzer) => new(reader)
    {
        Analyzer = analyzer,
        FieldNames = [TextField],
        MinTermFreq = MinTermFrequency,
        MinDocFreq = MinDocumentFrequency,
        MaxQueryTerms = QueryTerms,
        ApplyBoost = true,
    };
}
