using Cantor.Kernels;

namespace Cantor.Signals.CoViews;

/// <summary>
/// Items are related when the same units look at both. Over the sessions with both, W_ij sums v = 1/√|s|, divided by
/// distance^.7 and halved backward where the order is real; with c_ij such sessions, and n_i sessions with i, the score is
/// κ · W_ij / (√n_i · n_j^popularity) · c_ij/(c_ij + 2), at most 1. κ = Σ|s| / Σ|s|v brings sessions of the usual length to 1.
/// A pair that was seen once tells little: c/(c + 2) shrinks it to a third. Where few sessions tell of an item, the company that it
/// keeps helps: a pair gets company · cos(row_i, row_j) · 10/(10 + n_i) more, the rows being the scores so far.
///
/// A title of two words is weak evidence beside a thousand sessions: of the other signals' scores an item leaves
/// T²/(T² + 10·weight·n_i), T the terms of its text. A described item of a hundred terms keeps them nearly whole, an item that
/// is only named goes by what is looked at.
/// </summary>
sealed class CoViewsSignal : ISignal
{
    internal static readonly SignalKind Kind = new()
    {
        Name = "coviews",
        FitAsync = async (fitting, cancellationToken) =>
        {
            if (fitting.Events is not { } events) return null;
            var options = fitting.Options;
            var sessions = await Sessions.ReadAsync(events, fitting.Text.Items.Ids, options.CoViews, options.AsOf, cancellationToken);
            Fit(sessions, Array.ConvertAll(fitting.Text.Terms, terms => terms?.Length ?? 0), options.CoViews, fitting.Sections, options.Threads, cancellationToken);
            fitting.EventCounts = sessions.Counts;
            return (float)options.CoViews.Weight;
        },
        Open = (columns, weight) => new CoViewsSignal(columns.Sections, columns.Items, weight),
        Steps = [0, .25f, .5f, .75f, 1, 1.5f, 2],
    };

    /// <summary>An item keeps so many others, the greatest scores: they are its candidates.</summary>
    const int MaxPartners = 200;

    /// <summary>
    /// How fast sessions outweigh text. 3 to 30 were measured: more helps the next click where items have titles only, and costs
    /// editorial judgments where they have abstracts.
    /// </summary>
    const double Outweighing = 10;

    const double Shrinkage = 2, DistancePower = .7, Backward = .5, FewSessions = 10;

    readonly Column<int> _together; // c_ij beside each value

    internal CoViewsSignal(Sections sections, int items, float weight)
    {
        var ends = sections.Get<long>("coviews.ends", items);
        var partners = sections.Get<int>("coviews.items");
        Partners = new(items, ends, partners, sections.Get<float>("coviews.values", partners.Length));
        _together = sections.Get<int>("coviews.together", partners.Length);
        Leaves = sections.Has("coviews.leaves") ? sections.Get<float>("coviews.leaves", items) : null; // releases before it left all
        Weight = weight;
    }

    public string Name => Kind.Name;

    public float Weight { get; }

    public float Highest => 1;

    public FeatureRows? Features => null;

    public FeatureRows Partners { get; }

    public Column<float>? Leaves { get; }

    public IScorer NewScorer() => new Scorer(this);

    /// <summary>Counts what was looked at together and adds it to <paramref name="sections"/>.</summary>
    internal static void Fit(Sessions sessions, int[] lengths, CoViewOptions options, Sections sections, int threads, CancellationToken cancellationToken)
    {
        var items = lengths.Length;
        var sessionsOf = SessionsOf(sessions, items);
        sections.Add<float>("coviews.leaves", LeavesOf(sessionsOf, lengths, options.Weight));
        var (length, weighed) = (0.0, 0.0);
        foreach (var (looked, _) in sessions.All)
        {
            length += looked.Length;
            weighed += Math.Sqrt(looked.Length);
        }
        var kappa = weighed == 0 ? 0 : length / weighed;
        var discounts = Array.ConvertAll(sessionsOf, of => of.Length == 0 ? 0 : FixedMath.Pow(of.Length, -options.Popularity));
        var byDistance = new double[options.MaxItemsPerUnit + 1];
        for (var distance = 1; distance < byDistance.Length; distance++) byDistance[distance] = FixedMath.Pow(distance, -DistancePower);

        var rows = new (int Item, float Value, int Together)[items][];
        Threads.ForRanges(items, threads, 64, () => new Row(items), (row, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                foreach (var (session, place) in sessionsOf[item])
                {
                    var (looked, share) = sessions.All[session];
                    var v = share / Math.Sqrt(looked.Length);
                    for (var other = 0; other < looked.Length; other++)
                        if (other != place)
                            row.Add(looked[other], !options.Ordered ? v : v * byDistance[Math.Abs(other - place)] * (other < place ? Backward : 1));
                }
                var scale = sessionsOf[item].Length == 0 ? 0 : kappa / Math.Sqrt(sessionsOf[item].Length);
                rows[item] = row.Take((sum, together, other) => Math.Min(1, scale * sum * discounts[other] * together / (together + Shrinkage)));
            }
        }, cancellationToken);
        AddRows(sections, WithCompany(rows, sessionsOf, options.Company, threads, cancellationToken));
    }

    /// <summary>
    /// Lifts pairs whose two items are looked at with the same others. Only pairs that were seen: what nobody looked at together is
    /// not related by looks.
    /// </summary>
    static (int Item, float Value, int Together)[][] WithCompany(
        (int Item, float Value, int Together)[][] rows, (int, int)[][] sessionsOf, double company, int threads, CancellationToken cancellationToken)
    {
        if (company == 0) return rows;
        var lengths = Array.ConvertAll(rows, row => Math.Sqrt(row.Sum(pair => (double)pair.Value * pair.Value)));
        var lifted = new (int Item, float Value, int Together)[rows.Length][];
        Threads.ForRanges(rows.Length, threads, 64, () => new float[rows.Length], (values, start, end) =>
        {
            for (var item = start; item < end; item++)
            {
                foreach (var (other, value, _) in rows[item]) values[other] = value;
                var share = company * FewSessions / (FewSessions + sessionsOf[item].Length);
                lifted[item] = Array.ConvertAll(rows[item], pair =>
                {
                    if (lengths[pair.Item] == 0) return pair; // of a row of scores too small to square
                    var dot = 0.0;
                    foreach (var (other, value, _) in rows[pair.Item]) dot += (double)value * values[other];
                    return pair with { Value = (float)Math.Min(1, pair.Value + share * dot / (lengths[item] * lengths[pair.Item])) };
                });
                foreach (var (other, _, _) in rows[item]) values[other] = 0;
            }
        }, cancellationToken);
        return lifted;
    }

    static (int Session, int Place)[][] SessionsOf(Sessions sessions, int items)
    {
        var counts = new int[items];
        foreach (var (looked, _) in sessions.All)
            foreach (var item in looked) counts[item]++;
        var sessionsOf = Array.ConvertAll(counts, count => new (int, int)[count]);
        for (var session = sessions.All.Length - 1; session >= 0; session--)
            for (var place = 0; place < sessions.All[session].Items.Length; place++)
            {
                var item = sessions.All[session].Items[place];
                sessionsOf[item][--counts[item]] = (session, place);
            }
        return sessionsOf;
    }

    static void AddRows(Sections sections, (int Item, float Value, int Together)[][] rows)
    {
        var ends = Column<long>.NewPinned(rows.Length);
        long total = 0;
        for (var item = 0; item < rows.Length; item++) ends[item] = total += rows[item].Length;
        var (partners, values, together) = (Column<int>.NewPinned(total), Column<float>.NewPinned(total), Column<int>.NewPinned(total));
        var at = 0;
        foreach (var row in rows)
            foreach (var partner in row)
                (partners[at], values[at], together[at++]) = partner;
        sections.Add("coviews.ends", Column<long>.Over(ends));
        sections.Add("coviews.items", Column<int>.Over(partners));
        sections.Add("coviews.values", Column<float>.Over(values));
        sections.Add("coviews.together", Column<int>.Over(together));
    }

    /// <summary>What sessions leave of the other signals at a weight, when they leave so much at the weight 1.</summary>
    internal static float LeavesAt(double weight, float leavesAtOne) =>
        weight == 0 || leavesAtOne == 1 ? 1 : leavesAtOne == 0 ? 0 : (float)(1 / (1 + weight * (1 / (double)leavesAtOne - 1)));

    /// <summary>What each item's sessions leave of the other signals.</summary>
    static float[] LeavesOf((int, int)[][] sessionsOf, int[] lengths, double weight)
    {
        var leaves = new float[lengths.Length];
        for (var item = 0; item < leaves.Length; item++)
        {
            var told = (double)lengths[item] * lengths[item];
            var shown = Outweighing * weight * sessionsOf[item].Length;
            leaves[item] = shown == 0 ? 1 : (float)(told / (told + shown));
        }
        return leaves;
    }

    /// <summary>Sums one item's row, for one thread.</summary>
    sealed class Row(int items)
    {
        readonly double[] _sums = new double[items];
        readonly int[] _together = new int[items];
        readonly List<int> _met = [];

        internal void Add(int other, double value)
        {
            if (_together[other]++ == 0) _met.Add(other);
            _sums[other] += value;
        }

        /// <summary>The others with the greatest scores, by ordinal; the row is empty afterward.</summary>
        internal (int, float, int)[] Take(Func<double, int, int, double> score)
        {
            var keys = new ulong[_met.Count];
            for (var i = 0; i < keys.Length; i++) keys[i] = TopK.Key((float)score(_sums[_met[i]], _together[_met[i]], _met[i]), _met[i]);
            if (keys.Length > MaxPartners) TopK.Select(keys, MaxPartners);
            var kept = keys.AsSpan(0, Math.Min(keys.Length, MaxPartners)).ToArray();
            Array.Sort(kept, (a, b) => TopK.Item(a).CompareTo(TopK.Item(b)));
            var row = Array.ConvertAll(kept, key => (TopK.Item(key), TopK.Score(key), _together[TopK.Item(key)]));
            foreach (var other in _met) (_sums[other], _together[other]) = (0, 0);
            _met.Clear();
            return row;
        }
    }

    public SignalRow RowOf(Draft draft) => NobodyLooked.Instance;

    /// <summary>What an unseen item has: nobody looked at it yet.</summary>
    sealed record NobodyLooked() : SignalRow([])
    {
        internal static readonly NobodyLooked Instance = new();
    }

    sealed class Scorer(CoViewsSignal signal) : IScorer
    {
        long _start, _end;

        public void Aim(int item) => (_start, _end) = signal.Partners.Row(item);

        public void Aim(SignalRow row) => (_start, _end) = (0, 0);

        public float Score(int other) => Find(other) is >= 0 and var at ? signal.Partners.Values[at] : 0;

        public float Score(SignalRow other) => 0;

        public void Explain(int other, List<ReasonPart> parts)
        {
            if (Find(other) is >= 0 and var at) parts.Add(new(ReasonKind.Together, "", signal.Partners.Values[at], signal._together[at]));
        }

        long Find(int other)
        {
            var place = signal.Partners.Features.Slice(_start, _end).BinarySearch(other);
            return place < 0 ? -1 : _start + place;
        }
    }
}
