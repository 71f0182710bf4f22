namespace Cantor.Tuning;

/// <summary>One thing that is asked of a list: does it hold these items?</summary>
/// <param name="Item">The row of the item whose list it is.</param>
/// <param name="Grades">Rows of items that should stand in it, ascending, and how much each counts: grades as of judgments.</param>
/// <param name="BestGain">What the best possible list gains, those of its items that the collection lacks among them.</param>
/// <param name="Excluded">Rows that are passed over, ascending: what the unit that asks has seen already.</param>
/// <param name="Fold">Which part of the questions it belongs to.</param>
sealed record Question(int Item, (int Row, double Grade)[] Grades, double BestGain, int[] Excluded, int Fold);
