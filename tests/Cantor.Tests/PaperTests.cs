using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Cantor.Tests.Text;
using Cantor.Text;

namespace Cantor.Tests;

/// <summary>What the Markdown pages say of files and languages is so.</summary>
public sealed partial class PaperTests
{
    static string Root([CallerFilePath] string caller = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(caller)!, "..", ".."));

    static IEnumerable<string> Pages() => Directory.EnumerateFiles(Root(), "*.md", SearchOption.AllDirectories)
        .Where(page => !page[Root().Length..].Contains("/artifacts/", StringComparison.Ordinal) && !page[Root().Length..].Contains("/node_modules/", StringComparison.Ordinal));

    [Fact]
    public void Links_between_pages_lead_to_files_and_headings_that_are_there()
    {
        var links = Pages().SelectMany(page => Links(File.ReadAllText(page)).Select(link => (Page: page, Link: link))).ToArray();
        Assert.True(links.Length > 30);
        Assert.Empty(links.Where(link => !Leads(link.Page, link.Link)).Select(link => $"{Path.GetRelativePath(Root(), link.Page)}: {link.Link}"));
    }

    [Fact]
    public void A_link_that_leads_nowhere_would_be_noticed()
    {
        var page = Path.Combine(Root(), "README.md");
        Assert.True(Leads(page, "docs/api.md"));
        Assert.True(Leads(Path.Combine(Root(), "docs/api.md"), "languages.md#terms-that-stay-whole"));
        Assert.False(Leads(page, "docs/nothing.md"));
        Assert.False(Leads(page, "docs/languages.md#nothing"));
        Assert.Equal(["a.md", "b.md"], Links("[x](a.md) `[c](d)`\n```\n[e](f)\n```\n[y](b.md) [z](https://example.org)"));
    }

    [Fact]
    public void The_languages_that_have_a_stemmer_of_their_own_are_those_of_the_page()
    {
        var other = Stemmer.For("");
        var letters = Enumerable.Range('a', 26).Select(letter => (char)letter).ToArray();
        var own = letters.SelectMany(a => letters.Select(b => $"{a}{b}")).Where(code => !Equals(Stemmer.For(code), other));
        Assert.Equal(own.Append("en").Order(), StemmerRows().SelectMany(row => Codes(row)).Order());
    }

    [Fact]
    public void The_languages_that_are_guessed_are_those_of_the_page_and_each_has_a_sentence_that_tells_it()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs/languages.md"));
        var guessed = Codes(page[page.IndexOf("by script (", StringComparison.Ordinal)..page.IndexOf("A text that does not tell", StringComparison.Ordinal)]);
        var told = typeof(LanguageDetectorTests).GetMethod(nameof(LanguageDetectorTests.A_sentence_tells_its_language))!.GetCustomAttributes<InlineDataAttribute>().Select(row => (string)row.Data[0]!);
        Assert.Equal(told.Distinct().Order(), guessed.Order());
    }

    /// <summary>The rows of the page's table of stemmers, but for the last, which is of all other languages.</summary>
    static IEnumerable<string> StemmerRows() => File.ReadLines(Path.Combine(Root(), "docs/languages.md"))
        .SkipWhile(line => !line.StartsWith("| Language | Stemmer", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith("| `", StringComparison.Ordinal));

    static List<string> Codes(string text) => [.. Code().Matches(text.Split(" |")[0]).Select(match => match.Groups[1].Value)];

    static IEnumerable<string> Links(string page) =>
        Link().Matches(InlineCode().Replace(Fence().Replace(page, ""), "")).Select(match => match.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal));

    static bool Leads(string page, string link)
    {
        var (path, anchor) = link.IndexOf('#') is >= 0 and var at ? (link[..at], link[(at + 1)..]) : (link, null);
        var target = path.Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, path));
        return anchor is null ? Path.Exists(target) : File.Exists(target) && File.ReadLines(target).Any(line => line.StartsWith('#') && Anchor(line) == anchor);
    }

    /// <summary>What a heading is called in links, as forges do.</summary>
    static string Anchor(string heading) => NotInAnchors().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex("`([a-z]{2})`")]
    private static partial Regex Code();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}
