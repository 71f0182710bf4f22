using System.IO.Hashing;
using System.Text;
using Cantor.Corpus;
using Cantor.Evaluation;
using Cantor.Kernels;
using Cantor.Releases;
using Cantor.Signals;

namespace Cantor.Tuning;

/// <summary>
/// Learns what a collection's signals weigh, from judgments or from what units looked at next. The questions are cut into five
/// folds by the item they are about; the weights that suit four are tried on the fifth, so the gain is one that the weights were not
/// made for. Where it is not surely one, the weights stay as they are.
/// </summary>
public static class Tuner
{
    const int Folds = 5;

    /// <summary>More questions change no digit that matters.</summary>
    const int MaxQuestions = 10_000;

    /// <summary>Of fewer a fold holds too few to tell anything.</summary>
    const int LeastQuestions = 50;

    /// <summary>Learns from judgments.</summary>
    /// <param name="collection">The collection's name, for faults.</param>
    /// <param name="items">The corpus.</param>
    /// <param name="events">What units looked at; null for none.</param>
    /// <param name="judgments">What should stand in the lists. Queries that the corpus lacks are passed over.</param>
    /// <param name="options">How the collection is built; its weights are where the search begins, and a signal of weight 0 stays out.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputFaultException">A source is at fault, or fewer than 50 queries are items of the corpus.</exception>
    public static async Task<TuningReport> FromJudgmentsAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, Judgments judgments, BuildOptions options,
        IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var corpus = await FitAsync(collection, items, events, options, progress, cancellationToken);
        var rows = RowsOf(corpus);
        var questions = judgments.Queries.Where(query => rows.ContainsKey(query.Query)).Select(query => new Question(
            rows[query.Query],
            [.. query.Grades.Where(grade => grade.Value > 0 && rows.ContainsKey(grade.Key)).Select(grade => (Row: rows[grade.Key], grade.Value)).OrderBy(grade => grade.Row)],
            Evaluator.DiscountedGain(query.Grades.Values.OrderDescending().Take(Evaluator.NdcgDepth)), [], FoldOf(query.Query, options.Seed)));
        return Tune(corpus, [.. questions], "judgments", options, progress, cancellationToken);
    }

    /// <summary>Learns from a part of the units, which is kept from co-views: of each an item is hidden, and the list of another asked for it.</summary>
    /// <param name="collection">The collection's name, for faults.</param>
    /// <param name="items">The corpus.</param>
    /// <param name="events">What units looked at.</param>
    /// <param name="share">Which share of the units asks, more than 0 and at most .5.</param>
    /// <param name="options">How the collection is built; its weights are where the search begins, and a signal of weight 0 stays out.</param>
    /// <param name="progress">Told how far it is; null for nobody.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="InputFaultException">A source is at fault, or fewer than 50 units that ask looked at two items of the corpus.</exception>
    public static async Task<TuningReport> FromEventsAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event> events, double share, BuildOptions options,
        IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var holdout = new Holdout(share, options.Seed);
        var corpus = await FitAsync(collection, items, holdout.TrainAsync(events), options, progress, cancellationToken);
        var rows = RowsOf(corpus);
        var questions = holdout.Questions(rows.ContainsKey, options.CoViews.Ordered).Select(question => new Question(
            rows[question.Asked], [(rows[question.Hidden], 1)], Evaluator.Gain(1, 1), [.. question.Others.Select(other => rows[other]).Order()],
            FoldOf(question.Asked, options.Seed)));
        return Tune(corpus, [.. questions], "events", options, progress, cancellationToken);
    }

    /// <summary>Fits with co-views of weight 1: what they leave of other signals is then known for every weight.</summary>
    static Task<FittedCorpus> FitAsync(
        string collection, IAsyncEnumerable<Item> items, IAsyncEnumerable<Event>? events, BuildOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        options.Check();
        return FittedCorpus.FitAsync(collection, items, events, options with { CoViews = options.CoViews with { Weight = 1 } }, _ => { }, progress, cancellationToken);
    }

    static Dictionary<ItemId, int> RowsOf(FittedCorpus corpus)
    {
        var rows = new Dictionary<ItemId, int>(corpus.Text.Count);
        foreach (var id in corpus.Text.Items.Ids) rows.Add(id, rows.Count);
        return rows;
    }

    static int FoldOf(ItemId item, ulong seed) => (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(item.Value), (long)seed) % Folds);

    static TuningReport Tune(FittedCorpus corpus, Question[] questions, string source, BuildOptions options, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        if (questions.Length < LeastQuestions)
            throw new InputFaultException(source, null, FormattableString.Invariant($"questions about the items: {questions.Length:N0}; expected at least {LeastQuestions} to learn from"));
        var chosen = new SeededRandom(options.Seed, 0x74756E65).Choose(questions.Length, MaxQuestions); // a stream of its own
        Array.Sort(chosen);
        var signals = corpus.Signals.ConvertAll(signal => signal.Name == "coviews" ? (signal.Name, Weight: (float)options.CoViews.Weight) : signal);
        var pools = Pool.Of(corpus, signals, Array.ConvertAll(chosen, at => questions[at]), options, done => progress?.Report(new("score", done, chosen.Length)), cancellationToken);

        progress?.Report(new("search", 0, null));
        float[] start = [.. signals.Select(signal => signal.Weight)];
        float[][] steps = [.. signals.Select((signal, at) => signal.Weight > 0 && pools.Any(pool => pool.Tells(at, signals.Count)) ? SignalKind.All.First(kind => kind.Name == signal.Name).Steps.ToArray() : [])];
        var search = new WeightSearch(pools, steps, signals.FindIndex(signal => signal.Name == "coviews"), corpus.FindDuplicates(options, cancellationToken), options.Threads);
        var before = search.Answer(start, cancellationToken);
        var byFold = Enumerable.Range(0, Folds).Select(fold => search.Best(start, fold, cancellationToken)).ToArray();
        double[] after = [.. pools.Select((pool, at) => search.Answer(byFold[pool.Question.Fold], cancellationToken)[at])];
        var learned = search.Best(start, -1, cancellationToken);
        var means = Bootstrap.MeansOf([before, after, [.. after.Zip(before, (a, b) => a - b)]], options.Seed, cancellationToken);
        return new()
        {
            Questions = pools.Length,
            Before = means[0],
            After = means[1],
            Gain = means[2],
            IsBetter = means[2].Low > 0 && !learned.SequenceEqual(start),
            Weights = [.. Enumerable.Range(0, steps.Length).Where(at => steps[at].Length > 0).Select(at => new TunedWeight(
                signals[at].Name, Plain(start[at]), Plain(learned[at]), Plain(byFold.Min(weights => weights[at])), Plain(byFold.Max(weights => weights[at]))))],
            Compared = search.Answered,
        };
    }

    /// <summary>.4 and not .4000000059604645.</summary>
    static double Plain(float weight) => (double)(decimal)weight;
}
