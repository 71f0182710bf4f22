namespace Cantor.Tools.Folding;

/// <summary>
/// Old forms of kanji and the forms that Japan writes since 1946 (with a few that names and print shops kept), so that
/// 醫學 and 医学 meet. Forms that Unicode itself calls compatible are not here: NFKC maps them already.
/// </summary>
static class KanjiVariants
{
    const string Pairs = """
        亞亜 惡悪 壓圧 圍囲 醫医 爲為 壹壱 隱隠 榮栄 營営 衞衛 驛駅 圓円 鹽塩 緣縁 艷艶 應応 歐欧 毆殴 櫻桜 奧奥 橫横 溫温 穩穏 假仮 價価 畫画
        會会 壞壊 懷懐 繪絵 擴拡 殼殻 覺覚 學学 嶽岳 樂楽 渴渇 罐缶 卷巻 陷陥 勸勧 寬寛 關関 歡歓 觀観 氣気 歸帰 龜亀 僞偽 戲戯 犧犠 舊旧 據拠
        擧挙 虛虚 峽峡 挾挟 狹狭 鄕郷 曉暁 區区 驅駆 勳勲 薰薫 徑径 惠恵 揭掲 溪渓 經経 繼継 莖茎 螢蛍 輕軽 鷄鶏 藝芸 缺欠 儉倹 劍剣 劒剣 劔剣
        圈圏 檢検 權権 獻献 硏研 縣県 險険 顯顕 驗験 嚴厳 效効 廣広 恆恒 鑛鉱 號号 國国 黑黒 濟済 碎砕 齋斎 劑剤 册冊 雜雑 參参 慘惨 棧桟 蠶蚕
        贊賛 殘残 絲糸 齒歯 兒児 辭辞 濕湿 實実 舍舎 寫写 釋釈 壽寿 收収 從従 澁渋 澀渋 獸獣 縱縦 肅粛 處処 敍叙 敘叙 奬奨 將将 燒焼 稱称 證証
        乘乗 剩剰 壤壌 孃嬢 條条 淨浄 狀状 疊畳 穰穣 讓譲 釀醸 囑嘱 觸触 寢寝 愼慎 晉晋 眞真 盡尽 圖図 粹粋 醉酔 隨随 髓髄 數数 樞枢 聲声 靜静
        齊斉 攝摂 竊窃 專専 戰戦 淺浅 潛潜 纖繊 纎繊 踐践 錢銭 禪禅 曾曽 雙双 壯壮 搜捜 插挿 爭争 總総 聰聡 莊荘 裝装 騷騒 增増 臟臓 藏蔵 屬属
        續続 墮堕 體体 對対 帶帯 滯滞 臺台 瀧滝 擇択 澤沢 單単 擔担 膽胆 團団 彈弾 斷断 癡痴 遲遅 晝昼 蟲虫 鑄鋳 廳庁 廰庁 敕勅 鎭鎮 遞逓 鐵鉄
        轉転 點点 傳伝 黨党 盜盗 燈灯 當当 鬪闘 鬭闘 德徳 獨独 讀読 屆届 繩縄 貳弐 惱悩 腦脳 霸覇 廢廃 拜拝 賣売 麥麦 發発 髮髪 拔抜 蠻蛮 祕秘
        濱浜 濵浜 甁瓶 拂払 佛仏 竝並 變変 邊辺 邉辺 辨弁 瓣弁 辯弁 舖舗 步歩 穗穂 寶宝 豐豊 沒没 飜翻 槇槙 萬万 滿満 默黙 彌弥 譯訳 藥薬 與与
        豫予 餘余 譽誉 搖揺 樣様 謠謡 來来 賴頼 亂乱 覽覧 龍竜 壘塁 兩両 獵猟 綠緑 勵励 禮礼 隸隷 靈霊 齡齢 戀恋 爐炉 勞労 樓楼 郞郎 祿禄 錄録
        亙亘 灣湾 瑤瑶 遙遥 凜凛 堯尭 巖巌 檜桧 禰祢 萠萌 﨑崎 髙高 峯峰 閒間 敎教 吳呉 娛娯 悅悦 說説 稅税 脫脱 銳鋭 閱閲 戶戸 旣既 槪概 淸清
        靑青 淚涙 產産 顏顔 彥彦 內内 查査 歷歴 曆暦 每毎 卽即 緖緒 攜携 巢巣 冰氷 窗窓 牀床 姬姫 襃褒 讚讃 聽聴 戾戻 鍊錬 徵徴 擊撃 絕絶 黃黄
        搔掻 頰頬 塡填 剝剥 噓嘘 繫繋 蔣蒋 醬醤 鷗鴎 瀆涜 摑掴 焰焔 蟬蝉 驒騨 麴麹 屛屏 幷并 倂併 餠餅 瘦痩 簞箪 禱祷 濤涛 顚顛 鹼鹸 麵麺 嚙噛
        囊嚢 俠侠 蠟蝋 攪撹
        """;

    /// <summary>Old form to new form; a new form is never an old one.</summary>
    internal static readonly IReadOnlyDictionary<int, int> NewByOld = Read();

    static Dictionary<int, int> Read()
    {
        var pairs = Pairs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var newByOld = pairs.ToDictionary(pair => (int)pair[0], pair => pair is [_, var to] ? (int)to : throw new InvalidOperationException($"'{pair}' is no pair."));
        foreach (var (old, to) in newByOld)
            if (newByOld.ContainsKey(to)) throw new InvalidOperationException($"U+{old:X4} becomes U+{to:X4}, which is itself an old form.");
        return newByOld;
    }
}
