using System.Text;
using Cantor.Corpus;
using Cantor.Releases;

namespace Cantor.Bench;

/// <summary>Cantor as `cantor build` runs it with its defaults: from items to a release file on disk.</summary>
static class CantorEngine
{
    /// <summary>The first <paramref name="depth"/> neighbors of all items.</summary>
    internal static async Task<IReadOnlyList<(ItemId Item, ItemId[] List)>> BuildAsync(
        BenchCorpus corpus, int depth, int threads, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("cantor-bench-");
        try
        {
            var report = await ReleaseBuilder.BuildAsync(
                corpus.Name, corpus.ReadItemsAsync(cancellationToken), null, new() { Threads = threads },
                folder.FullName, TimeProvider.System, progress: null, cancellationToken);
            using var release = Release.Open(report.Path);
            return ListsOf(release, depth);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static (ItemId, ItemId[])[] ListsOf(Release release, int depth)
    {
        var ids = new ItemId[release.Count];
        for (var row = 0; row < ids.Length; row++) ids[row] = ItemId.Parse(Encoding.UTF8.GetString(release.IdOf(new(row))));
        var lists = new (ItemId, ItemId[])[ids.Length];
        for (var row = 0; row < ids.Length; row++)
        {
            var neighbors = release.NeighborsOf(new(row));
            var list = new ItemId[Math.Min(depth, neighbors.Length)];
            for (var i = 0; i < list.Length; i++) list[i] = ids[neighbors[i].Item.Row];
            lists[row] = (ids[row], list);
        }
        return lists;
    }
}
