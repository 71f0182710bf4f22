using System.Globalization;
using Cantor.Signals;

namespace Cantor.Releases;

/// <summary>Why an item stands in a list: what one signal brings.</summary>
/// <param name="Signal">The signal's name.</param>
/// <param name="Weight">What it adds to the strength; the weights of all reasons sum to it.</param>
/// <param name="Parts">What the weight is made of, the greatest first, and sums to; empty for lists that someone else computed.</param>
public sealed record Reason(string Signal, float Weight, IReadOnlyList<ReasonPart> Parts)
{
    /// <summary>
    /// The parts as a reader is told of them, the greatest first: words that a phrase holds are told with it, their weights in its.
    /// What is not told by name is one more part at the end, of the kind <see cref="ReasonKind.Rest"/>; so they sum to the weight.
    /// </summary>
    /// <param name="most">How many are told by name at most.</param>
    public IReadOnlyList<ReasonPart> Telling(int most = 5)
    {
        var told = Merged();
        var named = told[..Math.Min(most, told.Count)];
        var rest = told.Count - named.Count + BeyondConsidered;
        if (rest > 0) named.Add(new(ReasonKind.Rest, "", (float)Math.Max(0, Weight - named.Sum(part => (double)part.Weight)), rest));
        return named;
    }

    List<ReasonPart> Merged()
    {
        var told = new List<ReasonPart>();
        foreach (var part in Parts.Take(Considered))
        {
            var merged = part;
            if (part.Text.Length > 0)
            {
                if (told.FindIndex(other => Holds(other.Text, part.Text)) is >= 0 and var at)
                {
                    told[at] = told[at] with { Weight = told[at].Weight + part.Weight };
                    continue;
                }
                foreach (var other in told.Where(other => Holds(part.Text, other.Text))) merged = merged with { Weight = merged.Weight + other.Weight };
                told.RemoveAll(other => Holds(part.Text, other.Text));
            }
            told.Add(merged);
        }
        return [.. told.OrderByDescending(part => part.Weight)];
    }

    /// <summary>Parts further down weigh little beside these and are told as a number: all pairs are compared.</summary>
    const int Considered = 64;

    int BeyondConsidered => Math.Max(0, Parts.Count - Considered);

    static bool Holds(string text, string word)
    {
        if (word.Length == 0) return false;
        // Words of scripts with spaces are held whole: "user" does not hold "use". Others do not stand apart: 入門 holds 入 and 門.
        return char.IsAscii(word[0])
            ? $" {text} ".Contains($" {word} ", StringComparison.Ordinal)
            : text.Contains(word, StringComparison.Ordinal) || text.Contains(word.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>The reasons as one sentence, the greatest first; what brings less than a twentieth is left out.</summary>
    /// <param name="reasons">The reasons of one neighbor.</param>
    /// <param name="language">What to write it in.</param>
    public static string Sentence(IReadOnlyList<Reason> reasons, ReasonLanguage language)
    {
        var strength = reasons.Sum(reason => reason.Weight);
        var clauses = reasons.SelectMany(reason => reason.ClausesOf()).Where(clause => clause.Weight >= strength * LeastShare).OrderByDescending(clause => clause.Weight).ToList();
        if (clauses.Count == 0) return "";
        return language switch
        {
            ReasonLanguage.English => Capital(string.Join("; ", clauses.Select(English))) + ".",
            ReasonLanguage.Japanese => string.Concat(clauses.Select(clause => Japanese(clause) + "。")),
            _ => throw new ArgumentOutOfRangeException(nameof(language), language, "expected a language of the enumeration"),
        };
    }

    const float LeastShare = .05f;

    /// <summary>More words than these are counted, not named.</summary>
    const int Named = 3;

    IEnumerable<Clause> ClausesOf()
    {
        if (Parts.Count == 0) yield return new(null, Weight, [], 0, 0);
        foreach (var kind in Parts.GroupBy(part => part.Kind is ReasonKind.Phrase ? ReasonKind.Term : part.Kind))
        {
            var alike = this with { Parts = [.. kind] };
            var texts = alike.Merged();
            yield return new(kind.Key, kind.Sum(part => part.Weight), [.. texts.Take(Named).Select(part => part.Text)],
                Math.Max(0, texts.Count - Named) + alike.BeyondConsidered, kind.Max(part => part.Count));
        }
    }

    static string English(Clause clause)
    {
        List<string> named = [.. clause.Texts.Select(text => $"“{text}”")];
        if (clause.More > 0) named.Add($"{clause.More} more");
        var list = named.Count < 2 ? string.Concat(named) : $"{string.Join(", ", named.SkipLast(1))} and {named[^1]}";
        return clause.Kind switch
        {
            ReasonKind.Term => $"both mention {list}",
            ReasonKind.Tag => $"both are tagged {list}",
            ReasonKind.TagWord => $"one is tagged with words of the other: {list}",
            ReasonKind.NamesTitle => "its text names this title",
            ReasonKind.TitleNamed => "this text names its title",
            ReasonKind.Topic => "both are about the same topic",
            ReasonKind.Together => string.Create(CultureInfo.InvariantCulture, $"{clause.Count:N0} {(clause.Count == 1 ? "visitor" : "visitors")} looked at both"),
            ReasonKind.Rest => string.Create(CultureInfo.InvariantCulture, $"and they have {clause.Count:N0} more {(clause.Count == 1 ? "thing" : "things")} in common"),
            _ => "the imported list says so",
        };
    }

    static string Japanese(Clause clause)
    {
        var list = string.Concat(clause.Texts.Select(text => $"「{text}」")) + (clause.More > 0 ? $"ほか{clause.More}語" : "");
        return clause.Kind switch
        {
            ReasonKind.Term => $"{list}が両方に出てきます",
            ReasonKind.Tag => $"タグ{list}が共通です",
            ReasonKind.TagWord => $"一方のタグの語{list}が他方にもあります",
            ReasonKind.NamesTitle => "相手の本文がこのタイトルに触れています",
            ReasonKind.TitleNamed => "この本文が相手のタイトルに触れています",
            ReasonKind.Topic => "話題が近いです",
            ReasonKind.Together => string.Create(CultureInfo.InvariantCulture, $"{clause.Count:N0}人が両方を見ています"),
            ReasonKind.Rest => string.Create(CultureInfo.InvariantCulture, $"ほかに{clause.Count:N0}点が共通です"),
            _ => "取り込んだ一覧にあります",
        };
    }

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    // Kind is null for lists that someone else computed. More is how many texts are not named.
    readonly record struct Clause(ReasonKind? Kind, float Weight, IReadOnlyList<string> Texts, int More, int Count);
}

/// <summary>What <see cref="Reason.Sentence"/> is written in.</summary>
public enum ReasonLanguage
{
    /// <summary>English.</summary>
    English,

    /// <summary>Japanese.</summary>
    Japanese,
}
