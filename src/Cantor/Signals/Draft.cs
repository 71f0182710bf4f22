using Cantor.Text;

namespace Cantor.Signals;

/// <summary>An item that no build has seen, cut into terms of a release's vocabulary.</summary>
/// <param name="Text">Its title and body.</param>
/// <param name="Tags">Its tags, as the item has them.</param>
/// <param name="Vector">Its vector; empty when it has none.</param>
sealed record Draft(ItemTerms Text, IReadOnlyList<string> Tags, ReadOnlyMemory<float> Vector);

/// <summary>What a signal makes of a draft by the statistics that the build fixed: the row that a build would give it.</summary>
/// <param name="Features">What finds candidates, ascending, scaled like <see cref="ISignal.Features"/>; empty when the signal finds none.</param>
abstract record SignalRow((int Feature, float Value)[] Features);
