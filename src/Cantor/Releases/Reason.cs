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
    /// </summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<ReasonPart> Telling(int most)
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
        return [.. told.OrderByDescending(part => part.Weight).Take(most)];
    }

    /// <summary>Parts further down weigh nothing beside these, and all pairs are compared.</summary>
    const int Considered = 64;

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
        if (Parts.Count == 0) yield return new(null, Weight, [], 0);
        foreach (var kind in Parts.GroupBy(part => part.Kind is ReasonKind.Phrase ? ReasonKind.Term : part.Kind))
        {
            var texts = (this with { Parts = [.. kind] }).Telling(int.MaxValue);
            yield return new(kind.Key, kind.Sum(part => part.Weight), [.. texts.Select(part => part.Text)], kind.Max(part => part.Count));
        }
    }

    static string English(Clause clause)
    {
        var more = Math.Max(0, clause.Texts.Count - Named);
        List<string> named = [.. clause.Texts.Take(Named).Select(text => $"“{text}”")];
        if (more > 0) named.Add(more == 1 ? "1 more" : $"{more} more");
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
            _ => "the imported list says so",
        };
    }

    static string Japanese(Clause clause)
    {
        var more = Math.Max(0, clause.Texts.Count - Named);
        var list = string.Concat(clause.Texts.Take(Named).Select(text => $"「{text}」")) + (more > 0 ? $"ほか{more}語" : "");
        return clause.Kind switch
        {
            ReasonKind.Term => $"{list}が両方に出てきます",
            ReasonKind.Tag => $"タグ{list}が共通です",
            ReasonKind.TagWord => $"一方のタグの語{list}が他方にもあります",
            ReasonKind.NamesTitle => "相手の本文がこのタイトルに触れています",
            ReasonKind.TitleNamed => "この本文が相手のタイトルに触れています",
            ReasonKind.Topic => "話題が近いです",
            ReasonKind.Together => string.Create(CultureInfo.InvariantCulture, $"{clause.Count:N0}人が両方を見ています"),
            _ => "取り込んだ一覧にあります",
        };
    }

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    // Kind is null for lists that someone else computed.
    readonly record struct Clause(ReasonKind? Kind, float Weight, IReadOnlyList<string> Texts, int Count);
}

/// <summary>What <see cref="Reason.Sentence"/> is written in.</summary>
public enum ReasonLanguage
{
    /// <summary>English.</summary>
    English,

    /// <summary>Japanese.</summary>
    Japanese,
}
