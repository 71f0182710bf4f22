using Cantor.Evaluation;
using Cantor.Kernels;
using Cantor.Ranking;
using Cantor.Releases;
using Cantor.Signals.CoViews;

namespace Cantor.Tuning;

/// <summary>
/// A question and every item that could stand in its list under any weights, scored once by each signal: what another weighing
/// would answer costs a sum an item then, and no build.
/// </summary>
sealed class Pool
{
    /// <summary>What finds candidates with text alone, as weighed now, and with tags before all else.</summary>
    const float NoTags = 0, MostTags = 2;

    readonly Question _question;
    readonly int[] _rows;
    readonly double[] _grades;
    readonly float[] _scores; // a row an item, a column a signal
    readonly float _leaves; // what the item's sessions leave of other signals when co-views weigh 1

    Pool(Question question, int[] rows, float[] scores, float leaves)
    {
        (_question, _rows, _scores, _leaves) = (question, rows, scores, leaves);
        _grades = new double[rows.Length];
        foreach (var (row, grade) in question.Grades)
            if (Array.BinarySearch(rows, row) is >= 0 and var at) _grades[at] = grade;
    }

    internal Question Question => _question;

    /// <summary>Finds and scores the items of every question.</summary>
    /// <param name="corpus">Fitted with co-views of weight 1.</param>
    /// <param name="signals">The signals, as weighed now.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="options">How the collection is built.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    internal static Pool[] Of(
        FittedCorpus corpus, IReadOnlyList<(string Name, float Weight)> signals, IReadOnlyList<Question> questions, BuildOptions options, Action<long> progress, CancellationToken cancellationToken)
    {
        var items = corpus.Text.Count;
        var exact = CandidateFinder.IsExact(options.Candidates, items);
        var fusion = corpus.FusionOf(signals);
        var leaves = fusion.Signals.Select(signal => signal.Leaves).FirstOrDefault(column => column is not null);
        var searched = (exact ? [fusion] : WithTags(corpus, signals)).Select(fusion => (fusion, fusion.NewIndex())).ToArray();
        var pools = new Pool[questions.Count];
        long done = 0;
        Threads.ForRanges(
            pools.Length, options.Threads, 16,
            () => (Scorers: Array.ConvertAll([.. fusion.Signals], signal => signal.NewScorer()),
                Finders: Array.ConvertAll(searched, index => new CandidateFinder(index.fusion, index.Item2, items, options.K, exact))),
            (worker, start, end) =>
            {
                for (var at = start; at < end; at++)
                {
                    var question = questions[at];
                    var found = new SortedSet<int>();
                    foreach (var finder in worker.Finders)
                        foreach (var row in finder.Of(question.Item))
                            if (Array.BinarySearch(question.Excluded, row) < 0) found.Add(row);
                    var rows = found.ToArray();
                    var scores = new float[rows.Length * worker.Scorers.Length];
                    for (var signal = 0; signal < worker.Scorers.Length; signal++)
                    {
                        worker.Scorers[signal].Aim(question.Item);
                        for (var i = 0; i < rows.Length; i++) scores[i * worker.Scorers.Length + signal] = worker.Scorers[signal].Score(rows[i]);
                    }
                    pools[at] = new(question, rows, scores, leaves is { } column ? column[question.Item] : 1);
                }
                progress(Interlocked.Add(ref done, end - start));
            }, cancellationToken);
        return pools;
    }

    static Fusion[] WithTags(FittedCorpus corpus, IReadOnlyList<(string Name, float Weight)> signals) =>
        [.. new float?[] { null, NoTags, MostTags }.Select(weight => corpus.FusionOf([.. signals.Select(signal => signal.Name == "tags" ? (signal.Name, weight ?? signal.Weight) : signal)]))];

    /// <summary>True when the signal says anything of any item here.</summary>
    internal bool Tells(int signal, int signals)
    {
        for (var at = signal; at < _scores.Length; at += signals)
            if (_scores[at] > 0) return true;
        return false;
    }

    /// <summary>nDCG@10 of the list that a build with these weights would make.</summary>
    /// <param name="weights">A weight a signal.</param>
    /// <param name="coviews">Which of the signals is co-views; -1 for none.</param>
    /// <param name="duplicates">Which items say nearly the same; null to list them like all others.</param>
    /// <param name="keys">Room for a key an item.</param>
    internal double NdcgAt10(ReadOnlySpan<float> weights, int coviews, NearDuplicates? duplicates, ref ulong[] keys)
    {
        if (keys.Length < _rows.Length) keys = new ulong[2 * _rows.Length];
        var left = coviews < 0 ? 1 : CoViewsSignal.LeavesAt(weights[coviews], _leaves);
        for (var i = 0; i < _rows.Length; i++)
        {
            var strength = 0f;
            for (var signal = 0; signal < weights.Length; signal++)
                strength += weights[signal] * (signal == coviews ? 1 : left) * _scores[i * weights.Length + signal];
            keys[i] = ~TopK.Key(strength, i); // ascending is best first, and rows ascend as places do
        }
        var sorted = keys.AsSpan(0, _rows.Length);
        sorted.Sort();
        Span<int> kept = stackalloc int[Evaluator.NdcgDepth];
        var (place, gain) = (0, 0.0);
        foreach (var key in sorted)
        {
            if (TopK.Score(~key) == 0 || place == kept.Length) break;
            var at = TopK.Item(~key);
            if (duplicates is not null && IsVariant(duplicates, kept[..place], _rows[at])) continue;
            kept[place++] = _rows[at];
            if (_grades[at] > 0) gain += Evaluator.Gain(_grades[at], place);
        }
        return gain / _question.BestGain;
    }

    bool IsVariant(NearDuplicates duplicates, ReadOnlySpan<int> kept, int row)
    {
        if (duplicates.IsVariantOfItself(_question.Item, row)) return true;
        foreach (var better in kept)
            if (duplicates.AreVariants(better, row)) return true;
        return false;
    }
}
