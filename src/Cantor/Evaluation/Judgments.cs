using System.Collections.ObjectModel;
using System.Globalization;
using Cantor.Corpus;

namespace Cantor.Evaluation;

/// <summary>
/// What people (or links, or purchases) say belongs together: for a query item, graded items. Mutable while it is filled;
/// one thread at a time.
/// </summary>
/// <remarks>A grade is 0 (judged and not related) to <see cref="MaxGrade"/>; 1 and above count as good.</remarks>
public sealed class Judgments
{
    /// <summary>The greatest grade; the gain doubles with each, so more would let one item decide everything.</summary>
    public const double MaxGrade = 10;

    /// <summary>From this grade on an item is a good answer.</summary>
    public const double GoodGrade = 1;

    readonly SortedDictionary<ItemId, Dictionary<ItemId, double>> _grades = [];

    /// <summary>How many queries have a good item. The others cannot be answered well and are skipped everywhere.</summary>
    public int Count => _grades.Values.Count(HasGood);

    /// <summary>How many queries have no good item.</summary>
    public int WithoutGood => _grades.Count - Count;

    /// <summary>The queries that have a good item, in the order of their ids, each with its graded items.</summary>
    public IEnumerable<(ItemId Query, IReadOnlyDictionary<ItemId, double> Grades)> Queries =>
        _grades.Where(query => HasGood(query.Value)).Select(query => (query.Key, (IReadOnlyDictionary<ItemId, double>)query.Value));

    /// <summary>What was judged for a query; nothing for one that was not.</summary>
    public IReadOnlyDictionary<ItemId, double> GradesOf(ItemId query) => _grades.TryGetValue(query, out var grades) ? grades : ReadOnlyDictionary<ItemId, double>.Empty;

    /// <summary>Adds one judgment; of several about one pair the greatest grade counts.</summary>
    /// <param name="query">The item whose list is judged.</param>
    /// <param name="item">The item that stands in the list or should.</param>
    /// <param name="grade">0 to <see cref="MaxGrade"/>; need not be whole.</param>
    /// <returns>Null, or in plain words what is wrong and what was expected; then nothing was added.</returns>
    public string? Add(ItemId query, ItemId item, double grade)
    {
        if (grade is not (>= 0 and <= MaxGrade))
            return string.Create(CultureInfo.InvariantCulture, $"the grade is {grade}; expected a number from 0 to {MaxGrade}");
        if (!_grades.TryGetValue(query, out var items)) _grades.Add(query, items = []);
        items[item] = Math.Max(grade, items.GetValueOrDefault(item));
        return null;
    }

    /// <summary>Reads lines of query, item and grade, separated by tabs; further columns and empty lines are passed over.</summary>
    /// <param name="lines">The text.</param>
    /// <param name="source">How the user named it, for faults.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InputFaultException">A line is not a judgment, or no query has a good item.</exception>
    public static async Task<Judgments> ReadAsync(TextReader lines, string source, CancellationToken cancellationToken)
    {
        var judgments = new Judgments();
        for (long row = 1; await lines.ReadLineAsync(cancellationToken) is { } line; row++)
            if (line.Length > 0 && judgments.AddLine(line) is { } fault)
                throw new InputFaultException(source, row, fault);
        return judgments.Count > 0
            ? judgments
            : throw new InputFaultException(source, null, "no query has an item of grade 1 or above, so there is nothing to measure");
    }

    string? AddLine(string line)
    {
        var columns = line.Split('\t');
        if (columns.Length < 3)
            return $"the line has {columns.Length} columns separated by tabs; expected query, item and grade";
        if (ItemId.Check(columns[0], out var query) is { } queryFault) return $"query: {queryFault}";
        if (ItemId.Check(columns[1], out var item) is { } itemFault) return $"item: {itemFault}";
        return double.TryParse(columns[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var grade)
            ? Add(query, item, grade)
            : $"the grade is \"{columns[2]}\"; expected a number from 0 to {MaxGrade}";
    }

    static bool HasGood(Dictionary<ItemId, double> grades) => grades.Values.Any(grade => grade >= GoodGrade);
}
