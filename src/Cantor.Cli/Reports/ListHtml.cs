using Cantor.Cli.Pages;
using Cantor.Evaluation;

namespace Cantor.Cli.Reports;

/// <summary>Lists of items as a page shows them.</summary>
static class ListHtml
{
    /// <summary>An item by its title, with a link where it is to be found, and its id.</summary>
    internal static Html NameOf(Card item)
    {
        var name = item.Lang is { } lang ? Html.Of($"""<bdi lang="{lang}">{item.Name}</bdi>""") : Html.Of($"<bdi>{item.Name}</bdi>");
        // Only what a browser opens as a page: a source may hold any text.
        if (Uri.TryCreate(item.Url, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp))
            name = Html.Of($"""<a href="{url.AbsoluteUri}" rel="noreferrer">{name}</a>""");
        return item.Title.Length > 0 && item.Title != item.Id ? Html.Of($"""{name} <span class="id"><bdi>{item.Id}</bdi></span>""") : name;
    }

    /// <summary>One item with what is told of it.</summary>
    internal static Html Query(Card item, Html told, Html content) => Html.Of($"""
        <article class="query"><h4>{NameOf(item)}</h4><p>{told}</p>{content}</article>

        """);

    /// <summary>A list in two releases beside each other; on a phone one above the other.</summary>
    internal static Html Sides(ListPair pair, string before, string after, bool judged) => Html.Of($"""
        <div class="sides"><div class="side"><p>{before}</p>{ListOf(pair.Before, judged, place => place.Elsewhere is null ? Badge("gone", "gone") : default)}</div>
        <div class="side"><p>{after}</p>{ListOf(pair.After, judged, (place, rank) => place.Elsewhere is not { } was ? Badge("new", "new") : was == rank ? default : Badge("moved", was > rank ? $"↑ {was - rank}" : $"↓ {rank - was}"))}</div></div>
        """);

    internal static Html ListOf(IReadOnlyList<Place>? places, bool judged) => ListOf(places, judged, (_, _) => default);

    static Html ListOf(IReadOnlyList<Place>? places, bool judged, Func<Place, Html> mark) => ListOf(places, judged, (place, _) => mark(place));

    static Html ListOf(IReadOnlyList<Place>? places, bool judged, Func<Place, int, Html> mark) => places is not { Count: > 0 }
        ? Html.Of($"""<p class="none">{(places is null ? "The item is not in this release." : "The list is empty.")}</p>""")
        : Html.Of($"""<ol class="list">{places.Select((place, i) => Html.Of($"""<li><span class="score">{place.Score:0.000}</span>{NameOf(place.Item)} {(judged ? GradeOf(place.Grade) : default)} {mark(place, i + 1)}<span class="why">{place.Because}</span></li>"""))}</ol>""");

    static Html GradeOf(double? grade) => grade switch
    {
        null => Badge("unjudged", "not judged"),
        >= Judgments.GoodGrade => Badge("good", FormattableString.Invariant($"good, grade {grade:0.#}")),
        _ => Badge("bad", FormattableString.Invariant($"not good, grade {grade:0.#}")),
    };

    static Html Badge(string kind, string text) => Html.Of($"""<span class="badge {kind}">{text}</span>""");
}
