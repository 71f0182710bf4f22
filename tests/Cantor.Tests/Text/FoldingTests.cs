using System.Text;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class FoldingTests
{
    [Theory]
    [InlineData("Heart FAILURE, Stage II", "heart failure, stage ii")]
    [InlineData("", "")]
    [InlineData("Ångström ÉTÉ Straße", "ångström été straße")]
    [InlineData("A\u030Angstro\u0308m", "ångström")]
    [InlineData("ΟΔΥΣΣΕΥΣ Ὀδυσσεύς", "οδυσσευσ ὀδυσσεύσ")]
    [InlineData("ﬁbrosis ① ½ ㎎", "fibrosis 1 1⁄2 mg")]
    [InlineData("ＡＢＣ　１２３", "abc 123")]
    [InlineData("ﾍﾟﾆｼﾘﾝ", "ペニシリン")]
    [InlineData("か\u3099ん", "がん")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글")]
    [InlineData("\u1112\uFE00\u1161", "하")]
    public void Ways_to_write_the_same_word_become_one(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Theory]
    [InlineData("co\u00ADop\u200Der\uFEFFate", "cooperate")]
    [InlineData("a\u00AD\u0301", "á")]
    [InlineData("\u00AD", "")]
    [InlineData("\u115F\u3164", "")]
    public void Scalars_that_nobody_sees_do_not_split_a_word(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Fact]
    public void A_zero_width_space_parts_words() => Assert.Equal("a\u200Bb", Fold("A\u200BB"));

    [Theory]
    [InlineData("醫學", "医学"), InlineData("舊國", "旧国"), InlineData("榮養", "栄養"), InlineData("澤瀉湯と沢瀉湯", "沢瀉湯と沢瀉湯"), InlineData("髙﨑", "高崎")]
    [InlineData("神\uFA19", "神神")]
    public void Old_kanji_become_the_new_ones(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Theory]
    [InlineData("コンピューター", "コンピュータ"), InlineData("コンピュータ", "コンピュータ"), InlineData("ｺﾝﾋﾟｭｰﾀｰ", "コンピュータ")]
    [InlineData("サーバー", "サーバ"), InlineData("サーバーの", "サーバの"), InlineData("サーバー server", "サーバ server"), InlineData("ワーーーー", "ワーー")]
    [InlineData("ペースメーカー植込み", "ペースメーカ植込み")]
    public void Long_katakana_words_lose_the_long_vowel_at_the_end(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Theory]
    [InlineData("キー"), InlineData("コピー"), InlineData("データ"), InlineData("すごーーーい"), InlineData("メーカ・キー")]
    public void Short_katakana_words_and_long_vowels_inside_words_stay(string text) => Assert.Equal(text, Fold(text));

    [Theory]
    [InlineData("コンピュ―タ‐", "コンピュータ"), InlineData("コンピュ−タ", "コンピュータ"), InlineData("デ‑タ", "データ"), InlineData("キ―", "キー")]
    public void A_mark_that_looks_like_a_long_vowel_is_one_behind_katakana(string text, string folded) => Assert.Equal(folded, Fold(text));

    [Theory]
    [InlineData("東京―大阪"), InlineData("x−y"), InlineData("あ‐い"), InlineData("―ア"), InlineData("コンピュ-タ")]
    public void Elsewhere_a_hyphen_stays_one(string text) => Assert.Equal(text, Fold(text));

    [Theory]
    [InlineData(new byte[] { 0x41, 0xFF, 0x42 }, "a\uFFFDb")]
    [InlineData(new byte[] { 0xE3, 0x81 }, "\uFFFD")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xC0, 0xAF }, "\uFFFD\uFFFD")]
    [InlineData(new byte[] { 0xC3, 0x41 }, "\uFFFDa")]
    [InlineData(new byte[] { 0xE0, 0x80, 0x80 }, "\uFFFD\uFFFD\uFFFD")]
    public void Bytes_that_are_not_utf8_become_replacement_characters(byte[] bytes, string folded) => Assert.Equal(folded, Fold(bytes));

    [Fact]
    public void Bytes_decode_as_dotnet_decodes_them() =>
        Gen.Byte.Array[0, 12].Sample(bytes => Fold(bytes) == Fold(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Folding_twice_changes_nothing_more() => FoldingTexts.Any.Sample(text => Fold(Fold(text)) == Fold(text), iter: 20_000);

    [Fact]
    public void A_folded_scalar_folds_to_itself()
    {
        for (var scalar = 0; scalar <= 0x10FFFF; scalar++)
        {
            if (!Rune.IsValid(scalar)) continue;
            var folded = Fold(char.ConvertFromUtf32(scalar));
            Assert.True(Fold(folded) == folded, $"U+{scalar:X4}");
        }
    }

    // What one text left behind must not be seen in the next.
    [Fact]
    public void A_buffer_that_held_another_text_folds_alike()
    {
        var buffer = new FoldBuffer();
        FoldingTexts.Any.Sample(text =>
        {
            lock (buffer)
            {
                Folding.Fold(Encoding.UTF8.GetBytes(text), buffer);
                return Encoding.UTF8.GetString(buffer.Written) == Fold(text);
            }
        });
    }

    [Fact]
    public void A_million_marks_in_a_row_are_put_in_order()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0315\u0323\u0334", 333_333));
        var sorted = "ạ" + new string('\u0334', 333_333) + new string('\u0323', 333_332) + new string('\u0315', 333_333);
        Assert.True(Fold(text) == Fold(sorted));
        Assert.StartsWith("ạ\u0334\u0334", Fold(text), StringComparison.Ordinal);
    }

    internal static string Fold(string text) => Fold(Encoding.UTF8.GetBytes(text));

    static string Fold(byte[] utf8)
    {
        var buffer = new FoldBuffer();
        Folding.Fold(utf8, buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
