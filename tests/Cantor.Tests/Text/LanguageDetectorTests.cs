using System.Text;
using Cantor.Text;

namespace Cantor.Tests.Text;

public class LanguageDetectorTests
{
    [Theory]
    [InlineData("en", "The heart pumps blood to the lungs, and from there it returns to the body.")]
    [InlineData("en", "What to do when a child has a fever for more than three days")]
    [InlineData("de", "Das Herz pumpt Blut in die Lunge, und von dort fließt es wieder in den Körper.")]
    [InlineData("fr", "Le cœur pompe le sang vers les poumons, d'où il revient dans tout le corps.")]
    [InlineData("es", "El corazón bombea la sangre a los pulmones y desde allí vuelve a todo el cuerpo.")]
    [InlineData("it", "Il cuore pompa il sangue verso i polmoni, e da lì torna a tutte le parti del corpo.")]
    [InlineData("pt", "O coração bombeia o sangue para os pulmões, e de lá ele volta para todo o corpo.")]
    [InlineData("nl", "Het hart pompt bloed naar de longen en van daar komt het weer in het lichaam.")]
    [InlineData("sv", "Hjärtat pumpar blod till lungorna och därifrån kommer det tillbaka till kroppen, om inte klaffen är skadad.")]
    [InlineData("no", "Hjertet pumper blod til lungene, og etter det går det ut av lungene og tilbake til kroppen uten å stanse.")]
    [InlineData("da", "Hjertet pumper blod til lungerne, og efter det går det ud af lungerne og tilbage til kroppen uden at stoppe.")]
    [InlineData("fi", "Sydän pumppaa verta keuhkoihin, ja sieltä se palaa kehoon, mutta joskus läppä ei ole tiivis.")]
    [InlineData("pl", "Serce pompuje krew do płuc, a stamtąd wraca ona do całego ciała, jak każdy wie od dziecka.")]
    [InlineData("cs", "Srdce pumpuje krev do plic a odtud se vrací do celého těla, jak každý ví ze školy.")]
    [InlineData("tr", "Kalp kanı akciğerlere pompalar ve kan oradan bütün vücuda döner, bu her gün böyle olur.")]
    [InlineData("vi", "Tim bơm máu đến phổi và từ đó máu trở về khắp cơ thể của chúng ta mỗi ngày.")]
    [InlineData("ru", "Сердце качает кровь в лёгкие, откуда она возвращается ко всему телу, и так каждый день, чтобы мы жили.")]
    [InlineData("uk", "Серце качає кров у легені, звідки вона повертається до всього тіла.")]
    [InlineData("be", "Сэрца пампуе кроў у лёгкія, адкуль яна вяртаецца да ўсяго цела.")]
    [InlineData("bg", "Сърцето изпомпва кръв към белите дробове и оттам тя се връща в тялото.")]
    [InlineData("sr", "Срце пумпа крв у плућа, одакле се она враћа у цело тело.")]
    [InlineData("mk", "Срцето ја пумпа крвта кон белите дробови, а потоа таа се враќа во телото.")]
    [InlineData("el", "Η καρδιά στέλνει το αίμα στους πνεύμονες.")]
    [InlineData("he", "הלב מזרים דם אל הריאות ומשם הוא חוזר אל הגוף.")]
    [InlineData("ar", "يضخ القلب الدم إلى الرئتين ومن هناك يعود إلى الجسم.")]
    [InlineData("fa", "قلب خون را به ریه‌ها پمپاژ می‌کند و از آنجا به بدن برمی‌گردد.")]
    [InlineData("ur", "دل خون کو پھیپھڑوں میں بھیجتا ہے اور وہاں سے وہ جسم میں واپس آتا ہے۔")]
    [InlineData("hi", "हृदय रक्त को फेफड़ों में भेजता है।")]
    [InlineData("th", "หัวใจสูบฉีดเลือดไปยังปอด")]
    [InlineData("lo", "ຫົວໃຈສູບເລືອດໄປປອດ")]
    [InlineData("my", "နှလုံးသည် သွေးကို အဆုတ်သို့ ပို့သည်။")]
    [InlineData("km", "បេះដូងបូមឈាមទៅសួត")]
    [InlineData("ko", "심장은 피를 폐로 보낸다. MRI 검사를 한다.")]
    [InlineData("zh", "心脏把血液泵入肺部，再从那里流回全身。")]
    [InlineData("ja", "心臓は血液を肺へ送り出す。")]
    [InlineData("ja", "ACE阻害薬とARBの併用 (Combination therapy)")]
    [InlineData("ja", "ｶﾙﾃ記載")]
    public void A_sentence_tells_its_language(string language, string sentence)
    {
        Assert.Equal(language, Detect(sentence, ""));
        Assert.Equal(language, Detect("", sentence));
        Assert.Equal(language, Detect("", sentence.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(""), InlineData("12345 — 678"), InlineData("🍣🍣"), InlineData("Aspirin 500 mg"), InlineData("Anna Berg, Juan Ruiz"), InlineData("a")]
    public void A_text_that_does_not_tell_has_no_language(string text) => Assert.Equal("", Detect(text, text));

    [Fact]
    public void A_chinese_text_that_quotes_one_kana_is_chinese() =>
        Assert.Equal("zh", Detect("", "这是一个很长的中文句子，里面只有一个日文字符の，其余全部都是汉字，所以它应该被认为是中文，而不是日文或者其他语言。"));

    [Fact]
    public void The_title_tells_too() => Assert.Equal("de", Detect("Was man über das Fieber bei Kindern wissen muss", "Aspirin, Paracetamol, Ibuprofen"));

    [Fact]
    public void Only_the_first_two_kilobytes_count()
    {
        var german = string.Concat(Enumerable.Repeat("Das Herz ist ein Muskel und es schlägt für uns. ", 45));
        Assert.Equal("de", Detect("", german + string.Concat(Enumerable.Repeat("これは日本語です。", 2000))));
    }

    [Fact]
    public void Any_bytes_have_an_answer() => Gen.Byte.Array[0, 3000].Sample(bytes => LanguageDetector.Detect(bytes, bytes).Length is 0 or 2);

    static string Detect(string title, string body) => LanguageDetector.Detect(Encoding.UTF8.GetBytes(title), Encoding.UTF8.GetBytes(body));
}
