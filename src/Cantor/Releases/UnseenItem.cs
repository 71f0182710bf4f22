using Cantor.Signals;

namespace Cantor.Releases;

/// <summary>An item that a release has not seen, weighed by that release: <see cref="Release.Weigh"/>.</summary>
public sealed class UnseenItem
{
    internal UnseenItem(SignalRow[] rows) => Rows = rows;

    /// <summary>Its row in each of the release's signals.</summary>
    internal SignalRow[] Rows { get; }
}
