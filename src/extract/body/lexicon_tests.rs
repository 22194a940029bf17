//! Every language of the word lists knows the lines that its newspapers put around their texts.

use super::Class::{
    Advert, CommentPrompt, Control, Form, InBodyLink, Promotion, ReadingTime, StopHead, Support,
    TagLine,
};
use super::{Class, class_of};

/// Lines of one language are what they should be, and sentences that begin like them are not.
pub(super) fn check(language: &str, lines: &[(&str, Class)], prose: &[&str]) {
    let wrong: Vec<String> = lines
        .iter()
        .filter(|(line, class)| class_of(line) != Some(*class))
        .map(|(line, class)| format!("{line}: {:?}, not {class:?}", class_of(line)))
        .chain(
            prose
                .iter()
                .filter(|line| class_of(line).is_some())
                .map(|line| format!("{line}: {:?}", class_of(line))),
        )
        .collect();
    assert!(wrong.is_empty(), "{language}:\n{}", wrong.join("\n"));
}

#[test]
fn english() {
    check(
        "en",
        &[
            ("5 min read", ReadingTime),
            ("Advertisement", Advert),
            ("Share this article", Form),
            ("Skip to content", Control),
            ("Sign up for our newsletter", Promotion),
            ("Read more: Ministers meet again", InBodyLink),
            ("Related articles", StopHead),
            ("Leave a comment", CommentPrompt),
            ("Tags: #harbour #storm", TagLine),
            ("3 Responses to “A strike at the port”", CommentPrompt),
            ("Leave a Reply Cancel reply", CommentPrompt),
            ("More Great Harbour Stories", StopHead),
            ("Share Tweet Pin Email", Form),
            ("Share on Facebook Share on Twitter", Form),
            ("Your email address will not be published.", Form),
            ("By signing up you agree to our terms of use.", Form),
            ("Continue reading the main story", Control),
            ("Enlarge this image", Control),
            ("Media playback is unsupported on your device", Control),
            ("Newer Post Older Post Home", Control),
            ("This entry was posted in Ports by Jane Doe.", Control),
            ("Please enable JavaScript to view the comments.", Control),
            ("Like Jane Doe on Facebook", Support),
            ("Sponsored by The Anchor", Advert),
            ("Got a news tip? Write to us at once.", Promotion),
            ("Must read: Ministers meet again", InBodyLink),
        ],
        &[
            "Share prices fell on Monday, and the port's fell most of all.",
            "Posted on the door of the office is a note on the strike.",
            "More people than ever read the stories of the port.",
            "For more than a year the news had been bad, he said.",
            "If you like this port, you will like its pilots too.",
            "Contact between the writer and the office broke off in 2011.",
            "This video is the only one of that night.",
            "2014",
            "Related companies were searched on Monday, the prosecutor said.",
            "He said that the advertisement had been paid for by the port.",
        ],
    );
}

#[test]
fn ukrainian() {
    check(
        "uk",
        &[
            ("Час читання: 4 хв", ReadingTime),
            ("Реклама", Advert),
            ("Поділитися", Control),
            ("Підписуйтесь на наш Telegram-канал", Support),
            ("Читайте також: Міністри зустрілися знову", InBodyLink),
            ("Схожі новини", StopHead),
            ("Залишити коментар", CommentPrompt),
            ("Теги: #порт #шторм", TagLine),
        ],
        &["Реклама алкоголю відтепер заборонена на всій території країни."],
    );
}

#[test]
fn russian() {
    check(
        "ru",
        &[
            ("Время чтения: 4 мин", ReadingTime),
            ("Реклама", Advert),
            ("Поделиться", Control),
            ("Подписывайтесь на наш Telegram-канал", Support),
            ("Читайте также: Министры встретились снова", InBodyLink),
            ("Похожие новости", StopHead),
            ("Оставить комментарий", CommentPrompt),
            ("Теги: #порт #шторм", TagLine),
        ],
        &["Реклама алкоголя отныне запрещена на всей территории страны."],
    );
}

#[test]
fn german() {
    check(
        "de",
        &[
            ("Lesezeit: 4 Minuten", ReadingTime),
            ("Anzeige", Advert),
            ("Artikel teilen", Form),
            ("Zum Inhalt springen", Control),
            ("Abonnieren Sie unseren Newsletter", Promotion),
            ("Lesen Sie auch: Minister treffen sich erneut", InBodyLink),
            ("Das könnte Sie auch interessieren", StopHead),
            ("Kommentar schreiben", CommentPrompt),
            ("Schlagwörter: Hafen, Sturm", TagLine),
        ],
        &["Die Anzeige wurde am Montag bei der Polizei in Bremen erstattet."],
    );
}

#[test]
fn french() {
    check(
        "fr",
        &[
            ("Temps de lecture : 4 min", ReadingTime),
            ("Publicité", Advert),
            ("Partager l’article", Form),
            ("Aller au contenu", Control),
            ("Inscrivez-vous à notre newsletter", Promotion),
            ("À lire aussi : Les ministres se revoient", InBodyLink),
            ("Sur le même thème", StopHead),
            ("Commenter", CommentPrompt),
            ("Mots-clés : port, tempête", TagLine),
        ],
        &["La publicité pour l’alcool est interdite depuis lundi en France."],
    );
}

#[test]
fn spanish() {
    check(
        "es",
        &[
            ("Tiempo de lectura: 4 min", ReadingTime),
            ("Publicidad", Advert),
            ("Compartir", Form),
            ("Saltar al contenido", Control),
            ("Suscríbete a nuestra newsletter", Promotion),
            ("Lea también: Los ministros se reúnen otra vez", InBodyLink),
            ("Noticias relacionadas", StopHead),
            ("Deja una respuesta", CommentPrompt),
            ("Etiquetas: #puerto #tormenta", TagLine),
        ],
        &["La publicidad del alcohol queda prohibida desde el lunes en todo el país."],
    );
}

#[test]
fn italian() {
    check(
        "it",
        &[
            ("Tempo di lettura: 4 minuti", ReadingTime),
            ("Pubblicità", Advert),
            ("Condividi", Control),
            ("Vai al contenuto", Control),
            ("Iscriviti alla newsletter", Promotion),
            ("Leggi anche: I ministri si rivedono", InBodyLink),
            ("Articoli correlati", StopHead),
            ("Lascia un commento", CommentPrompt),
            ("Argomenti: porto, tempesta", TagLine),
        ],
        &["La pubblicità degli alcolici è vietata da lunedì in tutto il paese."],
    );
}

#[test]
fn polish() {
    check(
        "pl",
        &[
            ("Czas czytania: 4 min", ReadingTime),
            ("Reklama", Advert),
            ("Udostępnij", Control),
            ("Przejdź do treści", Control),
            ("Zapisz się na newsletter", Promotion),
            ("Czytaj też: Ministrowie spotkali się ponownie", InBodyLink),
            ("Powiązane artykuły", StopHead),
            ("Dodaj komentarz", CommentPrompt),
            ("Tagi: port, sztorm", TagLine),
        ],
        &["Reklama alkoholu jest od poniedziałku zakazana w całym kraju."],
    );
}

#[test]
fn portuguese() {
    check(
        "pt",
        &[
            ("Tempo de leitura: 4 min", ReadingTime),
            ("Publicidade", Advert),
            ("Compartilhe", Form),
            ("Ir para o conteúdo", Control),
            ("Assine nossa newsletter", Promotion),
            ("Leia também: Ministros voltam a reunir-se", InBodyLink),
            ("Notícias relacionadas", StopHead),
            ("Deixe um comentário", CommentPrompt),
            ("Palavras-chave: porto, tempestade", TagLine),
        ],
        &["A publicidade de álcool está proibida desde segunda-feira no país."],
    );
}

#[test]
fn turkish() {
    check(
        "tr",
        &[
            ("Okuma süresi: 4 dk", ReadingTime),
            ("Reklam", Advert),
            ("Paylaş", Control),
            ("İçeriğe geç", Control),
            ("Bültenimize abone olun", Promotion),
            ("İlgili haber: Bakanlar yeniden bir araya geldi", InBodyLink),
            ("Benzer haberler", StopHead),
            ("Yorum yap", CommentPrompt),
            ("Etiketler: liman, fırtına", TagLine),
        ],
        &["Reklam gelirleri geçen yıla göre yüzde on arttı ve şirket büyüdü."],
    );
}

#[test]
fn arabic() {
    check(
        "ar",
        &[
            ("وقت القراءة: 4 دقائق", ReadingTime),
            ("إعلان", Advert),
            ("مشاركة", Control),
            ("تابعونا على تويتر", Promotion),
            ("اقرأ أيضا: الوزراء يجتمعون مجددا", InBodyLink),
            ("مواضيع ذات صلة", StopHead),
            ("اترك تعليقا", CommentPrompt),
            ("الوسوم: ميناء، عاصفة", TagLine),
        ],
        &["إعلان الحكومة جاء يوم الاثنين بعد اجتماع طويل مع الوزراء في العاصمة."],
    );
}

#[test]
fn hebrew() {
    check(
        "he",
        &[
            ("זמן קריאה: 4 דקות", ReadingTime),
            ("פרסומת", Advert),
            ("שתפו", Form),
            ("הירשמו לניוזלטר", Promotion),
            ("קראו גם: השרים נפגשו שוב", InBodyLink),
            ("כתבות נוספות", StopHead),
            ("הוסף תגובה", CommentPrompt),
            ("תגיות: נמל, סערה", TagLine),
        ],
        &["פרסומת לאלכוהול אסורה מיום שני בכל רחבי המדינה, אמר השר."],
    );
}

#[test]
fn chinese() {
    check(
        "zh",
        &[
            ("阅读时间：4分钟", ReadingTime),
            ("广告", Advert),
            ("分享", Control),
            ("关注我们的微信公众号", Promotion),
            ("延伸阅读：部长们再次会面", InBodyLink),
            ("相关新闻", StopHead),
            ("发表评论", CommentPrompt),
            ("关键词：港口 风暴", TagLine),
        ],
        &["广告法修正案于星期一在全国人民代表大会常务委员会上获得通过。"],
    );
}

#[test]
fn japanese() {
    check(
        "ja",
        &[
            ("この記事は4分で読めます", ReadingTime),
            ("広告", Advert),
            ("シェアする", Control),
            ("会員登録はこちら", Promotion),
            ("関連記事：閣僚が再び会談", InBodyLink),
            ("関連記事", StopHead),
            ("コメントを書く", CommentPrompt),
            ("タグ：港 嵐", TagLine),
        ],
        &["広告収入は前年より一割増え、会社は月曜日に発表した。"],
    );
}
