using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Neighbors of neighbors are likely neighbors (NN-descent: Dong, Moses, Li 2011). A round reads the lists of the round before
/// and writes new ones, so that the order in which rows are looked at does not matter.
/// </summary>
sealed class Descent
{
    /// <summary>How many of a row's best, and of those rows that have it among their best, lead further.</summary>
    const int Leads = 12;

    readonly DenseVectors _vectors;
    readonly ulong[][] _lists;
    readonly int[] _backEnds, _back;

    Descent(DenseVectors vectors, ulong[][] lists)
    {
        (_vectors, _lists) = (vectors, lists);
        // Who has a row among its best, the lower rows first.
        _backEnds = new int[lists.Length];
        foreach (var list in lists)
            foreach (var key in list.AsSpan(0, Math.Min(Leads, list.Length))) _backEnds[TopK.Item(key)]++;
        for (var row = 1; row < lists.Length; row++) _backEnds[row] += _backEnds[row - 1];
        _back = new int[lists.Length == 0 ? 0 : _backEnds[^1]];
        var next = (int[])_backEnds.Clone();
        for (var row = lists.Length - 1; row >= 0; row--)
            foreach (var key in lists[row].AsSpan(0, Math.Min(Leads, lists[row].Length))) _back[--next[TopK.Item(key)]] = row;
    }

    /// <summary>Better lists of the <paramref name="k"/> closest, best first.</summary>
    internal static ulong[][] Round(DenseVectors vectors, ulong[][] lists, int k, int threads, CancellationToken cancellationToken)
    {
        var descent = new Descent(vectors, lists);
        var better = new ulong[lists.Length][];
        Threads.ForRanges(lists.Length, threads, 256, () => new Searcher(descent, k), (searcher, start, end) =>
        {
            for (var row = start; row < end; row++) better[row] = searcher.Search(row);
        }, cancellationToken);
        return better;
    }

    sealed class Searcher(Descent descent, int k)
    {
        readonly int[] _seenFor = new int[descent._lists.Length]; // the row, counted from 1, that another was last met for
        readonly List<int> _leads = [];
        ulong[] _keys = new ulong[1024];
        int _count;

        internal ulong[] Search(int row)
        {
            var list = descent._lists[row];
            _seenFor[row] = row + 1;
            foreach (var key in list) _seenFor[TopK.Item(key)] = row + 1;
            _leads.Clear();
            foreach (var key in list.AsSpan(0, Math.Min(Leads, list.Length))) _leads.Add(TopK.Item(key));
            var back = descent._back.AsSpan(row == 0 ? 0 : descent._backEnds[row - 1], BackCount(row));
            foreach (var other in back[..Math.Min(Leads, back.Length)]) _leads.Add(other);

            _count = 0;
            foreach (var lead in _leads)
            {
                Meet(row, lead);
                var further = descent._lists[lead];
                foreach (var key in further.AsSpan(0, Math.Min(Leads, further.Length))) Meet(row, TopK.Item(key));
            }
            var found = Reranking.Rerank(descent._vectors, row, _keys.AsSpan(0, _count), k);
            ulong[] all = [.. list, .. found];
            Array.Sort(all, static (a, b) => b.CompareTo(a));
            return all.Length <= k ? all : all[..k];
        }

        int BackCount(int row) => descent._backEnds[row] - (row == 0 ? 0 : descent._backEnds[row - 1]);

        void Meet(int row, int other)
        {
            if (_seenFor[other] == row + 1) return;
            _seenFor[other] = row + 1;
            if (_count == _keys.Length) Array.Resize(ref _keys, 2 * _count);
            _keys[_count++] = TopK.Key(0, other);
        }
    }
}
