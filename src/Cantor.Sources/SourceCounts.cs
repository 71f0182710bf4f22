using Cantor.Corpus;

namespace Cantor.Sources;

/// <summary>What one reading came across, growing while it runs. One thread at a time.</summary>
public sealed class SourceCounts
{
    /// <summary>How many faults are kept word for word.</summary>
    public const int MaxFaults = 10;

    readonly List<string> _faults = [];

    /// <summary>Good rows given so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Bad rows passed over so far.</summary>
    public long BadRows { get; private set; }

    /// <summary>The messages of the first <see cref="MaxFaults"/> bad rows.</summary>
    public IReadOnlyList<string> Faults => _faults;

    internal void AddRow() => Rows++;

    /// <summary>Passes over a bad row, or throws when <paramref name="allowed"/> rows were passed over already.</summary>
    internal void AddBadRow(InputFaultException fault, long allowed)
    {
        if (BadRows >= allowed)
            throw allowed == 0 ? fault : new InputFaultException(fault.Source, fault.Row, $"{fault.Fault} (bad row {BadRows + 1}; {allowed} allowed)", fault.InnerException);
        BadRows++;
        if (_faults.Count < MaxFaults) _faults.Add(fault.Message);
    }
}
