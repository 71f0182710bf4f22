using System.Numerics;
using Cantor.Kernels;

namespace Cantor.Neighbors;

/// <summary>
/// Neighbors of neighbors are likely neighbors (NN-descent: Dong, Moses, Li 2011). A round reads the lists of the round before
/// and writes new ones, so that the order in which rows are looked at does not matter. Who met in a round before does not meet
/// again: one of the two steps to a row must be new.
/// </summary>
sealed class Descent
{
    /// <summary>How many of a row's best, and of those rows that have it among their best, lead further.</summary>
    const int Leads = 20;

    /// <summary>So many rows ahead are fetched while one is scored.</summary>
    const int Ahead = 8;

    readonly ByteRows _rows;
    readonly NearLists _lists;
    readonly int[] _backEnds, _back; // a new step as the complement of its row

    Descent(ByteRows rows, NearLists lists)
    {
        (_rows, _lists) = (rows, lists);
        // Who has a row among its best, the lower rows first.
        _backEnds = new int[lists.Count];
        for (var row = 0; row < lists.Count; row++)
            foreach (var key in lists.Best(row, Leads)) _backEnds[TopK.Item(key)]++;
        for (var row = 1; row < lists.Count; row++) _backEnds[row] += _backEnds[row - 1];
        _back = new int[lists.Count == 0 ? 0 : _backEnds[^1]];
        var next = (int[])_backEnds.Clone();
        for (var row = lists.Count - 1; row >= 0; row--)
        {
            var best = lists.Best(row, Leads);
            for (var i = 0; i < best.Length; i++) _back[--next[TopK.Item(best[i])]] = lists.IsNew(row, i) ? ~row : row;
        }
    }

    /// <summary>Better lists, as long as these at most.</summary>
    internal static NearLists Round(ByteRows rows, NearLists lists, int threads, CancellationToken cancellationToken)
    {
        var descent = new Descent(rows, lists);
        var better = new NearLists(lists.Count, lists.K);
        Threads.ForRanges(lists.Count, threads, 256, () => new Searcher(descent), (searcher, start, end) =>
        {
            for (var row = start; row < end; row++) better.Set(row, lists.Row(row), searcher.Search(row));
        }, cancellationToken);
        return better;
    }

    ReadOnlySpan<int> Back(int row)
    {
        var start = row == 0 ? 0 : _backEnds[row - 1];
        return _back.AsSpan(start, Math.Min(Leads, _backEnds[row] - start));
    }

    sealed class Searcher(Descent descent)
    {
        /// <summary>The row itself, its list, and all that its leads lead to.</summary>
        static int Most(int k) => 1 + k + 2 * Leads * (Leads + 1);

        readonly int[] _seen = new int[BitOperations.RoundUpToPowerOf2((uint)(2 * Most(descent._lists.K)))]; // counted from 1
        readonly List<int> _met = [];
        readonly ulong[] _found = new ulong[Most(descent._lists.K)];

        /// <summary>Rows that are closer than the last of the list, or any while it is short; greatest keys first.</summary>
        internal ReadOnlySpan<ulong> Search(int row)
        {
            Gather(row);
            var list = descent._lists.Row(row);
            var least = list.Length < descent._lists.K ? 0 : list[^1];
            var count = 0;
            for (var i = 0; i < _met.Count; i++)
            {
                if (i + Ahead < _met.Count) descent._rows.Expect(_met[i + Ahead]);
                var score = descent._rows.Dot(row, _met[i]);
                if (score > 0 && TopK.Key(score, _met[i]) is var key && key > least) _found[count++] = key;
            }
            var found = _found.AsSpan(0, count);
            found.Sort(static (a, b) => b.CompareTo(a));
            return found;
        }

        void Gather(int row)
        {
            Array.Clear(_seen);
            _met.Clear();
            IsFirst(row);
            foreach (var key in descent._lists.Row(row)) IsFirst(TopK.Item(key));
            var best = descent._lists.Best(row, Leads);
            for (var i = 0; i < best.Length; i++) Follow(TopK.Item(best[i]), descent._lists.IsNew(row, i));
            foreach (var step in descent.Back(row))
            {
                var (other, isNew) = step < 0 ? (~step, true) : (step, false);
                if (isNew) Meet(other);
                Follow(other, isNew);
            }
        }

        void Follow(int lead, bool isNew)
        {
            var best = descent._lists.Best(lead, Leads);
            for (var i = 0; i < best.Length; i++)
                if (isNew || descent._lists.IsNew(lead, i)) Meet(TopK.Item(best[i]));
        }

        void Meet(int other)
        {
            if (IsFirst(other)) _met.Add(other);
        }

        bool IsFirst(int row)
        {
            var mask = _seen.Length - 1;
            for (var slot = (int)((uint)row * 0x9E3779B1 >> 8) & mask; ; slot = slot + 1 & mask)
            {
                if (_seen[slot] == row + 1) return false;
                if (_seen[slot] != 0) continue;
                _seen[slot] = row + 1;
                return true;
            }
        }
    }
}
