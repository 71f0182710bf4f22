namespace Cantor.Text;

/// <summary>How a scalar is cut into terms.</summary>
enum ScriptClass : byte
{
    /// <summary>No part of a word.</summary>
    Other,

    /// <summary>A letter, mark or digit of a script that parts words with spaces.</summary>
    Letter,

    /// <summary>Hiragana.</summary>
    Hiragana,

    /// <summary>Katakana, with the long-vowel mark.</summary>
    Katakana,

    /// <summary>Chinese characters, with 々 and 〇.</summary>
    Han,

    /// <summary>Hangul.</summary>
    Hangul,

    /// <summary>Thai, and the like of it: Lao, Khmer and Myanmar, also written without spaces.</summary>
    Thai,
}
